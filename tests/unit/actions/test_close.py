"""close: the conversation is done with."""

from __future__ import annotations

import pytest

from tests.build import CONVERSATION
from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.errors import GatewayError
from worker.model.gateway import Capability


async def test_the_platform_is_asked() -> None:
    """It would stay in the team's queue."""
    desk = FakeDesk()
    await done("close: true", desk)
    assert desk.calls == [("set_status", CONVERSATION, "closed")]
    assert read("close: true").action.needs() == {Capability.CLOSE}


async def test_without_a_conversation_it_fails_before_any_call() -> None:
    """A notification about nothing would stop the lane."""
    with pytest.raises(GatewayError, match="no conversation"):
        await done("close: true", FakeDesk(conversation=None))


def test_it_is_only_on() -> None:
    """`close: false` says nothing anybody means."""
    assert told("close: false")
