"""What holds for all tests."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def loggers_as_they_were() -> Iterator[None]:
    """How much is logged can be changed while a gateway runs, which is for the whole process."""
    logger = logging.getLogger("arenabridge")
    before = logger.level
    yield
    logger.setLevel(before)
