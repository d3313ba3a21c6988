"""What is told where a database can't be used."""


class DatabaseError(Exception):
    """The database can't be used. The message says why."""
