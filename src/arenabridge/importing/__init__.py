"""Taking over what an earlier bridge has in its folder: read, compared, told, and then carried out step by step."""

from arenabridge.importing.folder import SYSTEMS, ImportFailed, System
from arenabridge.importing.plan import Plan, make_plan
from arenabridge.importing.report import report
from arenabridge.importing.target import Target

__all__ = ["SYSTEMS", "ImportFailed", "Plan", "System", "Target", "make_plan", "report"]
