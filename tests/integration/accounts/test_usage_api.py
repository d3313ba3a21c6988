"""What was used, over the API: everything for administrators, their own for others."""

import csv
import io

import pytest

from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import Bodies, RequestRecord
from integration.accounts.conftest import Staffed

CANARY = "SESSION-CANARY"


async def fill(staffed: Staffed) -> tuple[RequestRecord, RequestRecord]:
    """One request of Ada's and one of Ben's, just now."""
    users = {user["name"]: user["id"] for user in (await staffed.ada.get("/api/users")).json()["users"]}
    now = staffed.running.gateway.clock.unix()
    made = [
        RequestRecord(
            id=int(now * 1e6) - index,
            request_id=f"req_{name}",
            at=now - 2,
            key_id=f"key-{name}",
            key_name="=1+1",
            user_id=users[name],
            model=f"model-{name}",
            worker=CANARY,
            site_session=CANARY,
            end_reason=reason,
            error_code=code,
            status=200 if code is None else 502,
            tokens_in=7,
            tokens_out=2,
            duration=1.5,
            first_token=0.5,
        )
        for index, (name, reason, code) in enumerate(
            [("Ada", EndReason.COMPLETED, None), ("Ben", EndReason.UPSTREAM_FAILED, "upstream_error")]
        )
    ]
    staffed.running.gateway.usage.store.write([(record, Bodies(b"asked", b"answered")) for record in made])
    return made[0], made[1]


async def test_everybody_sees_their_own_requests_and_administrators_all(staffed: Staffed) -> None:
    ada, ben = await fill(staffed)
    everything = (await staffed.ada.get("/api/requests")).json()["requests"]
    assert [each["id"] for each in everything] == [ada.id, ben.id]
    answer = await staffed.ben.get("/api/requests", params={"user": ada.user_id or ""})
    assert [each["id"] for each in answer.json()["requests"]] == [ben.id]
    assert CANARY not in answer.text
    for path in (f"/api/requests/{ada.id}", f"/api/requests/{ada.id}/report", f"/api/requests/{ada.id}/bodies"):
        assert (await staffed.ben.get(path)).status_code == 404
        answer = await staffed.ada.get(path)
        assert answer.status_code == 200
        assert (CANARY in answer.text) == path.endswith(str(ada.id))
    own = await staffed.ben.get(f"/api/requests/{ben.id}")
    assert (own.json()["end_reason"], own.json()["has_bodies"]) == ("upstream_failed", True)
    assert CANARY not in own.text


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"model": "model-Ada"}, ["req_Ada"]),
        ({"status": "502"}, ["req_Ben"]),
        ({"outcome": "succeeded"}, ["req_Ada"]),
        ({"end_reason": "upstream_failed"}, ["req_Ben"]),
        ({"search": "REQ_a"}, ["req_Ada"]),
        ({"search": "%"}, []),
        ({"key": "key-Ben", "limit": "1"}, ["req_Ben"]),
        ({"until": "1000"}, []),
    ],
)
async def test_requests_are_found_by_what_they_have_in_common(
    staffed: Staffed, filters: dict[str, str], found: list[str]
) -> None:
    await fill(staffed)
    answer = await staffed.ada.get("/api/requests", params=filters)
    assert [each["request_id"] for each in answer.json()["requests"]] == found


async def test_pages_follow_each_other_and_what_is_new_comes_after(staffed: Staffed) -> None:
    ada, ben = await fill(staffed)
    first = (await staffed.ada.get("/api/requests", params={"limit": 1})).json()
    second = (await staffed.ada.get("/api/requests", params={"limit": 1, "before": first["next"]})).json()
    assert [each["id"] for each in (*first["requests"], *second["requests"])] == [ada.id, ben.id]
    newer = (await staffed.ada.get("/api/requests", params={"after": ben.id})).json()
    assert [each["id"] for each in newer["requests"]] == [ada.id]


async def test_sums_are_of_everything_or_of_ones_own(staffed: Staffed) -> None:
    await fill(staffed)
    whole = (await staffed.ada.get("/api/analytics", params={"zone": "Asia/Kathmandu"})).json()
    assert (whole["totals"]["requests"], whole["totals"]["tokens_in"], whole["totals"]["success"]) == (2, 14, 0.5)
    assert sum(step["requests"] for step in whole["course"]) == 2
    assert [group["name"] for group in whole["models"]] == ["model-Ada", "model-Ben"]
    assert whole["times"]["duration"]["p50"] == pytest.approx(1.5, rel=0.5)
    own = (await staffed.ben.get("/api/analytics", params={"range": "30d"})).json()
    assert (own["totals"]["requests"], own["totals"]["server_errors"]) == (1, 1)
    assert [group["id"] for group in own["keys"]] == ["key-Ben"]
    assert [end["error_code"] for end in own["ends"]] == ["upstream_error"]
    overview = (await staffed.ben.get("/api/overview", params={"range": "7d"})).json()
    assert (overview["figures"]["requests"], overview["figures"]["failures"]) == (1, {"upstream_error": 1})
    assert [each["model"] for each in overview["recent"]] == ["model-Ben"]
    assert (await staffed.ada.get("/api/analytics", params={"zone": "../etc/passwd"})).status_code == 400


async def test_exports_hold_what_is_shown_and_no_formulas(staffed: Staffed) -> None:
    await fill(staffed)
    rows = list(csv.DictReader(io.StringIO((await staffed.ben.get("/api/requests/export")).text)))
    assert [(row["request_id"], row["key_name"], row["worker"]) for row in rows] == [("req_Ben", "'=1+1", "")]
    assert len((await staffed.ada.get("/api/requests/export", params={"format": "json"})).json()) == 2
    keys = await staffed.ada.get("/api/analytics/export", params={"part": "keys"})
    assert [row["requests"] for row in csv.DictReader(io.StringIO(keys.text))] == ["1", "1"]


async def test_what_was_said_is_forgotten_at_will(staffed: Staffed) -> None:
    ada, ben = await fill(staffed)
    assert (await staffed.ben.delete("/api/requests/bodies")).json() == {"forgotten": 1}
    assert (await staffed.ada.get(f"/api/requests/{ben.id}/bodies")).status_code == 404
    kept = await staffed.ada.get(f"/api/requests/{ada.id}/bodies")
    assert kept.json() == {"asked": "asked", "answered": "answered"}
