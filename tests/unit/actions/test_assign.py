"""assign: the conversation is somebody's."""

from __future__ import annotations

from tests.build import CONVERSATION
from tests.unit.actions.desk import FakeDesk, done, read, told
from worker.model.gateway import Capability


async def test_team_user_or_both() -> None:
    """A conversation would be assigned to the text of a template."""
    desk = FakeDesk()
    await done("assign: {team: t_1}", desk)
    await done('assign: {user: "{{ conversation.id }}"}', desk)
    assert desk.calls == [
        ("assign", CONVERSATION, "t_1", ""),
        ("assign", CONVERSATION, "", CONVERSATION),
    ]
    assert read("assign: {team: t_1}").action.needs() == {Capability.ASSIGN}


def test_somebody_is_named() -> None:
    """An assignment to nobody might take it away from somebody."""
    assert told("assign: {}")[0].message == "nobody is named"
    assert told("assign: {teem: x}")[0].hint == "did you mean 'team'?"
