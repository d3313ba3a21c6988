"""`python -m arenabridge`: the same as the command."""

from arenabridge.cli import main

main()
