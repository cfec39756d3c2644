"""What becomes of a rule set that another one has replaced."""

from __future__ import annotations

import weakref
from pathlib import Path

from tests.build import rule, rule_set
from tests.clocks import HandClock
from worker.errors import Problem
from worker.metrics import Metrics
from worker.model.gateway import Capability
from worker.runtime.live import Live
from worker.runtime.notices import Standing
from worker.runtime.reload import Reloader, RuleFiles

RULES = "rules: [{ id: greet, when: message.received, do: [{ reply: Hello }] }]"


class Seen(Live):
    """A rule set of which one can tell whether anybody holds it."""


async def test_a_replaced_set_is_let_go_of_beside_the_event_loop(tmp_path: Path) -> None:
    """Ten thousand rules would be taken apart by the loop, which stands still for it; or stay."""
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, "utf-8")
    clock = HandClock()
    held: list[Live] = [Seen(rule_set(rule("old")))]
    before = weakref.ref(held[0])

    def swap(live: Live) -> Live:
        held.append(live)
        return held.pop(0)

    files = RuleFiles(path, "imbrace", frozenset(Capability))
    reloader = Reloader(files, Standing(), clock, Metrics(clock), swap, loaded="")
    assert await reloader.load()
    assert before() is not None
    await reloader.let_go()
    assert before() is None
    assert [one.id for one in held[0].ruleset.rules] == ["greet"]


async def test_rules_at_which_the_worker_fails_leave_those_before_in_force(tmp_path: Path) -> None:
    """A fault of ours in reading one file would end the answers to all customers."""

    class Failing(RuleFiles):
        def load(self) -> tuple[Live | None, tuple[Problem, ...]]:
            raise RecursionError

    def swap(_live: Live) -> Live:
        raise AssertionError

    clock = HandClock()
    standing = Standing()
    files = Failing(tmp_path, "imbrace", frozenset(Capability))
    reloader = Reloader(files, standing, clock, Metrics(clock), swap, loaded="")
    assert not await reloader.load()
    (told,) = standing.rules_rejected
    assert told.startswith("rules:1:1: the worker failed at reading these rules (RecursionError); ")
