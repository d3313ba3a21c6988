"""
`/api/tokens`: API keys. Administrators see all, others only their own; a key itself is told once, when it is made.

Only administrators may give keys the scope `admin`, and make them for others.
"""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts import profiles
from arenabridge.accounts.key_limits import Held
from arenabridge.accounts.keys import UNKNOWN, ApiKey, KeyForm
from arenabridge.accounts.profiles import ProfileError
from arenabridge.errors import InvalidRequest, NotFound, NotPermitted
from arenabridge.http.api.access import Person, SignedIn, api_router, may_make_keys
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.api.limits import Limits, Use, use_of
from arenabridge.http.gateway import gateway_of
from arenabridge.wire.profile import ClientProfile

router = api_router()

Scope = Literal["admin"]
State = Literal["valid", "disabled", "expired", "revoked", "owner_disabled"]
Wishes = dict[str, bool | int | str]
"""How the key's client wants to be served: fields of `ClientProfile`. What is absent stays, or is the default."""

ADMINISTRATORS_WISHES = ("priority", "share")
"""They would be at the expense of others."""

LIMITING = {"limits", "expires_at"}
"""What of a change says how much a key may be used."""

MAX_OVERLAP_SECONDS = 30 * 24 * 3600.0
DEFAULT_OVERLAP_SECONDS = 24 * 3600.0


class Owner(BaseModel):
    """Whose key it is."""

    id: str
    name: str


class TokenRow(BaseModel):
    """A key. Times are seconds since 1970, UTC. `use` counts only while the key has a budget."""

    id: str
    name: str
    prefix: str = Field(description="How the key begins: what may be shown of it.")
    state: State
    owner: Owner | None = Field(description="Null: the gateway's own.")
    scopes: list[Scope]
    notes: str
    created_at: float
    expires_at: float | None
    disabled_at: float | None
    locked: bool = Field(
        description="Switched off by others than its owner, or by nobody known: only administrators switch it on again."
    )
    revoked_at: float | None
    last_used_at: float | None
    previous_until: float | None = Field(
        description="Until when the secret before the last rotation is good. Until then a rotation needs `overlap: 0`."
    )
    version: int = Field(description="Of all that can be changed; to be sent with a change.")
    limits: Limits
    profile: dict[str, Any] = Field(description="Complete, defaults included.")
    use: Use


class TokensAnswer(BaseModel):
    """Revoked ones too, the newest first."""

    tokens: list[TokenRow]


class NewToken(Body):
    """`expires_at` in seconds since 1970; `owner_id` is for administrators: null makes a key of the gateway's own."""

    name: str
    notes: Annotated[str, Field(max_length=1000)] = ""
    expires_at: Annotated[float, Field(gt=0, le=2**40)] | None = None
    scopes: list[Scope] = Field(default_factory=list)
    owner_id: str | None = Field(default=None, description="Absent: oneself.")
    limits: Limits = Field(default_factory=Limits)
    profile: Wishes = Field(default_factory=dict)


class TokenChange(Body):
    """
    What is absent stays as it is, also if others change it meanwhile: send what was changed, and no more.

    `expires_at: null` lets the key live on, `limits` replaces all limits, `profile` those of its fields that it has.
    With the `version` of the row that the change is made of, it is refused with `changed_meanwhile` (409) if somebody
    else was faster.
    """

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    name: str | None = None
    notes: Annotated[str, Field(max_length=1000)] | None = None
    expires_at: Annotated[float, Field(gt=0, le=2**40)] | None = None
    scopes: list[Scope] | None = None
    disabled: bool | None = None
    limits: Limits | None = None
    profile: Wishes | None = None


class Rotation(Body):
    """
    How many seconds the old secret is good for still.

    While one before it is good (`previous_until`), another rotation is refused with `already_there` (409): programs may
    use it still. `overlap: 0` ends all earlier ones.
    """

    overlap: Annotated[float, Field(ge=0, le=MAX_OVERLAP_SECONDS)] = DEFAULT_OVERLAP_SECONDS


class MadeToken(TokenRow):
    """With the key itself, which can be seen only now."""

    key: str


@router.get("/api/tokens")
def list_tokens(request: Request, person: SignedIn) -> TokensAnswer:
    keys = gateway_of(request).accounts.keys
    found = keys.all() if person.is_administrator else keys.all(person.id)
    return TokensAnswer(tokens=[TokenRow(**_row(request, key)) for key in reversed(found)])


@router.post("/api/tokens", status_code=201)
def make_token(request: Request, person: SignedIn, body: NewToken) -> MadeToken:
    accounts = gateway_of(request).accounts
    _check_may_decide(request, person)
    owner = _owner(request, person, body)
    form = KeyForm(
        name=body.name,
        notes=body.notes,
        expires_at=body.expires_at,
        administers=_administers(person, body.scopes),
        profile=_profile(person, ClientProfile(), body.profile),
        limits=body.limits.kept(),
    )
    made, key = accounts.keys.make(form, owner)
    record(request, person, "key.created", f"{made.name} ({made.id})", "admin" if made.administers else "")
    return MadeToken(**_row(request, made), key=key)


@router.get("/api/tokens/{id}")
def get_token(request: Request, person: SignedIn, id: str) -> TokenRow:
    return TokenRow(**_row(request, _theirs(request, person, id)))


