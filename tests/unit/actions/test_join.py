"""join: the worker's own account takes part."""

from __future__ import annotations

import pytest

from tests.build import CONVERSATION
from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.errors import GatewayError
from worker.model.gateway import Capability


async def test_the_platform_is_asked() -> None:
    """Platforms that ask for it would refuse the answer."""
    desk = FakeDesk()
    await done("join: true", desk)
    assert desk.calls == [("join", CONVERSATION)]
    assert read("join: true").action.needs() == {Capability.JOIN}


async def test_without_a_conversation_it_fails_before_any_call() -> None:
    """A notification about nothing would stop the lane."""
    with pytest.raises(GatewayError, match="no conversation"):
        await done("join: true", FakeDesk(conversation=None))


def test_it_is_only_on() -> None:
    """`join: false` says nothing anybody means."""
    assert told("join: false")
