"""
Bring a job's files to where its answer is made, before it is granted: nothing here costs quota.

By `fetch` a file is uploaded as the site's own page does it: ask a server action for an address, put the file there,
ask another for an address to read it. For the page as a person uses it, the worker holds the file until it is attached.
What a profile has uploaded already is not uploaded again while its address lives, unless another account may be signed
in there: no page tells which account it is, but a sign-in needs the person, and loads a page.
"""

import asyncio
import base64
import logging
import math
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from arenabridge.errors import GatewayError, SiteChanged, UploadFailed
from arenabridge.hub.jobs.exchange import Exchange
from arenabridge.hub.workers.errands import ErrandAnswer, ErrandFailed, Errands, WorkerGone, new_errand_id
from arenabridge.wire.arena.refusals import Answer, refusal
from arenabridge.wire.arena.uploads import (
    SiteAttachment,
    ask_for_address,
    ask_for_upload,
    put_file,
    read_address,
    read_upload,
)
from arenabridge.wire.chat import Attachment
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.step import Errand, HoldFile

_log = logging.getLogger(__name__)

MAX_REMEMBERED = 4096
"""Uploads whose addresses are kept; the one that was used longest ago is forgotten first."""

TRIES = 3
ACTION_SECONDS = 20.0
"""For one server action, whose answer may be a page of 120 kB."""

FILE_SECONDS = 90.0
"""For one file of 10 MB on a slow line: 1 Mbit/s."""

PAUSE_SECONDS = 0.5
"""Before the second try of a step; twice as long before the third."""

LEFT_SECONDS = 60.0
"""An address that lives no longer than this is not worth sending."""

_T = TypeVar("_T")


@dataclass(slots=True, eq=False)
class _Upload:
    """One that is under way."""

    profile: str
    is_current: bool = True
    """The profile still has the account with which it began, as far as is known."""


class Preparation:
    """Uploads and what is known of them. `failures` counts steps that failed, by kind, tried again or not."""

    def __init__(
        self,
        errands: Errands,
        *,
        unix: Callable[[], float],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._errands = errands
        self._unix = unix
        self._pause = pause
        self._uploaded: OrderedDict[tuple[str, str], SiteAttachment] = OrderedDict()
        self._under_way: set[_Upload] = set()
        self.failures: Counter[str] = Counter()

    async def upload(self, worker: WorkerId, profile: str, files: Sequence[Attachment]) -> tuple[SiteAttachment, ...]:
        """Each file's place at the site, in order; raises `UploadFailed`, the site's refusal, or `WorkerGone`."""
        return tuple([await self._upload(worker, profile, file) for file in files])

    def forget(self, profile: str | None) -> None:
        """What the profile (without one: any) has uploaded, or is uploading, may be another account's from now on."""
        for upload in self._under_way:
            upload.is_current = upload.is_current and profile not in {None, upload.profile}
        for known in [each for each in self._uploaded if profile in {None, each[0]}]:
            del self._uploaded[known]

    def forget_files(self, exchange: Exchange) -> None:
        """The site has refused the files of this request."""
        for message in exchange.request.messages:
            for file in message.files:
                if isinstance(file, Attachment):
                    self._uploaded.pop((exchange.profile, file.digest), None)

    async def hold(self, worker: WorkerId, job: JobId, files: Sequence[Attachment]) -> tuple[str, ...]:
        """The ids under which the worker holds the files; raises `UploadFailed` or `WorkerGone`."""
        return tuple([await self._hold(worker, job, file) for file in files])

    def inline(self, files: Sequence[Attachment]) -> tuple[SiteAttachment, ...]:
        """The files as data addresses that contain them: the site took such until autumn 2025."""
        return tuple(
            SiteAttachment(
                name=file.name,
                content_type=file.media_type,
                url=f"data:{file.media_type};base64,{base64.b64encode(file.content).decode()}",
                expires_unix=math.inf,
            )
            for file in files
        )

    async def _hold(self, worker: WorkerId, job: JobId, file: Attachment) -> str:
        id_ = new_errand_id()
        step = HoldFile(job=job, name=file.name, media_type=file.media_type, size=len(file.content))
        try:
            await self._errands.run(worker, step, seconds=FILE_SECONDS, content=file.content, id_=id_)
        except WorkerGone:
            raise
        except (ErrandFailed, TimeoutError) as error:
            self.failures["hold"] += 1
            raise UploadFailed(f"The browser tab did not take {file.name}: {_told(error)}.") from error
        return id_

    async def _upload(self, worker: WorkerId, profile: str, file: Attachment) -> SiteAttachment:
        known, upload = self._uploaded.pop((profile, file.digest), None), _Upload(profile)
        if known is None or known.expires_unix - self._unix() < LEFT_SECONDS:
            self._under_way.add(upload)
            try:
                known = await self._upload_anew(worker, file)
            finally:
                self._under_way.discard(upload)
        if upload.is_current:
            self._uploaded[profile, file.digest] = known
        if len(self._uploaded) > MAX_REMEMBERED:
            self._uploaded.popitem(last=False)
        return known

    async def _upload_anew(self, worker: WorkerId, file: Attachment) -> SiteAttachment:
        async def call(step: Errand) -> ErrandAnswer:
            return await self._errands.run(worker, step, seconds=ACTION_SECONDS)

        async def put() -> str:  # with a new address each time: the first may be the reason that it failed
            target = read_upload(_accepted(await call(ask_for_upload(file.name, file.media_type)), self._unix()))
            step = put_file(target, file.media_type, len(file.content))
            answer = await self._errands.run(worker, step, seconds=FILE_SECONDS, content=file.content)
            if answer.status >= 300:
                raise ErrandFailed("storage", f"the site's storage answered {answer.status}")
            return target.key

        async def address(key: str) -> SiteAttachment:
            signed = read_address(_accepted(await call(ask_for_address(key)), self._unix()))
            return SiteAttachment(
                name=key, content_type=file.media_type, url=signed.url, expires_unix=signed.expires_unix
            )

        key = await self._persist("upload", file, put)
        return await self._persist("address", file, lambda: address(key))

    async def _persist(self, what: str, file: Attachment, step: Callable[[], Awaitable[_T]]) -> _T:
        """Try a step a few times; what the site says clearly (sign in, a limit) is not tried again."""
        for turn in range(1, TRIES + 1):
            try:
                return await step()
            except WorkerGone:
                raise
            except (ErrandFailed, TimeoutError, UploadFailed, SiteChanged) as error:
                self.failures[what] += 1
                _log.warning("%s of %s failed (try %d of %d): %s", what, file.media_type, turn, TRIES, _told(error))
                if turn == TRIES:
                    raise UploadFailed(f"{file.name} could not be uploaded to the site: {_told(error)}.") from error
            await self._pause(PAUSE_SECONDS * turn)
        raise AssertionError


def _accepted(answer: ErrandAnswer, now_unix: float) -> str:
    """The text of a server action's answer; raises what the site's refusal means."""
    if answer.status < 400:
        return answer.text
    error = refusal(Answer(answer.status, answer.headers, answer.text[:65536]), now_unix=now_unix)
    if answer.status >= 500 or answer.status in {404, 408}:
        raise ErrandFailed("site", str(error))
    raise error


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    return str(error).rstrip(".") if isinstance(error, GatewayError | ErrandFailed) else type(error).__name__
