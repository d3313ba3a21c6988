"""
`/api/workers/credentials` and `/api/workers/codes`: whose workers there are, and whom they serve.

Administrators see and change all, others only their own. What is changed holds for the connected tabs at once.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.accounts.people import MAX_NAME_CHARACTERS
from arenabridge.accounts.workers import MAX_CAP, MAX_TEAM, Kind, Sharing, WorkerCredential, WorkerForm
from arenabridge.errors import InvalidRequest, NotFound, NotPermitted
from arenabridge.http.api.access import Person, SignedIn, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.links.script import browsers_install_address

router = api_router()

T = TypeVar("T")

State = Literal["valid", "revoked", "owner_disabled"]
Name = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)]
Cap = Annotated[int, Field(ge=0, le=MAX_CAP)]
Team = Annotated[list[Name], Field(max_length=MAX_TEAM)]
"""Names of people who have accounts."""


class CredentialOwner(BaseModel):
    """Whose it is."""

    id: str
    name: str


class CredentialRow(BaseModel):
    """A worker's credential, never itself. Times are seconds since 1970, UTC."""

    id: str
    name: str
    kind: Kind
    prefix: str = Field(description="How it begins: what may be shown of it.")
    state: State
    owner: CredentialOwner | None = Field(description="Null: the gateway's own.")
    sharing: Sharing
    team: list[str] = Field(description="Names.")
    is_backup: bool = Field(description="It serves only when no other can.")
    cap: int | None = Field(description="Jobs of others than its owner that it runs at once; null: no limit.")
    paused: bool
    created_at: float
    last_seen_at: float | None
    revoked_at: float | None
    tabs: int = Field(description="That are connected with it, at all gateways of a fleet.")


class CredentialsAnswer(BaseModel):
    """Revoked ones too, the newest first."""

    credentials: list[CredentialRow]


class NewBrowser(Body):
    """For a browser whose userscript connects directly. `owner_id` is for administrators: null is the gateway's own."""

    name: Name
    sharing: Sharing = "owner"
    team: Team = Field(default_factory=list)
    owner_id: str | None = Field(default=None, description="Absent: oneself.")


class MadeBrowser(CredentialRow):
    """With the address that the userscript is installed from, which is a secret."""

    address: str
    sites: list[str]


class NewCode(Body):
    """For a relay on another computer."""

    name: Name
    sharing: Literal["owner", "all"] = "owner"
    owner_id: str | None = Field(default=None, description="Absent: oneself.")


class MadeCode(BaseModel):
    """Good once, until `expires_at`; `command` is what to run on the other computer."""

    code: str
    expires_at: float
    gateway: str
    command: str


class Change(Body):
    """What is absent stays as it is; `cap: null` takes the limit away."""

    name: Name | None = None
    sharing: Sharing | None = None
    team: Team | None = None
    is_backup: bool | None = None
    cap: Cap | None = None
    paused: bool | None = None


class Install(BaseModel):
    """Where the userscript of this credential is installed from, a secret, and where it works."""

    address: str
    sites: list[str]


@router.get("/api/workers/credentials")
async def list_credentials(request: Request, person: SignedIn) -> CredentialsAnswer:
    gateway = gateway_of(request)
    connected = _connected(gateway)

    def rows() -> list[CredentialRow]:
        found = gateway.accounts.workers.all(None if person.is_administrator else person.id)
        return _rows(gateway, found[::-1], connected)

    return CredentialsAnswer(credentials=await asyncio.to_thread(rows))


@router.post("/api/workers/credentials", status_code=201)
def make_browser(request: Request, person: SignedIn, body: NewBrowser) -> MadeBrowser:
    gateway = gateway_of(request)
    form = WorkerForm(name=body.name, sharing=body.sharing, team=_ids(gateway, body.team))
    made, _ = gateway.accounts.workers.make("browser", form, _owner(gateway, person, body))
    record(request, person, "worker.created", _named(made), f"{made.kind}, {_terms(made.form)}")
    (row,) = _rows(gateway, [made], [])
    return MadeBrowser(**row.model_dump(), **_install(gateway, made).model_dump())


@router.post("/api/workers/codes", status_code=201)
def make_code(request: Request, person: SignedIn, body: NewCode) -> MadeCode:
    gateway = gateway_of(request)
    made = gateway.accounts.enrolments.create(body.name, _owner(gateway, person, body), body.sharing)
    record(request, person, "worker.code_created", body.name, body.sharing)
    command = f"arenabridge worker --gateway {gateway.base_url} --enrol {made.code}"
    return MadeCode(code=made.code, expires_at=made.expires_at, gateway=gateway.base_url, command=command)


@router.patch("/api/workers/credentials/{id}")
async def change_credential(request: Request, person: SignedIn, id: str, body: Change) -> CredentialRow:
    """Holds at once, for jobs that wait too; those that run go on."""
    gateway = gateway_of(request)
    connected = _connected(gateway)

    def change() -> CredentialRow:
        before = _theirs(gateway, person, id)
        changed = gateway.accounts.workers.write(id, _changed(gateway, before.form, body))
        record(request, person, "worker.changed", _named(changed), _difference(before, changed))
        return _rows(gateway, [changed], connected)[0]

    return await _and_at_once(gateway, change)


