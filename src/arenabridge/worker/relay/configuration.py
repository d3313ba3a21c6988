"""
What can be set of a relay, and where from: a flag, else the environment, else `worker_config.jsonc`, else the default.

The file is that of the earlier bridges, as people write it: JSON with comments and trailing commas, numbers and truths
perhaps as text, and examples that nobody replaced. In the environment a setting is `ARENABRIDGE_WORKER_` and its name
in capitals; the names that the earlier bridges use are taken too.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import json5
import msgspec

from arenabridge.settings import SettingsError, default_data_dir, default_of
from arenabridge.worker.relay.gateway_address import is_placeholder

FILE_NAME = "worker_config.jsonc"
FOLDER = "worker"
"""Within the data directory, so that a gateway may run beside the relay."""

ENVIRONMENT_PREFIX = "ARENABRIDGE_WORKER_"

_SITE_ORIGINS: tuple[str, ...] = default_of("site_origins")
_Seconds = Annotated[float, msgspec.Meta(gt=0)]


class RelayConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set of a relay."""

    folder: Path
    """Where it keeps its secret and its credential."""
    gateway: str = ""
    """The address of the gateway, as it was written."""
    token: str = ""
    """The credential; without it the one that an enrolment brought."""
    token_from: str = ""
    """Where `token` is set, in words."""
    worker_id: str = ""
    """What the relay calls itself to the gateway; without it the name of the computer."""
    name: str = ""
    """What the dashboard is to call its credential, at enrolment."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    """Where tabs connect; without it the one of last time, or one that is free."""
    site_origins: tuple[str, ...] = _SITE_ORIGINS
    """Where the userscript runs, and the only pages that may connect."""
    browser: bool = False
    """Start the installed Chrome, Chromium or Edge with a profile of its own, and the site open in it."""
    browser_program: str = ""
    """The program of that browser; without it the first one that is found."""
    browser_without_sandbox: bool = False
    """Start that browser also as root on Linux, where it has no sandbox."""
    auto_reconnect: bool = True
    """False ends the relay when its gateway can't be reached."""
    reconnect_delay_seconds: _Seconds = 5.0
    """The first pause; it doubles with each failure up to twelve times as much."""
    max_reconnect_attempts: Annotated[int, msgspec.Meta(ge=0)] = 0
    """After so many the relay ends; 0 is never."""
    send_heartbeat: bool = True
    """Whether the gateway is asked from time to time, tabs or not."""
    heartbeat_interval_seconds: _Seconds | None = None
    """How often; without it as often as the gateway wishes."""
    enable_logging: bool = True
    log_level: str = "info"


@dataclass(frozen=True, slots=True)
class Loaded:
    """`notes` are sentences for the person: what was not understood, and what is kept elsewhere now."""

    configuration: RelayConfiguration
    file: Path | None
    notes: tuple[str, ...]


_NAMES_IN_FILE = {"cloud_server_url": "gateway", "worker_auth_token": "token"}
"""Of the earlier bridges; others are the same here."""

_NAMES_IN_ENVIRONMENT = {
    "CLOUD_SERVER_URL": "gateway",
    "WORKER_AUTH_TOKEN": "token",
    "WORKER_ID": "worker_id",
    "ARENABRIDGE_SITE_ORIGINS": "site_origins",
}

_CAPTURED = ("session_id", "message_id", "id_updater_last_mode", "id_updater_battle_target")

_SETTABLE = frozenset(RelayConfiguration.__struct_fields__) - {"folder", "token_from"}


def load_configuration(
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    data_dir: Path | None = None,
    file: Path | None = None,
) -> Loaded:
    """Put it together; flags that are None were not given. Raises `SettingsError`."""
    folder = Path(data_dir or environment.get("ARENABRIDGE_DATA_DIR") or default_data_dir()) / FOLDER
    file = file or (Path(named) if (named := environment.get(ENVIRONMENT_PREFIX + "CONFIG")) else None)
    chosen = file or folder / FILE_NAME
    written = _read(chosen, must_exist=file is not None)
    from_file, notes = _understood(written or {}, chosen)
    layers = {
        str(chosen): from_file,
        "the environment": _from_environment(environment),
        "the command line": {name: value for name, value in flags.items() if value is not None},
    }
    values: dict[str, Any] = {}
    for source, layer in layers.items():
        _convert({**layer, "folder": folder}, source)
        values |= layer | ({"token_from": source} if layer.get("token") else {})
    configuration = _convert({**values, "folder": folder}, "the settings")
    return Loaded(configuration, chosen if written is not None else None, tuple(notes))


def _read(path: Path, *, must_exist: bool) -> dict[str, Any] | None:
    try:
        values = json5.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(f"There is no file {path}.") from None
        return None
    except (ValueError, RecursionError) as error:  # which undecodable text is too
        raise SettingsError(f"{path} is not valid JSON with comments: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"{path} must hold one object, with settings by name.")
    return values


def _understood(written: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], list[str]]:
    """What the file sets, and what there is to say about the rest of it."""
    found: dict[str, Any] = {}
    notes = []
    for key, value in written.items():
        name = _NAMES_IN_FILE.get(key, key)
        if key in _CAPTURED or value is None:
            continue
        if name not in _SETTABLE:
            notes.append(f"{path}: there is no setting {key!r}{_nearest(key)}. It has no effect.")
        elif isinstance(value, str) and name != "gateway" and is_placeholder(value):
            notes.append(f"{path}: {key} still holds the example {value!r}; it counts as not set.")
        elif value != "":
            found[name] = value
    if any(_is_filled_in(written.get(key)) for key in ("session_id", "message_id")):
        notes.append(
            f"{path}: session_id and message_id have no effect here: captured sessions are kept at the gateway. Add "
            "yours there, with `arenabridge captured add SESSION MESSAGE` or on the dashboard."
        )
    return found, notes


def _is_filled_in(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and not is_placeholder(value)


def _nearest(key: str) -> str:
    known = sorted({*_SETTABLE, *_NAMES_IN_FILE})
    near = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = _NAMES_IN_ENVIRONMENT | {ENVIRONMENT_PREFIX + name.upper(): name for name in sorted(_SETTABLE)}
    found: dict[str, Any] = {}
    for variable, name in names.items():  # ours come last, and so before the others
        value = environment.get(variable, "").strip()
        if value and not (name != "gateway" and is_placeholder(value)):
            found[name] = [each.strip() for each in value.split(",")] if name == "site_origins" else value
    return found


def _convert(values: dict[str, Any], source: str) -> RelayConfiguration:
    try:
        return msgspec.convert(
            values,
            RelayConfiguration,
            strict=False,
            dec_hook=lambda type_, value: type_(value) if type_ is Path else value,
        )
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise SettingsError(f"{source}: {where.rstrip('`')}: {what}".replace(": : ", ": ")) from None
