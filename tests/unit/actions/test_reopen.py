"""reopen: a closed conversation is active again."""

from __future__ import annotations

import pytest

from tests.build import CONVERSATION
from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.errors import GatewayError
from worker.model.gateway import Capability


async def test_the_platform_is_asked() -> None:
    """It would stay out of the team's queue."""
    desk = FakeDesk()
    await done("reopen: true", desk)
    assert desk.calls == [("set_status", CONVERSATION, "active")]
    assert read("reopen: true").action.needs() == {Capability.REOPEN}


async def test_without_a_conversation_it_fails_before_any_call() -> None:
    """A notification about nothing would stop the lane."""
    with pytest.raises(GatewayError, match="no conversation"):
        await done("reopen: true", FakeDesk(conversation=None))


def test_it_is_only_on() -> None:
    """`reopen: false` says nothing anybody means."""
    assert told("reopen: false")
