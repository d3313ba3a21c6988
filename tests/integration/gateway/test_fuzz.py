"""
Requests that nobody thought of, made from the API's own document: whatever comes, the answer is one that it describes.

`make fuzz` tries many more of them, others every time.
"""

import asyncio
import os
from typing import Any

import jsonschema_rs
import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import response_headers_conformance
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from arenabridge.app import Running
from arenabridge.http.openapi.document import EVENT_KEY, Json
from integration.gateway.conftest import Start
from integration.gateway.scripted_worker import scripted_worker
from integration.gateway.worker_double import until

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""For each operation and kind of request; 0 for the few, always the same, that the test suite tries."""

FEW = {"post": 25, "get": 6}

PATIENCE_SECONDS = 10
"""For one answer. The gateway gives up waiting for anything long before."""

WHOLE_STREAMS = schemathesis.Config.from_dict({"max-stream-events": 100_000})
"""It stops reading a stream after some events unless it is told not to."""

OURS = "^/(v1/(chat|completions|models)|health|livez|readyz)"
"""What is asked. Files want uploads, and the dashboard's part is not ours to describe."""

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


SENSE: Json = {
    "model": "gpt",
    "messages": [{"role": "user", "content": "Hi"}],
    "prompt": "Once upon",
    "stream": True,
}
"""What is put into some of the bodies, where something of its kind is: nobody comes upon a model's name by chance."""


class Door:
    """The gateway as its document describes it: sends requests, and holds the answers to what it says."""

    def __init__(self, running: Running) -> None:
        self._base_url = running.base_url
        self._headers = {"authorization": f"Bearer {running.first_key}"}
        self.document: Json = requests.get(f"{running.base_url}/openapi.json", timeout=PATIENCE_SECONDS).json()
        self.seen: set[tuple[str, int]] = set()
        """Operation and status of the answers."""

    def try_all(self) -> None:
        whole = schemathesis.openapi.from_dict(self.document, config=WHOLE_STREAMS)
        for found in whole.include(path_regex=OURS).get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]  # an error has no such method, and says so
            self._try(operation, GenerationMode.POSITIVE)
            if operation.method == "post":
                self._try(operation, GenerationMode.NEGATIVE)

    def _try(self, operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=EXAMPLES or FEW[operation.method],
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(generation_mode=mode),
            changes=st.sets(st.sampled_from(sorted(SENSE)), min_size=2),
        )
        def holds(case: Any, changes: set[str]) -> None:
            body = case.body if isinstance(case.body, dict) else {}
            sense = {name: SENSE[name] for name in changes if isinstance(body.get(name), type(SENSE[name]))}
            body |= sense
            self._hold(case, is_wrong=not sense and self._is_wrong_body(case))

        holds()

    def _hold(self, case: Any, *, is_wrong: bool) -> None:
        answer = case.call(base_url=self._base_url, headers=self._headers, timeout=PATIENCE_SECONDS)
        rejection = [negative_data_rejection] if is_wrong else []
        case.validate_response(answer, checks=[*CHECKS, *rejection])
        self.seen.add((case.operation.label, answer.status_code))
        described = self.document["paths"][case.path][case.method.lower()]["responses"][str(answer.status_code)]
        if answer.status_code >= 500:
            self._hold_failure(answer.json(), described)
        content = described["content"].get(answer.headers["content-type"][0].partition(";")[0])
        if content and EVENT_KEY in content:
            self._hold_events(answer.content.decode(), content[EVENT_KEY])

    @staticmethod
    def _is_wrong_body(case: Any) -> bool:
        """Of other things that may be wrong we give the key ourselves, and what is unknown has no effect."""
        body = case.meta.components.get(ParameterLocation.BODY)
        return body is not None and bool(body.mode is GenerationMode.NEGATIVE)

    def _hold_failure(self, body: Json, described: Json) -> None:
        code = body["error"]["code"]
        assert code in described["content"]["application/json"]["examples"], code
        assert code != "internal_error"

    def _hold_events(self, stream: str, schema: Json) -> None:
        validator = jsonschema_rs.validator_for({**schema, "components": self.document["components"]})
        *events, done, rest = [event for event in stream.split("\n\n") if not event.startswith(":")]
        assert (done, rest) == ("data: [DONE]", ""), [event[:200] + event[200:][-60:] for event in events]
        for event in events:
            validator.validate(orjson.loads(event.removeprefix("data: ")))


@pytest.mark.filterwarnings("default")
async def test_whatever_is_sent_is_answered_as_the_document_says(start: Start) -> None:
    async with (
        start(max_wait_seconds=1, head_hold_seconds=0.3, first_byte_timeout_seconds=3) as running,
        scripted_worker(running),
    ):
        await until(lambda: len(running.gateway.models.catalogue))
        door = await asyncio.to_thread(Door, running)
        await asyncio.to_thread(door.try_all)
        assert running.gateway.hub.running == running.gateway.hub.waiting == 0
    assert {200, 400, 404, 502} <= {status for _, status in door.seen}
