"""Steps for a folder of the bridges with session tokens: all that they kept is in `config.json`."""

import hashlib
import math
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import KeyForm
from arenabridge.earlier.reading import Unreadable
from arenabridge.errors import GatewayError
from arenabridge.importing.dashboard import key_name
from arenabridge.importing.folder import Folder, ImportFailed
from arenabridge.importing.our_settings import OurSettings
from arenabridge.importing.site_models import site_models
from arenabridge.importing.step import Step, counted
from arenabridge.importing.target import Target
from arenabridge.importing.used import Used
from arenabridge.storage.tables.usage import ALL_MODELS, COUNTS
from arenabridge.usage.record import MAX_NAME_CHARACTERS
from arenabridge.usage.rollups import DAY_SECONDS, HOUR_SECONDS, Rollups
from arenabridge.wire.arena.site_session import PREFIX, NotASession, read_session

CONFIG = "config.json"
ADMINISTRATOR = "admin"

_DEFAULT_PASSWORD = "admin"  # noqa: S105 - the one that everybody knows
_MAX_RPM = 1000
_USUAL_RPM = 60
"""Of a key whose entry says none, by their code."""

_MAX_ENTRIES = 10_000

_COOKIES = "belongs to the browser and stays there: nothing here pretends to be one."
_CHECKS = "the site's checks are for people. None is solved, and no token made: the tab shows it to its person."
_STEALTH = "no browser is hidden, from the site or from you: the managed browser is in plain sight."
_PROXY = "how often a script asks is not set any more: tabs are connected all the time."
_FOUND = "is found in the site's page, whenever it changes."

_DECLINED = {
    "browser_cookies": _COOKIES,
    "camoufox_": _STEALTH,
    "cf_bm": _COOKIES,
    "cf_clearance": _COOKIES,
    "cfuvid": _COOKIES,
    "chrome_fetch_": _STEALTH,
    "next_action_": _FOUND,
    "persist_arena_auth_cookie": "nothing is read from a browser by itself; sessions you add are renewed and kept.",
    "provisional_user_id": _COOKIES,
    "prune_invalid_tokens": "a session that has ended asks its person to add a new one; nothing is removed silently.",
    "recaptcha_": _CHECKS,
    "user_agent": _COOKIES,
    "userscript_proxy_prefill_cached_recaptcha": _CHECKS,
    "userscript_proxy_recaptcha_": _CHECKS,
    "userscript_proxy_signup_": "no accounts are made by themselves.",
    "userscript_proxy_secret": "our userscript has a secret of its own: install it from the gateway.",
    "userscript_proxy_": _PROXY,
}
"""Found by the beginning of a name; the longest that fits counts."""

_TAKEN = frozenset(
    {"api_keys", "auth_token", "auth_tokens", "password", "stream_total_timeout_seconds", "usage_stats", "version"}
)


def token_steps(folder: Folder, target: Target) -> Iterator[Step]:
    """In the order in which the report tells them; raises `ImportFailed` without a readable `config.json`."""
    config = _config(folder)
    settings = OurSettings(target)
    yield from _password(config.get("password"), target)
    yield from _keys(config.get("api_keys"), target, settings)
    yield from _auth_tokens(config, target)
    yield from _use(folder, config.get("usage_stats"), target)
    yield from site_models(folder, "models.json", target)
    if "stream_total_timeout_seconds" in config:
        settings.want("max_answer_seconds", config["stream_total_timeout_seconds"], "stream_total_timeout_seconds")
    yield from settings.steps()
    yield from _declined(config)
    words = "its programs use port 8000 and /api/v1, which is served beside /v1: set also_listen_on to [8000]."
    yield Step("note", "Port", words)


def _config(folder: Folder) -> dict[str, Any]:
    try:
        config = folder.parsed(CONFIG)
    except Unreadable as error:
        raise ImportFailed(f"{folder.path / CONFIG}: {error}.") from None
    if config is None:
        raise ImportFailed(f"There is no {CONFIG} in {folder.path}.")
    if not isinstance(config, dict):
        raise ImportFailed(f"{folder.path / CONFIG} must hold one object.")
    return config


def _password(password: Any, target: Target) -> Iterator[Step]:
    what = "Password of the dashboard"
    if not isinstance(password, str) or not password or password == _DEFAULT_PASSWORD:
        words = "it is the one that everybody knows. The gateway prints a link to choose another."
        yield Step("declined", what, words)
    elif target.people.setup_needed:

        def add() -> None:
            target.people.add(ADMINISTRATOR, None, "admin", target.passwords.hash_brought_along(password))

        words = f"for the administrator {ADMINISTRATOR!r}, who is asked for a new one: it was kept in the clear."
        yield Step("comes", what, words, add)
    else:
        yield Step("there", what, "there are people already.")


