"""Every knob of the simulated site, as one value that may be changed while the site is being served."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

SiteVersion = Literal["2025-08", "2025-10", "2025-11", "2025-12", "2026"]
PageVariant = Literal[
    "one_push",
    "split_pushes",
    "initial_state",
    "odd_names",
    "duplicates",
    "stealth",
    "id_not_first",
    "no_models",
    "rerender_only",
]
ExtraRecord = Literal[
    "heartbeat",
    "routed_model",
    "steps",
    "annotations",
    "tools",
    "source",
    "unknown_code",
    "unknown_position",
    "arena_error",
    "json_error",
    "html",
]
FinishVariant = Literal[
    "plain", "with_usage", "null_usage", "duplicated", "missing", "before_last_text", "step_before_finish"
]
BattleVariant = Literal["interleaved", "a_ends_early", "b_ends_early", "a_fails", "b_fails", "only_b"]


@dataclass
class SiteSettings:
    """
    What the simulated site does until told otherwise.

    Assign to a field, or `PATCH /__simulator__/settings` with a JSON object of some of them. A stream takes the
    values that hold when it begins.
    """

    site_version: SiteVersion = "2026"
    """Which generation of paths, request bodies and headers the site speaks; see `versions.py`."""
    page_variant: PageVariant = "one_push"
    """How the page carries its models, in nine ways; readers of such pages have tripped over at least one of them."""
    page_filler_bytes: int = 60_000
    """Flight rows without meaning around the models; the real page is several 100 kB."""
    catalogue_size: int = 0
    """0: the standard catalogue, one model of each kind and more; n: that many listed models, some of one name."""
    csp: Literal["report_only", "enforced"] = "report_only"
    """`report_only` as captured on the site in 2025; `enforced` forbids the page any other host."""
    moved_to: str | None = None
    """An origin such as `https://arena.ai`: every other host is answered 301 to the same path there."""
    layout: Literal["classic", "studio"] = "classic"
    """Which of two generations of the page's structure is served; both behave alike. See `page/`."""
    hydration_seconds: float = 0.0
    """How long the page lies there before its scripts bring it to life; what is typed before is lost."""
    private_fetch: bool = False
    """Whether the page keeps `fetch` in its very first script, instead of looking at `window.fetch` for each call."""
    max_prompt_characters: int = 113_000
    """A longer message can't be sent; in UTF-16 units, as JavaScript counts. Near what the site was seen to take."""
    sign_in: Literal["automatic", "sign_up", "wall"] = "automatic"
    """Who begins a session: the page's response; its script, by a sign-up; or the person, who has to sign in."""
    session_seconds: int = 3600
    """Life of a session; the page renews an expired one, the API answers it 401."""
    strict_ids: bool = False
    """Accept UUIDv7 only for the ids that the caller chooses."""
    check: Literal["required", "ignore"] = "required"
    """The site's check of its page: whether a generating call needs a token that the page made; see `check.py`."""
    check_seconds: float = 120.0
    """Life of such a token."""
    check_rejections: int = 0
    """How many calls are still refused as if their token were wrong; counts down. The page then asks its person."""
    visible_check_seconds: float = 0.0
    """How long after such a refusal the visible check appears: a real one is loaded from elsewhere."""
    modal_form: Literal["aria_modal", "hides_rest"] = "aria_modal"
    """A dialog says that it is modal, or all else is hidden from readers, as component libraries do."""
    page_events: bool = True
    """Whether an open page learns at once what is wanted of its person (a waiting request), or by its next call."""
    check_resends: bool = True
    """After the person has passed the visible check: the page sends the same body again, or drops it."""
    max_body_bytes: int = 4_500_000
    """A larger body is refused with 413."""
    storage_origin: str | None = None
    """
    Origin of stored files, answered by Host header.

    None: the storage's own host where the site is served under that name too, else below `/messages-prod/` of the
    site's own origin.
    """
    storage_seconds: int = 3600
    """Life of a signed storage URL."""
    storage_bytes: int = 256_000_000
    """Room for stored files; the oldest go when there is no more."""
    max_upload_bytes: int = 20_000_000
    """The page does not take a larger file, the storage refuses it with 413."""
    upload_types: tuple[str, ...] = ()
    """The types that may be uploaded; empty: all. The site tells about others by `success: false`."""
    unseen_attachments: Literal["refuse", "ignore"] = "refuse"
    """What happens to the files of a message for a model without picture input: 400, or it does not see them."""
    deployment: int = 1
    """With another one all ids of server actions and the script that tells them change; a loaded page's are stale."""
    action_form: Literal["short", "rerender"] = "short"
    """Answer of a server action: its rows alone, or among the rows of the whole page."""

    first_byte_seconds: float = 0.0
    """Silence before the response head of every stream."""
    record_delay_seconds: float = 0.0
    """Silence between two records."""
    words_per_record: int = 1
    """Words (each with its trailing blanks) in one text record; 0: the whole text in one."""
    bytes_per_write: int = 0
    """0: one write for each record; n: writes of n bytes, wherever that cuts."""
    merge_writes: bool = False
    """The whole body in one write, as a buffering proxy does."""
    extra_records: tuple[ExtraRecord, ...] = ()
    """Records beside the answer that a reader must survive."""
    finish: FinishVariant = "plain"
    escape: Literal["raw", "unicode", "split_surrogates"] = "raw"
    """Non-ASCII in records: raw UTF-8, `\\uXXXX`, or that with each surrogate pair cut over two records."""
    battle: BattleVariant = "interleaved"
    image_form: Literal["url", "data"] = "url"
    """A picture as the signed URL of the captures, or in Base64, which the site's own client takes as well."""
    pictures_per_answer: int = 1
    """How many pictures a picture model makes of a prompt without marks."""
    drawing_seconds: float = 0.0
    """Silence before each picture or film."""
    heartbeats: int = 0
    """Heartbeat records within that silence, evenly."""
    picture_quota: int = 0
    """How many answers of picture models a visitor gets each hour; 0: any. Then 429, as captured."""

    def changed(self, patch: Mapping[str, Any]) -> None:
        """Takes some fields over from a JSON object; `msgspec.ValidationError` names what does not fit."""
        unknown = set(patch) - {field.name for field in fields(self)}
        if unknown:
            raise msgspec.ValidationError(f"no such setting: {', '.join(sorted(unknown))}")
        checked = msgspec.convert({**asdict(self), **patch}, SiteSettings)
        for name in patch:
            setattr(self, name, getattr(checked, name))
