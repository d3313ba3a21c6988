"""
What can be set, and where from: a flag, else the environment, else the file, else the default.

The file is `config.jsonc` in the data directory: JSON with comments and trailing commas. In the environment a setting
is `ARENABRIDGE_` and its name in capitals; lists are separated by commas, and aliases are JSON. A few are also
known by the names that hosts give them (`PORT`), and all that the earlier bridges had by theirs (`earlier.settings`).
"""

import ipaddress
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import json5
import msgspec
import platformdirs

from arenabridge.earlier.settings import Note, Translated, from_variables, translate
from arenabridge.settings_file import says_nothing
from arenabridge.settings_rules import faults, is_network, reached_by_others
from arenabridge.settings_slips import expected, meant
from arenabridge.wire.profile import RoleMode, TrailingUserMessage

_log = logging.getLogger(__name__)

FILE_NAME = "config.jsonc"
ENVIRONMENT_PREFIX = "ARENABRIDGE_"

SessionStrategy = Literal["auto", "captured", "fresh"]

_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class SettingsError(ValueError):
    """A setting is not what it may be. The message names it, and where it came from."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. Times in seconds, sizes in bytes."""

    data_dir: Path
    database_url: str | None = None
    """A PostgreSQL database, `postgresql://user:password@host/name`, instead of a file in the data directory."""
    redis_url: str | None = None
    """A Redis server, `redis://host:6379/0`, through which several gateways on one database work as one."""
    files_dir: str | None = None
    """The folder of the files that are kept, if not in the data directory: several gateways share one."""
    deployment_mode: Literal["local", "cloud"] = "local"
    """`cloud` is for a gateway that others reach over the internet: it listens on all addresses unless `host` says
    otherwise, always requires keys, and has to know its `public_url`."""
    host: str = "127.0.0.1"
    """The address to listen on. Another than a loopback address opens the gateway to the network."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5102
    """0 takes a free one."""
    also_listen_on: tuple[Annotated[int, msgspec.Meta(ge=1, le=65535)], ...] = ()
    """More ports on which all of it is served, such as those of an earlier bridge: 8000, or 5105 for the dashboard."""
    site_origins: tuple[str, ...] = (
        "https://lmarena.ai",
        "https://www.lmarena.ai",
        "https://arena.ai",
        "https://www.arena.ai",
    )
    """Where the userscript runs, and the only web pages that may open the link."""
    site_version: str = "current"
    """The form of the requests the site takes: `current`, or `2025-11`, `2025-10`, `2025-08` for its older versions."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names, besides the loopback ones, under which the gateway answers: your own name behind a proxy."""
    public_url: str | None = None
    """Where browsers reach the gateway, if not at `http://127.0.0.1:<port>`."""
    public_ws_url: str | None = None
    """The same as the earlier bridges wrote it, `wss://HOST/ws/worker`: only used if `public_url` is not set."""
    require_api_key: bool = True
    """False lets every program on this computer in; only with a loopback address, and neither `public_url` nor
    `allowed_hosts`."""
    users_make_keys: bool = True
    """False leaves it to administrators to make keys and to set their limits."""
    api_key: str | None = None
    """One more API key, which all clients may share, as the earlier bridges had it."""
    cors_allowed_origins: tuple[str, ...] = ()
    """Origins of web pages that may use the API while no key is required. While keys are, any page with one may."""
    aliases: dict[str, str | tuple[str, ...]] = {}
    """Names of your own for models: one model, or several, of which the first that is there is used, and the next one
    where it fails before it has said anything."""
    hidden_models: tuple[str, ...] = ()
    """Models that the list leaves out; `*` and `?` stand for anything."""
    execution: Literal["auto", "fetch", "composer"] = "auto"
    """How a tab carries out a job: by a request of its own (`fetch`, several at once), with the site's own message box
    (`composer`, one at a time), or `auto`: what the site was last seen to accept."""
    session_strategy: SessionStrategy = "auto"
    """`auto` continues a chat in the site session that has seen exactly its turns so far; `fresh` sends the whole
    conversation into a new session every time; `captured` sends it into a session that was captured for the model."""
    session_strategies: dict[str, SessionStrategy] = {}
    """The strategy of models whose names match a pattern (`*` and `?` stand for anything); the first match counts."""
    compatibility: bool = False
    """Whether the earlier bridges' userscript and scripts may connect, which bring no credential. Only with a loopback
    address and without `public_url`."""
    capture_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5103
    """Where the earlier userscript reports a captured session, open only while one is captured."""
    title_marks: bool = False
    """Whether the tab's title says how the userscript is, as the earlier one's did: a tick while it is connected, a
    target while a session is captured."""
    captured_fallback: Literal["error", "fresh"] = "error"
    """What becomes of a chat for whose model no captured session can be used: an error, or a new session."""
    role_mode: RoleMode = "labelled"
    """How a conversation is written into one message, for clients whose key does not say otherwise."""
    trailing_user_message: TrailingUserMessage = "when_needed"
    """Whether a minimal user turn is put last, for clients whose key does not say otherwise."""
    max_prompt_characters: _Count = 113_000
    """The longest conversation that the site takes in one message; the earlier bridges saw it refuse 113,567."""
    slots: Annotated[int, msgspec.Meta(ge=1, le=256)] | None = None
    """Jobs one browser profile may run at once; by default what the browser's connection to the site allows."""
    managed_browser: bool = False
    """Start the installed Chrome, Chromium or Edge with a profile of its own, open the site in it, and keep it open."""
    browser_program: str | None = None
    """The program of that browser; by default the first one that is found."""
    browser_without_sandbox: bool = False
    """Start that browser also as root on Linux, where it has no sandbox."""
    worker_tokens: tuple[str, ...] = ()
    """Credentials of relays that are nobody's in particular and serve everybody, as the earlier bridges had them."""
    max_workers: _Count = 1000
    """How many tabs may be connected."""
    worker_timeout_seconds: _Seconds = 45.0
    """A tab that is silent for so long is taken for lost; its answers then wait for `resume_grace_seconds`."""
    worker_heartbeat_seconds: _Seconds = 15.0
    """After how long a silent tab is asked for a sign of life."""
    require_worker_authentication: bool = True
    """False lets relays in without a credential; only with a loopback address and no `public_url`."""
    queue_length: _Count = 100
    """Requests that may wait for a free slot; more are answered 429."""
    max_wait_seconds: _Seconds = 60.0
    """How long a request may wait for a free slot."""
    reject_when_no_workers: bool = True
    """Answer 503 soon while no browser is connected; false lets requests wait for one as long as for a free slot."""
    resume_grace_seconds: _Seconds = 30.0
    """How long an answer waits for its browser tab to return after its connection broke."""
    enable_idle_restart: bool = False
    """Whether tabs that have nothing to do are loaded anew after a while, never while the site wants the person."""
    idle_restart_timeout_seconds: Annotated[float, msgspec.Meta(ge=-1)] = 300.0
    """How long that while is; -1 is never."""
    max_answer_seconds: _Seconds | None = None
    """The longest that an answer may take once it was asked for; by default as long as it goes on."""
    drain_seconds: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    """How long answers that are under way may go on when the gateway is stopped."""
    head_hold_seconds: _Seconds = 5.0
    """How long a streamed answer's head is held back, so that an early failure is a real HTTP status."""
    keep_alive_seconds: _Seconds = 15.0
    """Silence on a stream after which a comment is sent, so that nobody on the way gives it up."""
    first_byte_timeout_seconds: _Seconds = 180.0
    """How long the site may take to begin an answer."""
    stream_response_timeout_seconds: _Seconds = 360.0
    """The longest gap within an answer."""
    client_stall_seconds: _Seconds = 30.0
    """A client that takes nothing of its answer for so long, while something waits for it, is given up."""
    max_body_bytes: _Count = 32 * 2**20
    """The largest request body."""
    max_attachment_bytes: _Count = 10 * 2**20
    """The largest file that is sent to a model, or fetched from an address."""
    max_file_bytes: _Count = 100 * 2**20
    """The largest file that is kept."""
    files_quota_bytes: _Count = 5 * 2**30
    """How much all files together may have; those that were not used for longest make way for new ones."""
    files_quota_count: _Count = 20_000
    """How many files are kept."""
    files_owner_quota_bytes: _Count = 2 * 2**30
    """The same for the files of one person, with all keys, or of a key that is nobody's."""
    files_owner_quota_count: _Count = 10_000
    """The same for the files of one person, with all keys, or of a key that is nobody's."""
    files_retention_days: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    """How long a file is kept."""
    fetch_file_urls: bool = True
    """Whether files that a request names by an http(s) address are fetched."""
    fetch_private_addresses: bool = False
    """Whether such an address may lead into your own network. Whoever has an API key could look around in it."""
    file_bed_enabled: bool = False
    """Each attachment is put on a file host, and its address into the message, as text."""
    file_bed_upload_url: str | None = None
    """That host's address for uploads, such as `http://127.0.0.1:5180/upload`; by default this gateway is the host."""
    file_bed_api_key: str | None = None
    """The key for that host; and the one that `arenabridge files` accepts."""
    metrics_token: str | None = None
    """With it as a Bearer token other computers may read `/metrics`."""
    usage_retention_days: Annotated[float, msgspec.Meta(gt=0)] = 90.0
    """How long the record of each request is kept; sums by hour, model, day and key stay."""
    bodies_retention_days: Annotated[float, msgspec.Meta(gt=0)] = 7.0
    """How long is kept what was asked and answered, of keys that want it kept (`--keep-bodies`)."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies in front of us, whose `X-Forwarded-*` headers are believed."""
    log_level: str = "info"
    """`debug`, `info`, `warning` or `error`."""
    log_format: Literal["readable", "json"] = "readable"
    """Lines for people, or JSON objects for programs."""
    enable_auto_update: bool = True
    """Whether newer releases are looked up, at the start and daily, and told of. Nothing is installed by itself."""
    update_index_url: str = "https://pypi.org/simple"
    """The package index where they are looked up, and which `arenabridge update` installs from."""
    announcements_url: str | None = None
    """Where announcements are read from, as JSON; they are shown once."""
    alerts_url: str | None = None
    """Where alerts are posted to as JSON: no browser connected, the person needed, many failures, budgets at 80 %."""
    alerts_secret: str | None = None
    """What alerts are signed with."""
    alerts_no_worker_minutes: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    """After how long without a browser that can work an alert is sent."""
    alerts_error_rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    """The share of requests of the last ten minutes whose failure is one of ours or the site's, from which one is."""

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or _is_loopback_address(self.host)


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("arenabridge", appauthor=False))


