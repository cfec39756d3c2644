"""leave: the worker's own account no longer takes part."""

from __future__ import annotations

import pytest

from tests.build import CONVERSATION
from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.errors import GatewayError
from worker.model.gateway import Capability


async def test_the_platform_is_asked() -> None:
    """The worker would look like a person who is still there."""
    desk = FakeDesk()
    await done("leave: true", desk)
    assert desk.calls == [("leave", CONVERSATION)]
    assert read("leave: true").action.needs() == {Capability.LEAVE}


async def test_without_a_conversation_it_fails_before_any_call() -> None:
    """A notification about nothing would stop the lane."""
    with pytest.raises(GatewayError, match="no conversation"):
        await done("leave: true", FakeDesk(conversation=None))


def test_it_is_only_on() -> None:
    """`leave: false` says nothing anybody means."""
    assert told("leave: false")
