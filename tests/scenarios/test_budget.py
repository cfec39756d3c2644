"""The platform is never asked more than it allows, and says so when it is not asked at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.virtual_worker import Place, play
from worker.metrics import Metrics
from worker.model.health import Health
from worker.runtime.janitor import Janitor
from worker.runtime.notices import POLLED, RULES_VERSION
from worker.sandbox.switches import Switches

RULES = """
defaults: { settle: 0s }
rules:
  - id: echo
    when: message.received
    do:
      - reply: "you said {{ message.text }}"
    limits:
      - { max: 100000, within: 24h, per: conversation }
      - { max: 100000, within: 24h, per: contact }
    allow_unsafe: true
"""


class Surfaces:
    """What probes, metrics and the log of the worker under test say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.metrics: list[Metrics] = []
        self.janitors: list[Janitor] = []
        self.lines: list[dict[str, Any]] = []
        made, stood = Metrics.__init__, Janitor.__init__

        def metrics(this: Metrics, *given: Any) -> None:
            made(this, *given)
            self.metrics.append(this)

        def janitor(this: Janitor, *given: Any, **named: Any) -> None:
            stood(this, *given, **named)
            self.janitors.append(this)

        monkeypatch.setattr(Metrics, "__init__", metrics)
        monkeypatch.setattr(Janitor, "__init__", janitor)
        structlog.configure(processors=[self._keep])

    def _keep(self, _logger: Any, _level: str, line: Any) -> Any:
        self.lines.append(dict(line))
        raise structlog.DropEvent

    def metric(self, name: str) -> float:
        """A figure of the newest worker."""
        return self.metrics[-1].values()[name]

    def health(self) -> Health:
        """What /readyz tells."""
        return self.janitors[-1].health()

    def logged(self, event: str) -> int:
        """How often."""
        return sum(1 for line in self.lines if line.get("event") == event)


@pytest.fixture
def surfaces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Surfaces]:
    """The surfaces of whatever worker runs in the test."""
    yield Surfaces(monkeypatch)
    structlog.reset_defaults()


async def write(place: Place, seats: list[str], each_s: float, count: int) -> None:
    """Customers write one message after the other, in turn, no two the same."""
    said = len(place.gateway.world.messages)
    for number in range(count):
        place.stage.customer_says(seats[number % len(seats)], f"m{said + number}")
        await place.passes(each_s)


@pytest.mark.parametrize("limit", [30, 120, 600])
def test_no_minute_holds_more_requests_than_the_budget(
    tmp_path: Path, surfaces: Surfaces, limit: int
) -> None:
    """The account would be throttled or banned for what its settings forbid."""

    async def scenario(place: Place) -> None:
        seats = [place.conversation() for _ in range(20)]
        async with place.worker(requests_per_minute=limit):
            await place.passes(60)
            await write(place, seats, 20.0 / limit, limit)
            await place.passes(300)
        assert limit * 0.7 < place.gateway.requests.busiest() <= limit

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_no_minute_holds_more_over_crashes_and_restarts(
    tmp_path: Path, surfaces: Surfaces, seed: int
) -> None:
    """A worker that crashes in a loop would use the whole budget at each start."""
    limit = 120

    async def scenario(place: Place) -> None:
        seats = [place.conversation() for _ in range(20)]
        for number in range(5):
            living = place.doomed_worker if (number + seed) % 3 else place.worker
            async with living(requests_per_minute=limit):
                await write(place, seats, 0.3, 10 + 13 * seed)
            await place.passes(seed * 0.7)
        async with place.worker(requests_per_minute=limit):
            await place.passes(1200)
        assert place.gateway.requests.busiest() <= limit
        asked = sum(1 for m in place.gateway.world.messages.values() if m.sender.startswith("con_"))
        assert await answered_once(place) == asked

    play(RULES, scenario, tmp_path)


async def answered_once(place: Place) -> int:
    """Answers, none twice."""
    texts = [text for who in place.gateway.world.conversations for text in place.texts(who)]
    assert len(texts) == len(set(texts))
    return len(texts)


@pytest.mark.parametrize("team_list", [True, False])
def test_an_idle_worker_writes_nothing(
    tmp_path: Path, surfaces: Surfaces, *, team_list: bool
) -> None:
    """A disk would be woken every few seconds for nothing."""

    async def scenario(place: Place) -> None:
        if not team_list:
            place.gateway.faults.add("search_conversations: 404")
        for who in [place.conversation() for _ in range(5)]:
            place.stage.customer_says(who, "hello")
        async with place.worker():
            place.stage.customer_says(place.conversation(), "hello")
            await place.passes(60)
            counted = CountingWrites(place)
            with counted:
                await place.passes(600)
            assert counted.writes == 0

    play(RULES, scenario, tmp_path, switches=Switches(team_list=team_list))


TOLD = (RULES_VERSION, POLLED)


class CountingWrites:
    """Counts what polls and the budget give a ledger to keep; the notes for `status` are others."""

    NAMES = ("remember", "receive", "plan", "claim", "settle")

    def __init__(self, place: Place) -> None:
        self.writes = 0
        self._ledger: Any = place.ledger

    def __enter__(self) -> None:
        for name in self.NAMES:
            setattr(self._ledger, name, self._counting(getattr(self._ledger, name)))

    def __exit__(self, *_gone: object) -> None:
        for name in self.NAMES:
            delattr(self._ledger, name)

    def _counting(self, method: Any) -> Any:
        async def counted(*given: Any) -> Any:
            memo = given[1] if len(given) > 1 and isinstance(given[1], dict) else {"": ""}
            self.writes += not all(name.startswith(TOLD) for name in memo)
            return await method(*given)

        return counted


PAUSED = "worker_account_paused"


