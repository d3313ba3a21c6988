"""How the site says no: the status, headers and body of each refusal of a call."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from arenabridge.simulator.faults import Fault

TOO_MANY = "Too many requests, please try again later."
JSON_TYPE = "application/json"

CHALLENGE_PAGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><meta name="robots" content="noindex,nofollow">
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>:root{color-scheme:light dark}
body{font:16px system-ui,sans-serif;margin:20vh auto;max-width:36rem;padding:0 1rem}
button{font:inherit;padding:.5rem 1rem}</style></head>
<body><h1>Verifying that you are human</h1><p>This is the simulator's stand-in of a challenge page.</p>
<form id="challenge-form"><button type="button">Verify you are human</button></form>
<noscript><p>Enable JavaScript and cookies to continue</p></noscript>
<script>(function(){window._cf_chl_opt={cvId:'3',cZone:'lmarena.ai',cType:'managed',cRay:'0'};}());</script>
<script>document.querySelector("#challenge-form button").addEventListener("click", async (event) => {
if (!event.isTrusted) return; await fetch("/__simulator__/person/clearance", {method: "POST"}); location.reload(); });
</script></body></html>"""


@dataclass(eq=False)
class Refusal(Exception):
    """An answer that refuses, raised wherever the reason is found and written at the door."""

    status: int
    body: str
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()

    def response(self) -> Response:
        response = Response(self.body, self.status, media_type=self.content_type)
        for name, value in self.headers:
            response.headers[name] = value
        return response


def error(status: int, text: str) -> Refusal:
    """The schema that the site's own client validates: `{"error": string}`."""
    return Refusal(status, json.dumps({"error": text}, ensure_ascii=False, separators=(",", ":")))


def invalid(reason: str) -> Refusal:
    return error(400, reason)


def signed_out() -> Refusal:
    return Refusal(401, '{"message":"User not found"}')


def token_rejected() -> Refusal:
    return error(403, "recaptcha validation failed")


def blocked() -> Refusal:
    return error(403, "Your account has been blocked.")


def model_not_found() -> Refusal:
    return error(404, "Model not found")


def session_not_found() -> Refusal:
    return error(404, "Evaluation session not found")


def message_not_found() -> Refusal:
    return error(404, "Message not found")


def too_large() -> Refusal:
    """Refused before the application, hence no JSON."""
    return Refusal(413, "Request Entity Too Large\n\nFUNCTION_PAYLOAD_TOO_LARGE\n", "text/plain; charset=utf-8")


def flagged() -> Refusal:
    return error(422, "Message was flagged by moderation")


def server_error() -> Refusal:
    return error(500, "Internal Server Error")


def challenge() -> Refusal:
    return Refusal(403, CHALLENGE_PAGE, "text/html; charset=UTF-8", (("cf-mitigated", "challenge"),))


def rate_limited(retry_after: str | None = "0") -> Refusal:
    """As captured in Dec 2025, `retry-after: 0` and all."""
    headers = [("ratelimit", "limit=0, remaining=0, reset=0"), ("ratelimit-policy", "0;w=0")]
    if retry_after is not None:
        headers.append(("retry-after", retry_after))
    return Refusal(429, TOO_MANY, "text/plain", tuple(headers))


def picture_quota_used(seconds_left: int, retry_after: str | None = "0") -> Refusal:
    """As captured in Dec 2025. The site's own client takes `ratelimit-remaining` as the seconds until its end."""
    plain = rate_limited(retry_after)
    quota = (("ratelimit-modality", "image"), ("ratelimit-remaining", str(seconds_left)))
    return Refusal(429, TOO_MANY, plain.content_type, plain.headers + quota)


def of_status(status: int) -> Refusal:
    """The usual refusal with that status; one that the site has no form for gets a plain error object."""
    known = {
        401: signed_out,
        403: token_rejected,
        404: model_not_found,
        413: too_large,
        422: flagged,
        429: rate_limited,
        500: server_error,
    }
    return known[status]() if status in known else error(status, f"Refused with {status}")


def of_fault(fault: Fault, model_id: str | None) -> Refusal:
    """The answer of a fault that takes the place of the call's own."""
    if fault.kind == "rate_limited":
        return _limit_of(fault, model_id)
    if fault.kind == "status":
        return Refusal(fault.status, fault.text, JSON_TYPE if _is_json(fault.text) else "text/plain")
    made = {
        "challenge": challenge,
        "login_wall": signed_out,
        "flagged": flagged,
        "too_large": too_large,
        "server_error": server_error,
    }
    return made[fault.kind]()


def _limit_of(fault: Fault, model_id: str | None) -> Refusal:
    wait = round(fault.seconds)
    retry_after = formatdate(time.time() + wait, usegmt=True) if fault.retry_after == "date" else fault.retry_after
    plain = rate_limited(retry_after)
    if fault.quota == "image":
        return picture_quota_used(wait, retry_after)
    if fault.quota == "model":
        # For this one it blocks the named model for as many seconds as the `ratelimit` header has remaining.
        headers = tuple(each for each in plain.headers if each[0] != "ratelimit")
        body = json.dumps({"modelId": model_id}, separators=(",", ":"))
        return Refusal(429, body, JSON_TYPE, (*headers, ("ratelimit", f"limit=10, remaining={wait}, reset={wait}")))
    return plain


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
