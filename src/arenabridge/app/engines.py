"""Which engine a gateway has: one of its own, or its part of a fleet's."""

from arenabridge.engine.interface import Engine
from arenabridge.engine.local import LocalEngine
from arenabridge.hub.tasks import Tasks
from arenabridge.settings import Settings, SettingsError


def engine_of(settings: Settings, tasks: Tasks) -> Engine:
    """Raises `SettingsError`, which never shows the address: there may be a password in it."""
    if settings.redis_url is None:
        return LocalEngine(settings.queue_length)
    try:
        from arenabridge.engine.redis.engine import RedisEngine  # noqa: PLC0415 - redis is of the extra `replicas`
    except ModuleNotFoundError as error:
        raise SettingsError(
            "redis_url needs the extra `replicas`, which is not installed: install arenabridge[replicas]."
        ) from error
    try:
        return RedisEngine(settings.redis_url, settings.queue_length, tasks.start)
    except ValueError:
        raise SettingsError(
            "redis_url can't be used: expected an address like redis://:password@host:6379/0 "
            "(in the password, characters such as @ : / # are written as %40 %3A %2F %23)."
        ) from None
