"""No answer is lost, leaked or mixed, whatever tabs, networks and the site do; with the counts that prove it."""

import os
from pathlib import Path
from random import SystemRandom

import pytest

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from chaos.laws import check_calls, nothing_is_left, resident_bytes
from chaos.storm import NETWORK, SLOTS, Weather, storm
from chaos.tab import Habits

REQUESTS = int(os.environ.get("CHAOS_REQUESTS") or 1000)
SEED = int(os.environ.get("CHAOS_SEED") or SystemRandom().randrange(10**6))
WARM_UP = 200
"""Requests after which memory is measured for the first time: caches are filled by then."""
MARGIN_BYTES = 64 * 2**20
"""What the process may have grown by at the end: if each request left 7 KiB behind, 10,000 would reach it."""

HASTY = {
    "head_hold_seconds": 0.3,
    "keep_alive_seconds": 0.4,
    "resume_grace_seconds": 5.0,
    "max_wait_seconds": 20.0,
    "first_byte_timeout_seconds": 3.0,
    "stream_response_timeout_seconds": 3.0,
    "queue_length": 1000,
}

ONLY_THE_NETWORK = Weather(site={}, lives=NETWORK, habits=Habits(), swaps=0, life_seconds=0.5, patient_clients=True)


def settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, port=0, **HASTY)  # type: ignore[arg-type]  # numbers


@pytest.mark.timeout(120 + REQUESTS / 5)
async def test_every_client_gets_its_text_once_or_a_typed_error_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_gateway(settings(tmp_path), environment={}) as running:
        async with nothing_is_left(running), storm(running, SEED) as whole:
            await whole.ask(WARM_UP)
            before = resident_bytes()
            await whole.ask(REQUESTS - WARM_UP)
        lost = check_calls(running, whole.site, whole.record)
        grown = resident_bytes() - before
    with capsys.disabled():
        print(f"\n{whole.table(lost)}\n{'memory grown by (MiB)':<44}{grown / 2**20:.1f}")  # noqa: T201 - the proof
    assert not whole.tally.wrong
    assert "internal_error" not in whole.tally.outcomes
    assert whole.tally.requests == REQUESTS
    assert 0 <= lost <= SLOTS * whole.record.connections
    assert whole.tally.outcomes["whole"] > REQUESTS / 2
    assert grown < MARGIN_BYTES


async def test_a_network_that_breaks_costs_no_answer(tmp_path: Path) -> None:
    """A request whose grant was lost on the way three times is given up, but nothing was generated for it."""
    async with running_gateway(settings(tmp_path), environment={}) as running:
        async with nothing_is_left(running), storm(running, SEED, ONLY_THE_NETWORK) as whole:
            await whole.ask(REQUESTS // 5)
        check_calls(running, whole.site, whole.record)
    assert not whole.tally.wrong
    assert whole.tally.outcomes["whole"] == len(whole.site.calls) >= 0.9 * REQUESTS // 5
    assert set(whole.tally.outcomes) <= {"whole", "worker_lost"}
    assert whole.record.resumed > REQUESTS // 100