def load_settings(flags: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Put the settings together; flags that are None were not given. Raises `SettingsError`."""
    given = {name: value for name, value in flags.items() if value is not None}
    from_environment = _from_environment(environment)
    data_dirs = given.pop("data_dir", None), from_environment.pop("data_dir", None), default_data_dir()
    data_dir = Path(next(filter(None, data_dirs)))
    theirs = in_our_names(data_dir)
    layers = [
        (str(data_dir / FILE_NAME), theirs.values),
        ("the environment", from_environment),
        ("the command line", given),
    ]
    values: dict[str, Any] = {}
    for source, layer in layers:
        _check(layer, source)
        values |= layer
    settings = _convert({**_implied(values), **values, "data_dir": data_dir})
    if reached_by_others(settings):
        closed = dict.fromkeys(theirs.assumed - {*from_environment, *given}, True)
        settings = msgspec.structs.replace(settings, **closed)
    _check_whole(settings)
    return settings


Source = Literal["flag", "environment", "saved", "file", "default"]
"""`saved`: by a dashboard, in the database that several gateways share."""

OF_ONE_GATEWAY = frozenset(
    {
        "also_listen_on",
        "browser_program",
        "browser_without_sandbox",
        "capture_port",
        "data_dir",
        "database_url",
        "deployment_mode",
        "files_dir",
        "host",
        "managed_browser",
        "port",
        "redis_url",
    }
)
"""What may differ between gateways on one database, so that it can't be saved for all."""


def with_saved(settings: Settings, environment: Mapping[str, str], saved: Mapping[str, Any]) -> Settings:
    """
    With what was saved in the database, where neither a flag nor the environment says something.

    What another version knows, or what may not be beside this gateway's own settings, is left out.
    """
    sources = sources_of(settings, environment, file_values(settings.data_dir))
    for name, value in saved.items():
        if sources.get(name) in {"file", "default"} and name not in OF_ONE_GATEWAY:
            try:
                settings = with_changes(settings, {name: value})
            except SettingsError as error:
                _log.warning("the saved setting %s is left out: %s", name, error)
    return settings


def sources_of(
    settings: Settings,
    environment: Mapping[str, str],
    file: Mapping[str, Any],
    saved: Mapping[str, Any] | None = None,
) -> dict[str, Source]:
    """Where each value is from: the strongest that says the same. What nobody else says was a flag."""
    saved = {name: value for name, value in (saved or {}).items() if name not in OF_ONE_GATEWAY}
    from_environment = _from_environment(environment)
    implied = _implied({name: getattr(settings, name) for name in ("deployment_mode", "public_ws_url")})
    found: dict[str, Source] = {}
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        if field.name in from_environment and value == _alone(field.name, from_environment[field.name]):
            found[field.name] = "environment"
        elif field.name in saved and _is_said(field.name, saved[field.name], value):
            found[field.name] = "saved"
        elif field.name in file and value == _alone(field.name, file[field.name]):
            found[field.name] = "file"
        else:
            found[field.name] = "default" if value in (default_of(field.name), implied.get(field.name)) else "flag"
    return found


def _is_said(name: str, said: Any, value: Any) -> bool:
    try:
        return bool(value == _alone(name, said))
    except SettingsError:  # of another version
        return False


def file_values(data_dir: Path) -> dict[str, Any]:
    """What the file says now; raises `SettingsError`."""
    return in_our_names(data_dir).values


def in_our_names(data_dir: Path) -> Translated:
    """The same, and what is to be said of names and values that are the earlier bridges'; raises `SettingsError`."""
    return translate(_from_file(data_dir / FILE_NAME), Settings.__struct_fields__)


def notes_on(data_dir: Path, used: Settings | None = None) -> tuple[Note, ...]:
    """What people should know about settings of theirs, as they are `used`; nothing about a file that can't be read."""
    try:
        theirs = in_our_names(data_dir)
    except SettingsError:
        return ()
    notes = {note.name: note for note in theirs.notes}
    for name, called in _ASSUMED.items():
        if used is not None and name in theirs.assumed and getattr(used, name):
            why = reached_by_others(used) or f"{name} is true"
            notes[called] = Note(called, "changed", f"It lets everybody in, so it has no effect: {why}.")
    for file, what in _BROUGHT_ALONE.items():
        if (data_dir / file).exists():
            words = f"is not read here: `arenabridge import` with this folder brings its {what}, once."
            notes[file] = Note(file, "changed", words)
    return tuple(notes.values())


_BROUGHT_ALONE = {"dashboard.db": "people, keys and figures", "config.json": "session tokens, keys and figures"}
"""Files of the earlier bridges that only an import reads, and what they hold."""

_ASSUMED = {"require_api_key": "api_key", "require_worker_authentication": "worker_settings.require_authentication"}
"""What holds only where nobody else reaches the gateway, and as what the earlier bridges have it."""


def default_of(name: str) -> Any:
    return default_data_dir() if name == "data_dir" else getattr(_convert({"data_dir": "."}), name)


def with_changes(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with other values, where null is the default; raises `SettingsError` for what they may not be."""
    _check({name: value for name, value in changes.items() if value is not None}, "the change")
    values = msgspec.structs.asdict(settings)
    values |= {name: default_of(name) if value is None else value for name, value in changes.items()}
    changed = _convert(values)
    _check_whole(changed)
    return changed


def _implied(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from other settings where nobody says it."""
    implied: dict[str, Any] = {}
    if values.get("deployment_mode") == "cloud":
        implied["host"] = "0.0.0.0"  # noqa: S104 - that is what the mode is for
    if address := values.get("public_ws_url"):
        parts = urlsplit(str(address))
        implied["public_url"] = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"
    return implied


def _alone(name: str, value: Any) -> Any:
    return getattr(_convert({"data_dir": ".", name: value}), name)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _from_text(name, text) for name, text in from_variables(environment, Settings.__struct_fields__).items()
    }
    for name in Settings.__struct_fields__:
        value = environment.get(ENVIRONMENT_PREFIX + name.upper()) or _as_hosts_say(name, environment)
        if value:
            found[name] = _from_text(name, value)
    return found


_AS_HOSTS_SAY = {
    "port": "PORT",
    "host": "HOST",
    "public_url": "RENDER_EXTERNAL_URL",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
}
"""By their own names; ours are stronger."""


def _as_hosts_say(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(_AS_HOSTS_SAY.get(name, ""), "")
    is_meant = name != "host" or value == "localhost" or is_network(value)  # some shells put the computer's name there
    return value if is_meant else ""


def _from_text(name: str, value: str) -> Any:
    if name in _LISTS:
        return [item for each in value.split(",") if (item := each.strip())]
    if name in _OBJECTS:
        try:
            return json5.loads(value)
        except (ValueError, RecursionError) as error:
            raise SettingsError(f"the environment: {name}: not valid JSON: {error}") from error
    return value


_LISTS = frozenset(
    {
        "also_listen_on",
        "site_origins",
        "allowed_hosts",
        "cors_allowed_origins",
        "hidden_models",
        "trusted_proxies",
        "worker_tokens",
    }
)
_OBJECTS = frozenset({"aliases", "session_strategies"})


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}") from error
    if says_nothing(text):
        return {}
    try:
        values = json5.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not valid JSON with comments: {error}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path} must hold one object, with settings by name.")
    return values


def _check(layer: Mapping[str, Any], source: str) -> None:
    for name in layer:
        if name not in Settings.__struct_fields__ or name == "data_dir":
            raise SettingsError(f"{source}: there is no setting {name!r}.{meant(name, Settings.__struct_fields__)}")
    try:
        _convert({**layer, "data_dir": "."})
    except SettingsError as error:
        raise SettingsError(f"{source}: {error}") from None


def _convert(values: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(
            values, Settings, strict=False, dec_hook=lambda type_, value: type_(value) if type_ is Path else value
        )
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        kind = get_type_hints(Settings).get(where.rstrip("`").partition("[")[0])
        raise SettingsError(f"{where.rstrip('`')}: {expected(what, kind)}".strip(": ")) from None


def _check_whole(settings: Settings) -> None:
    for fault in faults(settings):
        raise SettingsError(fault)
