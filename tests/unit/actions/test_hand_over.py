"""hand_over: people take the conversation, and automation falls silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.build import CONVERSATION, NOW, conversation_state, facts
from tests.unit.actions.desk import FakeDesk, FakeGateway, done, read, refusal, told
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.gateway import Capability

ASKS = "hand_over: {team: t_1, user: u_1, note: 'Wants: {{ message.text }}', for: 2h}"


@pytest.mark.parametrize("written", ["hand_over: true", "hand_over: {}"])
async def test_it_is_silent_until_closed(written: str) -> None:
    """The worker would talk over the person it called."""
    performed = await done(written, FakeDesk())
    assert performed.conversation is not None
    assert performed.conversation.silent_until_closed


async def test_or_for_a_time_and_never_shorter_than_it_is() -> None:
    """A second rule would end a silence that somebody relies on."""
    performed = await done("hand_over: {for: 2h}", FakeDesk())
    assert performed.conversation is not None
    assert performed.conversation.silent_until == NOW + timedelta(hours=2)
    assert not performed.conversation.silent_until_closed
    longer = replace(conversation_state(), silent_until=NOW + timedelta(hours=5))
    performed = await done("hand_over: {for: 2h}", FakeDesk(conversation=longer))
    assert performed.conversation is not None
    assert performed.conversation.silent_until == NOW + timedelta(hours=5)


async def test_it_assigns_and_tells_colleagues() -> None:
    """Nobody would know that they have a conversation."""
    desk = FakeDesk()
    await done(ASKS, desk, facts("a person"))
    assert desk.calls == [
        ("assign", CONVERSATION, "t_1", "u_1"),
        ("note", CONVERSATION, "msg_1", "Wants: a person"),
    ]


async def test_silence_comes_first() -> None:
    """A team that was deleted would let the worker go on talking."""
    desk = FakeDesk(FakeGateway(fails={"assign": refusal(Fault.ABSENT)}))
    performed = await done(ASKS, desk)
    assert performed.conversation is not None
    assert performed.conversation.silent_until is not None
    assert performed.error == "not assigned: refused"
    assert len(desk.calls) == 2


async def test_what_may_still_work_is_tried_again() -> None:
    """A busy platform would leave the conversation with nobody."""
    lost = GatewayError(Fault.TIMEOUT, "no answer", took_effect=TookEffect.MAYBE)
    with pytest.raises(GatewayError):
        await done(ASKS, FakeDesk(FakeGateway(fails={"assign": lost})))


def test_it_needs_what_it_uses() -> None:
    """A platform that cannot assign could not be handed over on at all."""
    assert read("hand_over: true").action.needs() == frozenset()
    assert read(ASKS).action.needs() == {Capability.ASSIGN, Capability.NOTE}


def test_mistakes_are_told() -> None:
    """An unknown key would be a silence of the wrong length."""
    assert told("hand_over: {until: 2h}")[0].message == "unknown key 'until'"
    assert told("hand_over: {for: 2}")[0].loc == ("hand_over", "for")
    assert told("hand_over: false")