@router.patch("/api/tokens/{id}")
def change_token(request: Request, person: SignedIn, id: str, body: TokenChange) -> TokenRow:
    gateway = gateway_of(request)
    key = _theirs(request, person, id)
    given = body.model_fields_set - {"version"}
    if given & LIMITING:
        _check_may_decide(request, person)
    changed = gateway.accounts.keys.change(id, lambda now: _changed(person, now, body), body.version)
    if changed is None:
        raise NotFound("This key was revoked.")
    gateway.keys.forget()
    record(request, person, "key.changed", f"{key.name} ({id})", ", ".join(sorted(given)))
    return TokenRow(**_row(request, changed))


@router.post("/api/tokens/{id}/rotate")
def rotate_token(request: Request, person: SignedIn, id: str, body: Rotation) -> MadeToken:
    gateway = gateway_of(request)
    key = _theirs(request, person, id)
    secret = gateway.accounts.keys.rotate(id, body.overlap)
    if secret is None:
        raise NotFound("This key was revoked.")
    gateway.keys.forget()
    record(request, person, "key.rotated", f"{key.name} ({id})", f"overlap {body.overlap:.0f} s")
    return MadeToken(**_row(request, _theirs(request, person, id)), key=secret)


@router.delete("/api/tokens/{id}", status_code=204)
def revoke_token(request: Request, person: SignedIn, id: str) -> None:
    """For good; the key stays in the list."""
    gateway = gateway_of(request)
    key = _theirs(request, person, id)
    if not gateway.accounts.keys.revoke(id):
        raise NotFound("This key was revoked already.")
    gateway.keys.forget()
    record(request, person, "key.revoked", f"{key.name} ({id})")


def _theirs(request: Request, person: Person, id: str) -> ApiKey:
    """Somebody else's key answers as if it did not exist."""
    key = gateway_of(request).accounts.keys.get(id)
    if key is None or not (person.is_administrator or (key.owner is not None and key.owner.id == person.id)):
        raise NotFound("You have no such key.")
    return key


def _changed(person: Person, key: ApiKey, body: TokenChange) -> KeyForm:
    """What the change makes of the key as it is now; raises `InvalidRequest` or `NotPermitted`."""
    now = KeyForm.of(key)
    return KeyForm(
        name=now.name if body.name is None else body.name,
        notes=now.notes if body.notes is None else body.notes,
        expires_at=body.expires_at if "expires_at" in body.model_fields_set else now.expires_at,
        administers=now.administers if body.scopes is None else _administers(person, body.scopes),
        profile=_profile(person, now.profile, body.profile) if body.profile else now.profile,
        limits=body.limits.kept() if body.limits else now.limits,
        disabled_by=now.disabled_by if body.disabled is None else _disabled_by(person, key, disabled=body.disabled),
    )


def _disabled_by(person: Person, key: ApiKey, *, disabled: bool) -> str | None:
    """Raises `NotPermitted` for waking what somebody else has put to rest."""
    if disabled:
        return person.id if key.disabled_by is None or person.is_administrator else key.disabled_by
    if key.disabled_by in (None, person.id) or person.is_administrator:
        return None
    if key.disabled_by == UNKNOWN:
        raise NotPermitted("It is not known who switched this key off: ask an administrator to switch it on again.")
    raise NotPermitted("An administrator switched this key off: only administrators switch it on again.")


def _check_may_decide(request: Request, person: Person) -> None:
    """Raises `NotPermitted` where only administrators decide how much others may use."""
    if not may_make_keys(request, person):
        raise NotPermitted("Here only administrators make keys and set their limits.")


def _owner(request: Request, person: Person, body: NewToken) -> str | None:
    """Raises `NotPermitted` for a key of somebody else's, `NotFound` for nobody's."""
    if "owner_id" not in body.model_fields_set:
        return None if person.id.startswith("key:") else person.id
    if body.owner_id == person.id:
        return person.id
    if not person.is_administrator:
        raise NotPermitted("Only administrators may make keys for others.")
    return gateway_of(request).accounts.people.get(body.owner_id).id if body.owner_id else None


def _administers(person: Person, scopes: list[Scope]) -> bool:
    if scopes and not person.is_administrator:
        raise NotPermitted("Only administrators may give a key the scope admin.")
    return bool(scopes)


def _profile(person: Person, before: ClientProfile, wishes: Wishes) -> ClientProfile:
    try:
        profile = profiles.changed(before, wishes)
    except ProfileError as error:
        raise InvalidRequest(str(error), param="profile") from error
    if not person.is_administrator:
        for name in ADMINISTRATORS_WISHES:
            if getattr(profile, name, None) != getattr(before, name, None):
                raise NotPermitted(f"Only administrators may set {name}.")
    return profile


def _state(key: ApiKey, now: float) -> State:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    if key.disabled_at is not None:
        return "disabled"
    return "owner_disabled" if key.owner is not None and key.owner.is_disabled else "valid"


def _row(request: Request, key: ApiKey) -> dict[str, Any]:
    gateway = gateway_of(request)
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "state": _state(key, gateway.clock.unix()),
        "owner": Owner(id=key.owner.id, name=key.owner.name) if key.owner else None,
        "scopes": ["admin"] if key.administers else [],
        "notes": key.notes,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "disabled_at": key.disabled_at,
        "locked": key.disabled_by is not None and (key.owner is None or key.disabled_by != key.owner.id),
        "revoked_at": key.revoked_at,
        "last_used_at": gateway.keys.last_used(key),
        "previous_until": key.previous_until,
        "version": key.version,
        "limits": Limits.of(key.limits),
        "profile": msgspec.structs.asdict(key.profile),
        "use": use_of(gateway.accounts.admissions, Held(key.id, key.limits)),
    }
