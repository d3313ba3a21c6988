"""All gateways on a database have the same secret, or the keys and sessions of one would be void at another."""

import hmac

from sqlalchemy import Engine, insert, select

from arenabridge.storage.failure import DatabaseError
from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.tables.shared import secret_check


def check_secret(engine: Engine, fingerprint: bytes) -> None:
    """The first gateway's counts; raises `DatabaseError`. A file in the data directory lies beside its secret."""
    if engine.dialect.name == "sqlite":
        return
    with engine.begin() as connection:
        hold(connection, Lock.SECRET)
        known = connection.execute(select(secret_check.c.fingerprint)).scalar_one_or_none()
        if known is None:
            connection.execute(insert(secret_check).values(id=1, fingerprint=fingerprint))
        elif not hmac.compare_digest(known, fingerprint):
            raise DatabaseError(
                "The gateways on this database have another secret, so none of its keys would be valid here. Set "
                "ARENABRIDGE_SECRET_KEY to the same value for all of them; without it, it is in the file secret.key "
                "of the first one's data directory. If it is lost, run DELETE FROM secret_check on the database: then "
                "this one's counts, and keys, sessions and invitations have to be made anew."
            )