@router.delete("/api/workers/credentials/{id}", status_code=204)
async def revoke_credential(request: Request, person: SignedIn, id: str) -> None:
    """For good: its tabs are disconnected. It stays in the list."""
    gateway = gateway_of(request)

    def revoke() -> None:
        found = _theirs(gateway, person, id)
        if not gateway.accounts.workers.revoke(id):
            raise NotFound("This credential was revoked already.")
        record(request, person, "worker.revoked", _named(found))

    await _and_at_once(gateway, revoke)


@router.get("/api/workers/credentials/{id}/install")
def how_to_install_for(request: Request, person: SignedIn, id: str) -> Install:
    """Who has the address has the credential: so it is told to its owner alone, the gateway's own to administrators."""
    gateway = gateway_of(request)
    found = _theirs(gateway, person, id)
    if found.kind != "browser" or found.revoked_at is not None:
        raise NotFound("This credential has no userscript.")
    if found.owner is not None and found.owner.id != person.id:
        raise NotPermitted("Only its owner is told the address of this userscript.")
    return _install(gateway, found)


async def _and_at_once(gateway: Gateway, change: Callable[[], T]) -> T:
    """Change something, and have the connected tabs follow."""
    done = await asyncio.to_thread(change)
    gateway.worker_credentials.forget()
    await gateway.link_policy.peers.refresh(gateway.hub.roster)
    return done


def _theirs(gateway: Gateway, person: Person, id: str) -> WorkerCredential:
    """Somebody else's answers as if it did not exist."""
    found = gateway.accounts.workers.get(id)
    if found is None or not (person.is_administrator or (found.owner is not None and found.owner.id == person.id)):
        raise NotFound("You have no such worker.")
    return found


def _owner(gateway: Gateway, person: Person, body: NewBrowser | NewCode) -> str | None:
    """Raises `NotPermitted` for a worker of somebody else's, `NotFound` for nobody's."""
    if "owner_id" not in body.model_fields_set:
        return None if person.id.startswith("key:") else person.id
    if body.owner_id == person.id:
        return person.id
    if not person.is_administrator:
        raise NotPermitted("Only administrators may add workers for others.")
    return gateway.accounts.people.get(body.owner_id).id if body.owner_id else None


def _ids(gateway: Gateway, team: list[str]) -> tuple[str, ...]:
    """Of people's names; raises `InvalidRequest`."""
    found = {name: gateway.accounts.people.find(name) for name in team}
    missing = [name for name, user in found.items() if user is None]
    if missing:
        raise InvalidRequest(f"team: there is nobody called {missing[0]!r}.", param="team")
    return tuple(user.id for user in found.values() if user is not None)


def _changed(gateway: Gateway, before: WorkerForm, body: Change) -> WorkerForm:
    return WorkerForm(
        name=before.name if body.name is None else body.name,
        sharing=before.sharing if body.sharing is None else body.sharing,
        team=before.team if body.team is None else _ids(gateway, body.team),
        is_backup=before.is_backup if body.is_backup is None else body.is_backup,
        cap=body.cap if "cap" in body.model_fields_set else before.cap,
        paused=before.paused if body.paused is None else body.paused,
    )


def _connected(gateway: Gateway) -> list[str]:
    """With what each connected tab came in, at any gateway of a fleet."""
    elsewhere = [worker.credential.id for _, worker in gateway.fleet.workers() if worker.credential]
    return [state.terms.credential for state in gateway.hub.workers] + elsewhere


def _rows(gateway: Gateway, credentials: list[WorkerCredential], connected: list[str]) -> list[CredentialRow]:
    names = {user.id: user.name for user in gateway.accounts.people.all()} if credentials else {}
    return [_row(gateway, each, names, connected.count(each.id)) for each in credentials]


def _row(gateway: Gateway, credential: WorkerCredential, names: dict[str, str], tabs: int) -> CredentialRow:
    form, owner = credential.form, credential.owner
    return CredentialRow(
        id=credential.id,
        name=form.name,
        kind=credential.kind,
        prefix=credential.prefix,
        state=_state(credential),
        owner=CredentialOwner(id=owner.id, name=owner.name) if owner else None,
        sharing=form.sharing,
        team=[names[person] for person in form.team if person in names],
        is_backup=form.is_backup,
        cap=form.cap,
        paused=form.paused,
        created_at=credential.created_at,
        last_seen_at=gateway.worker_credentials.last_seen(credential),
        revoked_at=credential.revoked_at,
        tabs=tabs,
    )


def _state(credential: WorkerCredential) -> State:
    if credential.revoked_at is not None:
        return "revoked"
    return "owner_disabled" if credential.owner is not None and credential.owner.is_disabled else "valid"


def _install(gateway: Gateway, credential: WorkerCredential) -> Install:
    address = browsers_install_address(gateway, credential.id)
    return Install(address=address, sites=list(gateway.settings.site_origins))


def _named(credential: WorkerCredential) -> str:
    return f"{credential.name} ({credential.id})"


def _terms(form: WorkerForm) -> str:
    return f"shared with {form.sharing}"


def _difference(before: WorkerCredential, after: WorkerCredential) -> str:
    old, new = before.form, after.form
    fields = ("name", "sharing", "is_backup", "cap", "paused")
    told = [f"{each}: {getattr(old, each)} to {getattr(new, each)}" for each in fields]
    changed = [words for each, words in zip(fields, told, strict=True) if getattr(old, each) != getattr(new, each)]
    if old.team != new.team:
        changed.append(f"team: {len(new.team)} people")
    return ", ".join(changed)
