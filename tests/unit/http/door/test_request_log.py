"""Every request has its number, in its answer and in the log."""

import logging
from pathlib import Path

import orjson
import pytest
from starlette.types import Receive, Scope, Send

from arenabridge.http.door.log_format import JsonLines
from arenabridge.http.door.public_address import PublicAddress
from arenabridge.http.door.request_log import NumberInLog, RequestLog, note_job, own_address
from arenabridge.settings import Settings
from unit.http.asgi import Behind, ask


async def number(own: str | None = None) -> str:
    headers = {} if own is None else {"x_request_id": own}
    return (await ask(RequestLog(Behind()), **headers)).headers["x-request-id"]


async def test_every_answer_has_a_number_of_its_own_and_forbids_guessing_its_type() -> None:
    first, second = await number(), await number()
    assert first.startswith("req_")
    assert first != second
    assert (await ask(RequestLog(Behind()))).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("own", ["1", "my-request.7", "0190f9a8-1234", "a:b_c", "x" * 128])
async def test_a_clients_own_number_is_kept(own: str) -> None:
    assert await number(own) == own


@pytest.mark.parametrize("own", ["", " ", "a b", "x" * 129, "-x", "\xe9", "[x]", "a,b", "%0a", "a\tb", "<b>"])
async def test_a_number_that_is_not_plain_is_replaced(own: str) -> None:
    assert (await number(own)).startswith("req_")


@pytest.mark.parametrize("asked", ["192.168.1.20:5102", "127.0.0.1:5102"])
async def test_where_help_is_and_where_to_look_is_said_as_who_asks_reaches_us(asked: str) -> None:
    """Another computer in the network would look at itself."""
    settings = Settings(data_dir=Path(), host="0.0.0.0")  # noqa: S104 - a network's gateway
    told: list[str] = []

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(own_address())
        await Behind(headers=((b"x-arenabridge-help", b"/help/x"),))(scope, receive, send)

    address = PublicAddress(settings, "http://127.0.0.1:5102").seen_by
    answer = await ask(RequestLog(endpoint, address=address), host=asked)
    assert answer.headers["x-arenabridge-help"] == f"http://{asked}/help/x"
    assert told == [f"http://{asked}"]


async def test_the_log_has_a_line_for_a_request_of_the_api_with_its_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(NumberInLog())
    caplog.set_level(logging.INFO)
    await ask(RequestLog(Behind()), "/models/a\nb", method="HEAD", x_request_id="mine")
    await ask(RequestLog(Behind()), "/health")
    (record,) = caplog.records
    assert record.getMessage().startswith("HEAD /v1/models/a%0Ab: 200, ")
    assert record.__dict__["request"] == "[mine] "


async def test_the_log_names_the_endpoint_that_was_reached(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await ask(RequestLog(Behind()), "/v1/models/chat/completions", method="POST")
    assert caplog.records[0].getMessage().startswith("POST /v1/chat/completions: 200, ")


async def test_what_the_hub_says_has_no_number_since_it_may_be_about_another_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.addFilter(NumberInLog())

    async def endpoint(_scope: Scope, _receive: Receive, _send: Send) -> None:
        logging.getLogger("arenabridge.http.x").warning("mine")
        logging.getLogger("arenabridge.hub.x").warning("perhaps another's")

    await ask_nothing(RequestLog(endpoint))
    assert [record.__dict__["request"] for record in caplog.records] == ["[n1] ", ""]


async def ask_nothing(application: RequestLog) -> None:
    await ask(application, "/elsewhere", x_request_id="n1")


async def test_a_line_that_names_a_job_has_the_number_of_its_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(NumberInLog())
    note_job("job-of-n7", "n7")
    logging.getLogger("arenabridge.hub.x").warning("job %s failed on %d", "job-of-n7", 3)
    logging.getLogger("arenabridge.hub.x").warning("job %s failed", "another")
    assert [record.__dict__["request"] for record in caplog.records] == ["[n7] ", ""]
    line = orjson.loads(JsonLines().format(caplog.records[0]))
    assert (line["request"], line["message"], line["level"]) == ("n7", "job job-of-n7 failed on 3", "warning")
