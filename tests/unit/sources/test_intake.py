"""From messages to events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.build import ACCOUNT, CONTACT, NOW, conversation_state, message
from worker.model.aside import trace_aside
from worker.model.chat import Message, Sender
from worker.model.ids import MessageId
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Reason
from worker.sources.intake import KEPT_RECENT, Intake, is_history, take_in

SECOND = timedelta(seconds=1)


def taken(
    state: ConversationState,
    *rows: Message,
    ours: tuple[str, ...] = (),
    contact: ContactState | None = None,
) -> Intake:
    """Rows, newest first, taken in."""
    fresh = [row for row in rows if row.id not in state.recent and not is_history(state, row)]
    return take_in(
        ACCOUNT,
        state,
        fresh,
        rows,
        ours=frozenset(MessageId(one) for one in ours),
        contact=contact,
        now=NOW,
    )


def ids(intake: Intake) -> list[str]:
    """Event ids."""
    return [one.id for one in intake.events]


def test_messages_become_events_oldest_first() -> None:
    """Answers would come in the wrong order."""
    rows = [message(name="b", created_at=NOW), message(name="a", created_at=NOW - SECOND)]
    assert ids(taken(conversation_state(), *rows)) == ["message:a", "message:b"]


def test_ties_keep_the_order_of_the_page() -> None:
    """Two messages of one millisecond would swap places."""
    rows = [message(name=name) for name in ("c", "b", "a")]
    assert ids(taken(conversation_state(), *rows)) == ["message:a", "message:b", "message:c"]


def test_rows_out_of_order_are_put_in_order() -> None:
    """A late row would be answered as if it were the last word."""
    rows = [message(name="a", created_at=NOW - SECOND), message(name="b", created_at=NOW)]
    assert ids(taken(conversation_state(), *rows)) == ["message:a", "message:b"]


def test_history_is_no_event_but_its_people_count() -> None:
    """An agent who wrote a minute before the first start would be talked over."""
    state = conversation_state(history_until=NOW)
    person = message(name="p", sender=Sender.TEAM, sender_id="u_1")
    intake = taken(state, person, message(name="old"))
    assert intake.events == ()
    assert intake.state.last_person_at == NOW


def test_a_new_conversation_is_opened_before_its_first_message() -> None:
    """A greeting would come after the answer."""
    state = replace(conversation_state(), opened=False)
    assert ids(taken(state, message())) == ["conversation:conv_1", "message:msg_1"]
    assert taken(state, message()).state.opened


def test_our_own_messages_are_not_a_person() -> None:
    """The worker would silence itself with its first answer."""
    own = message(name="o", sender=Sender.TEAM, sender_id="u_1")
    assert taken(conversation_state(), own, ours=("o",)).state.last_person_at is None
    assert taken(conversation_state(), own).state.last_person_at == NOW


def test_bots_and_messages_without_author_are_neither_customer_nor_person() -> None:
    """A workflow's message would be answered, or silence the rules."""
    rows = [
        message(name="b", sender=Sender.BOT, sender_id="pub_1"),
        message(name="u", sender=Sender.UNKNOWN, sender_id=""),
    ]
    intake = taken(conversation_state(), *rows)
    assert [event.set_aside for event in intake.events] == [Reason.OWN_MESSAGE] * 2
    assert not intake.asks
    assert intake.state.last_person_at is None
    assert intake.contact is None


def test_whose_message_of_our_side_it_is_stands_with_it() -> None:
    """Asked why nobody reacted, a colleague's words would pass for the worker's."""
    rows = [
        message(name="ours", sender=Sender.TEAM, sender_id="u_1"),
        message(name="theirs", sender=Sender.TEAM, sender_id="u_2"),
    ]
    intake = taken(conversation_state(), *rows, ours=("ours",))
    assert {event.id: event.ours for event in intake.events} == {
        "message:ours": True,
        "message:theirs": False,
    }
    notes = [trace.note for event in intake.events if (trace := trace_aside(event))]
    assert notes == ["own_message: a colleague wrote it", "own_message: this worker sent it"]


def test_the_first_message_of_a_contact_is_noted_once() -> None:
    """`first_message` would greet customers again and again."""
    first = taken(conversation_state(), message(name="a"))
    assert first.contact == ContactState(id=CONTACT, first_message_id=MessageId("a"))
    again = taken(first.state, message(name="b"), contact=first.contact)
    assert again.contact is None


def test_a_contact_with_earlier_messages_has_no_first_one() -> None:
    """An old customer would be greeted as a new one after the first start."""
    state = conversation_state(history_until=NOW - SECOND)
    intake = taken(state, message(name="a"))
    assert intake.contact == ContactState(id=CONTACT, first_message_id=MessageId(""))


def test_recent_ids_are_kept_newest_first_and_bounded() -> None:
    """Reading would not find what is known, or the state grow for ever."""
    state = conversation_state()
    for number in range(200):
        one = message(name=f"m{number}", created_at=NOW + number * SECOND)
        state = taken(state, one).state
    assert state.recent[0] == "m199"
    assert len(state.recent) == KEPT_RECENT
