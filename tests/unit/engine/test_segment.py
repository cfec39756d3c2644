"""The steps that are planned together, and their places in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import Notes, Says, Sends, Stops, facts, rule
from worker.engine.acts import act_of
from worker.engine.segment import Begun, Segment, numbered, segment
from worker.model.facts import Facts
from worker.model.flow import Flow
from worker.model.ids import EventId
from worker.model.rule import Branch, Rule, Step, places
from worker.model.verdict import Answer, Reason


@dataclass(frozen=True, slots=True)
class Waits(Notes):
    """A step that waits."""

    kind: ClassVar[str] = "wait"

    def render(self, _facts: Facts, _rule: Rule, _found: Mapping[str, Any]) -> Mapping[str, Any]:
        """A minute."""
        return {"for_s": 60.0, "calendar": None, "until": []}


@dataclass(frozen=True, slots=True)
class Chooses(Notes):
    """A step with ways through it."""

    kind: ClassVar[str] = "choose"


@dataclass(frozen=True, slots=True)
class HandsOver(Notes):
    """The conversation is handed over."""

    kind: ClassVar[str] = "hand_over"


def does(action: Any, **more: Any) -> Step:
    """A step that does this."""
    return Step(action, **more)


def choose(*ways: tuple[Answer, tuple[Step, ...]]) -> Step:
    """Each way is taken where its one condition gives this answer."""
    return does(
        Chooses(),
        branches=tuple(Branch((Says(answer=answer),), steps) for answer, steps in ways),
    )


def planned(*steps: Step, begun: Begun | None = None) -> Segment:
    """What is done now of a rule with these steps."""
    about = begun or Begun(about=EventId("message:msg_1"))
    return segment(facts(), rule("flow"), numbered(steps), about)


def positions(part: Segment) -> list[int]:
    """Which steps became intents."""
    return [intent.position for intent in part.intents]


YES, NO, UNDECIDED = Answer.YES, Answer.NO, Answer.UNDECIDED
SEND = does(Sends())


def test_the_first_way_that_holds_is_taken_and_the_rest_follows() -> None:
    """Two ways taken would say two things; the rest forgotten would say too little."""
    step = choose((NO, (SEND, SEND)), (YES, (SEND,)), (YES, (SEND,)))
    assert positions(planned(step, SEND)) == [3, 5]


def test_what_cannot_be_decided_takes_no_way() -> None:
    """`otherwise` after a case that nobody could decide would be a guess."""
    step = choose((NO, (SEND,)), (UNDECIDED, (SEND,)), (YES, (SEND,)))
    assert positions(planned(step, SEND)) == [4]


def test_it_ends_with_the_step_that_waits_and_writes_down_what_is_left() -> None:
    """What is not written down is never done; what is done twice is said twice."""
    inner = choose((YES, (SEND, does(Waits(), id="w"), SEND)), (YES, (SEND,)))
    part = planned(SEND, inner, SEND, does(Stops()))
    assert positions(part) == [0, 2, 3]
    flow = msgspec.convert(part.intents[-1].work["flow"], Flow)
    assert flow.rest == (4, 6, 7)
    assert (flow.step, flow.position, flow.visible) == ("w", 3, True)
    assert not part.stops


def test_what_is_left_unseen_is_no_matter_of_people() -> None:
    """A colleague's message ends follow-ups, not bookkeeping."""
    part = planned(does(Waits()), does(Notes()))
    assert not msgspec.convert(part.intents[-1].work["flow"], Flow).visible


def test_a_hand_over_is_remembered_for_the_steps_after_the_wait() -> None:
    """A rule's own hand-over silences others, also an hour later."""
    part = planned(does(HandsOver()), does(Waits()), SEND)
    assert part.silences
    flow = msgspec.convert(part.intents[-1].work["flow"], Flow)
    assert flow.own_doing == (Reason.HANDED_OVER,)
    later = planned(SEND, begun=Begun(about=flow.about, own_doing=flow.own_doing))
    assert later.intents[0].guards.own_doing == (Reason.HANDED_OVER,)


def test_a_stop_with_a_condition_stops_only_where_it_holds() -> None:
    """An unconditional stop would silence every rule after it."""
    held = does(Stops(), conditions=(Says(answer=YES),))
    not_held = does(Stops(), conditions=(Says(answer=NO),))
    assert planned(held).stops
    assert not planned(not_held).stops


trees = st.recursive(
    st.just(SEND),
    lambda inner: st.lists(st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=3).map(
        lambda ways: choose(*((YES, tuple(way)) for way in ways))
    ),
    max_leaves=20,
)


@given(st.lists(trees, min_size=1, max_size=4))
def test_every_step_of_the_tree_has_a_place_of_its_own(steps: list[Step]) -> None:
    """Two steps of one place have one key: one of them would never be done."""
    placed = list(places(steps))
    assert [place for place, _ in placed] == list(range(len(placed)))
    by_place = dict(placed)
    for place, step in numbered(steps):
        assert by_place[place] is step


@pytest.mark.parametrize("fails", [True, False])
def test_nothing_is_done_where_one_text_cannot_be_filled(fails: bool) -> None:
    """Half of a segment is an answer without its sense."""
    steps = (SEND, does(Sends(fails=fails)))
    if fails:
        with pytest.raises(Exception, match="not defined"):
            planned(*steps)
    else:
        assert positions(planned(*steps)) == [0, 1]


def test_a_trace_tells_how_long_is_waited_and_for_what() -> None:
    """A list of seconds and hashes tells an author nothing."""
    (waits,) = planned(does(Waits())).intents
    work = {**waits.work, "for_s": 5400.0, "calendar": "shop", "until": ["agent.replied"]}
    told = act_of(msgspec.structs.replace(waits, work=work))
    assert told.text == "1h30m of shop's opening hours, until agent.replied"