def _keys(keys: Any, target: Target, settings: OurSettings) -> Iterator[Step]:
    entries = keys[:_MAX_ENTRIES] if isinstance(keys, list) else []
    if keys is not None and not isinstance(keys, list):
        yield Step("broken", f"{CONFIG}, api_keys", "it must be a list.")
        return
    for number, entry in enumerate(entries, start=1):
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or not key.strip():
            yield Step("broken", f"{CONFIG}, api_keys", f"entry {number} has no key.")
            continue
        name = key_name(str(entry.get("name") or ""), f"key {number}")
        rpm = _rpm(entry)
        if rpm is None:
            words = f"the rpm of {name!r} is no number of requests: {_USUAL_RPM} a minute are used, as for a new key."
            yield Step("broken", f"{CONFIG}, api_keys", words)
        limits, rate = _limits(_USUAL_RPM if rpm is None else rpm)
        if target.keys.find(target.keys.digest(key)) is not None:
            yield Step("there", "API key", f"{name!r}.")
        else:
            created = entry.get("created")
            at = float(created) if isinstance(created, int | float) and 0 < created <= time.time() else None
            form = KeyForm(name=name, limits=limits)
            yield Step(
                "comes",
                "API key",
                f"{name!r}{rate}: programs go on with it.",
                partial(target.keys.adopt, key, form, None, at),
            )
    if not entries:
        yield settings.let_everybody_in("There are no keys")


def _rpm(entry: dict[str, Any]) -> int | None:
    """None if it can't be told."""
    said = entry.get("rpm", _USUAL_RPM)
    try:
        number = float(said) if isinstance(said, int | float | str) and not isinstance(said, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return max(1, int(min(number, _MAX_RPM))) if number > 0 else None


def _limits(count: int) -> tuple[KeyLimits, str]:
    return KeyLimits(requests_per_minute=count), f", {count} requests a minute"


def _auth_tokens(config: dict[str, Any], target: Target) -> Iterator[Step]:
    """Never shown, not even their beginnings."""
    known = {secret for kept in target.site_sessions.all() if (secret := _secret(kept.id, target))}
    for number, token in enumerate(_tokens(config), start=1):
        what = f"Session token {number}"
        try:
            session = read_session(token)
        except NotASession as error:
            yield Step("broken", what, str(error))
            continue
        if session.value in known or _has_newer(session.user, session.expires_at, target):
            yield Step("there", what, "it is kept already.")
        elif session.expires_at and session.expires_at < time.time() - 30 * DAY_SECONDS:
            yield Step("declined", what, "it ended more than a month ago.")
        else:
            has_ended = bool(session.expires_at) and session.expires_at < time.time()
            rest = "It has ended; the site renews such a session, or it says so." if has_ended else ""
            words = f"as the direct session 'imported {number}', which works without a tab, encrypted, for everybody's"
            words = f"{words} requests as before. {rest}".rstrip()
            add = partial(target.site_sessions.add, f"imported {number}", token, None, "all")
            yield Step("comes", what, words, add)


def _tokens(config: dict[str, Any]) -> list[str]:
    """Each once; pieces that were listed one by one (only the first begins as a session does) are put together."""
    listed = config.get("auth_tokens")
    entries = [*(listed if isinstance(listed, list) else [listed]), config.get("auth_token")]
    found: list[str] = []
    for entry in entries[:_MAX_ENTRIES]:
        text = entry.strip() if isinstance(entry, str) else ""
        begun = found[-1] if found else ""
        is_rest = begun and not _is_session(begun) and not text.startswith(PREFIX) and _is_session(f"{begun}\n{text}")
        if is_rest:
            found[-1] = f"{begun}\n{text}"
        elif text:
            found.append(text)
    return list(dict.fromkeys(found))


def _is_session(text: str) -> bool:
    try:
        read_session(text)
    except NotASession:
        return False
    return True


def _secret(id: str, target: Target) -> str:
    try:
        return target.site_sessions.secret_of(id).value
    except GatewayError:
        return ""


def _has_newer(user: str, expires_at: float, target: Target) -> bool:
    """The site renews sessions, after which ours differs from theirs."""
    return any(user and kept.site_user == user and kept.expires_at >= expires_at for kept in target.site_sessions.all())


def _use(folder: Folder, stats: Any, target: Target) -> Iterator[Step]:
    """Counts without times. They count on the day of the file's last change; what came since the last time is added."""
    if not isinstance(stats, dict):
        return
    counts = {
        str(model)[:MAX_NAME_CHARACTERS]: count for model, count in stats.items() if type(count) is int and count > 0
    }
    place = hashlib.sha256(str(folder.path.resolve()).encode()).hexdigest()[:16]
    at = int(folder.changed_at(CONFIG))
    for model, count in sorted(counts.items()):
        used = Used(target, f"{place} {model}")
        new = count - used.last()
        if new > 0:
            yield Step(
                "comes",
                "Use",
                f"{counted(new, 'request')} to {model}.",
                partial(used.add, count, _sums(model, new, at)),
            )
    if counts and all(count <= Used(target, f"{place} {model}").last() for model, count in counts.items()):
        yield Step("there", "Use", "all that was counted.")


def _sums(model: str, count: int, at: int) -> Rollups:
    rollups = Rollups()
    sums = {**dict.fromkeys(COUNTS, 0), "requests": count, "succeeded": count}
    hour, day = at - at % HOUR_SECONDS, at - at % DAY_SECONDS
    for each in (model, ALL_MODELS):
        rollups.hours[hour, each] = dict(sums)
    rollups.model_days[day, model] = dict(sums)
    return rollups


def _declined(config: dict[str, Any]) -> Iterator[Step]:
    reasons: dict[str, list[str]] = {}
    for name, value in config.items():
        if name in _TAKEN or value in ("", None, {}, []):
            continue
        beginning = max((each for each in _DECLINED if name.startswith(each)), key=len, default="")
        why = _DECLINED.get(beginning, "there is no such setting; it has no effect.")
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        yield Step("declined", ", ".join(names), why)