def test_a_refused_token_is_probed_every_half_minute_and_told_everywhere(
    tmp_path: Path, surfaces: Surfaces
) -> None:
    """A platform that locks accounts after refused tokens would lock it; or nobody knew why."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(30)
            assert surfaces.metric(PAUSED) == 0
            place.stage.revoke_token()
            await place.passes(10)
            place.gateway.requests.clear()
            place.stage.customer_says(one, "still there?")
            await place.passes(300)
            assert place.gateway.requests.busiest(29.0) == 1
            assert 8 <= sum(place.gateway.requests.counts.values()) <= 10
            assert surfaces.metric(PAUSED) == 1
            assert not surfaces.health().ready
            assert "401" in surfaces.health().parts["account"]
            assert surfaces.logged("account.paused") == 1
            place.stage.restore_token()
            await place.passes(60)
            assert surfaces.metric(PAUSED) == 0
            assert surfaces.health().ready
            assert surfaces.logged("account.resumed") == 1
        assert place.texts(one) == ["you said still there?"]

    play(RULES, scenario, tmp_path)


@pytest.mark.parametrize("replaced", [True, False], ids=["by a rename", "in place"])
def test_a_changed_token_file_resumes_at_once(
    tmp_path: Path, surfaces: Surfaces, *, replaced: bool
) -> None:
    """The new token would wait for the next probe, or for somebody to restart the worker."""
    file = tmp_path / "token"

    async def scenario(place: Place) -> None:
        file.write_text(place.gateway.access_token + "\n")
        async with place.worker(access_token=None, access_token_file=file):
            one = place.conversation()
            await place.passes(30)
            new = place.stage.replace_token()
            place.stage.customer_says(one, "hello")
            await place.passes(12)
            assert surfaces.metric(PAUSED) == 1
            if replaced:
                (tmp_path / "next").write_text(new)
                (tmp_path / "next").replace(file)
            else:
                file.write_text(new)
            await place.passes(5)
            assert surfaces.metric(PAUSED) == 0
            await place.passes(5)
        assert place.texts(one) == ["you said hello"]

    play(RULES, scenario, tmp_path)


def test_a_platform_that_fails_is_probed_and_comes_back(tmp_path: Path, surfaces: Surfaces) -> None:
    """Every call of an outage would be made, and none of the recovery noticed."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            await place.passes(30)
            place.gateway.down = True
            place.stage.customer_says(one, "anybody?")
            await place.passes(120)
            assert surfaces.metric(PAUSED) == 1
            assert "probed" in surfaces.health().parts["account"]
            assert surfaces.logged("account.paused") == 1
            place.gateway.requests.clear()
            await place.passes(600)
            assert 6 <= sum(place.gateway.requests.counts.values()) <= 20
            place.gateway.down = False
            await place.passes(130)
            assert surfaces.metric(PAUSED) == 0
            assert surfaces.health().ready
        assert place.texts(one) == ["you said anybody?"]

    play(RULES, scenario, tmp_path)


def test_429_lowers_the_pace_and_it_recovers(tmp_path: Path, surfaces: Surfaces) -> None:
    """The platform's own limit would be run into again and again, or the worker stay slow."""

    async def scenario(place: Place) -> None:
        seats = [place.conversation() for _ in range(10)]
        async with place.worker(requests_per_minute=300):
            await place.passes(60)
            for _ in range(4):
                place.gateway.faults.add("*: 429 count=1")
                await write(place, seats, 1.0, 10)
            place.gateway.requests.clear()
            await write(place, seats, 0.25, 240)
            assert place.gateway.requests.busiest() <= 150
            await place.passes(900)
            place.gateway.requests.clear()
            await write(place, seats, 0.25, 480)
            await place.passes(60)
            assert place.gateway.requests.busiest() > 200
            await place.passes(600)
        assert await answered_once(place) == 760

    play(RULES, scenario, tmp_path)


def test_polls_slow_down_before_sends_do_and_metrics_show_it(
    tmp_path: Path, surfaces: Surfaces
) -> None:
    """Replies would wait for polls, or freshness would fall and nobody see it."""
    interval = 'worker_poll_interval_seconds{source="messages"}'

    async def scenario(place: Place) -> None:
        seats = [place.conversation() for _ in range(30)]
        async with place.worker(requests_per_minute=240):
            await place.passes(90)
            assert surfaces.metric(interval) == 2.0
            place.stage.customer_says(seats[0], "one")
            await place.passes(1.9)
            assert surfaces.metric(interval) == 0.5
            longest = 0.0
            for _ in range(60):
                await write(place, seats, 0.5, 4)
                longest = max(longest, surfaces.metric(interval))
            assert longest > 4.0
            assert 'worker_poll_age_seconds{source="messages"}' in surfaces.metrics[-1].values()
            await place.passes(600)
            assert surfaces.metric(interval) == 2.0
        assert await answered_once(place) == 241

    play(RULES, scenario, tmp_path)


def test_sends_without_end_do_not_hold_back_a_read_back(tmp_path: Path, surfaces: Surfaces) -> None:
    """One lost answer would leave its customer waiting for as long as others are served."""
    reply = '      - reply: "{} {{{{ message.text }}}}"\n'
    one = reply.format("you said")
    rules = RULES.replace(one, "".join(reply.format(number) for number in range(6)))

    async def scenario(place: Place) -> None:
        seats = [place.conversation() for _ in range(40)]
        async with place.worker(requests_per_minute=60):
            await place.passes(70)
            place.gateway.faults.add("send_message: reset-after count=1")
            for who in seats:
                place.stage.customer_says(who, "hello")
            await place.passes(240)
            first = place.gateway.journal
            lost = next(iter(first.entries(kind="send"))).ids[0]
            assert len(place.texts(lost)) > 1

    play(rules, scenario, tmp_path)
