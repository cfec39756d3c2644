"""Who we are, and whose message it is then."""

from __future__ import annotations

import pytest

from worker.model.chat import Message, Sender
from worker.model.ids import ConversationId, MessageId
from worker.sources.author import by_another


@pytest.mark.parametrize(
    ("author", "us", "another"),
    [
        ("u_colleague", "u_worker", True),
        ("u_worker", "u_worker", False),
        ("", "u_worker", False),
        ("u_colleague", "", False),
        ("pub_flow", "u_worker", True),
    ],
)
def test_only_a_known_other_author_is_another(author: str, us: str, *, another: bool) -> None:
    """Our own message stored without author would be sent again; a colleague's believed ours."""
    message = Message(
        id=MessageId("msg_1"),
        conversation_id=ConversationId("conv_1"),
        sender=Sender.TEAM,
        sender_id=author,
        text="Hello",
    )
    assert by_another(message, us) is another
