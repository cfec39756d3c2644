"""Who still waits for an answer, whatever the order in which messages are read."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.build import ACCOUNT, CONVERSATION, NOW, message
from worker.model.chat import Conversation, Message, Sender
from worker.model.ids import MessageId
from worker.model.state import ConversationState, Unanswered
from worker.sources.intake import take_in

EMPTY = ConversationState(conversation=Conversation(id=CONVERSATION), opened=True)


def at(minute: float) -> datetime:
    """So many minutes after the beginning."""
    return NOW + timedelta(minutes=minute)


def said(minute: float, sender: Sender = Sender.CUSTOMER, name: str = "") -> Message:
    """Somebody wrote then."""
    return message("x", name=name or f"m{minute:g}", created_at=at(minute), sender=sender)


def after(
    *rows: Message,
    state: ConversationState = EMPTY,
    ours: tuple[str, ...] = (),
    ended: bool = False,
) -> ConversationState:
    """The state once these were read, oldest first."""
    page = tuple(reversed(rows))
    return take_in(
        ACCOUNT,
        state,
        page,
        page,
        ours=frozenset(MessageId(one) for one in ours),
        contact=None,
        now=at(60),
        ended=ended,
    ).state


def since(waits: Unanswered | None) -> tuple[str, float] | None:
    """Since which message, and since when in minutes."""
    return None if waits is None else (waits.first_id, (waits.since - NOW).total_seconds() / 60)


def test_waiting_begins_with_the_first_message_and_later_ones_do_not_push_it_away() -> None:
    """Who asks again and again would wait the longest."""
    state = after(said(1), said(5))
    state = after(said(9), state=state)
    assert since(state.awaits_person) == ("m1", 1) == since(state.awaits_answer)
    assert state.awaits_person is not None
    assert (state.awaits_person.last_id, state.awaits_person.last_at) == ("m9", at(9))


def test_an_answer_of_a_person_ends_it_and_the_next_question_begins_it_anew() -> None:
    """An answered customer would be called unanswered, or a new question forgotten."""
    state = after(said(1), said(2, Sender.TEAM))
    assert (state.awaits_person, state.awaits_answer) == (None, None)
    assert since(after(said(1), said(2, Sender.TEAM), said(3)).awaits_person) == ("m3", 3)
    assert since(after(said(7), state=state).awaits_person) == ("m7", 7)


def test_an_automatic_answer_is_one_only_for_who_counts_it() -> None:
    """A greeting by a machine is no answer to a person in need; a rule may say it is."""
    ours = after(said(1), said(2, Sender.TEAM), ours=("m2",))
    bots = after(said(1), said(2, Sender.BOT))
    authorless = after(said(1), said(2, Sender.UNKNOWN), ours=("m2",))
    for state in (ours, bots, authorless):
        assert since(state.awaits_person) == ("m1", 1)
        assert state.awaits_answer is None
    again = after(said(4), state=ours)
    assert (since(again.awaits_person), since(again.awaits_answer)) == (("m1", 1), ("m4", 4))


def test_a_message_of_nobody_is_no_answer() -> None:
    """A stored message without an author may be anything, the platform's own note too."""
    state = after(said(1), said(2, Sender.UNKNOWN))
    assert since(state.awaits_person) == ("m1", 1) == since(state.awaits_answer)


def test_an_answer_read_late_ends_only_what_was_written_before_it() -> None:
    """A list that lags would make the worker forget the question after the answer."""
    state = after(said(1), said(5))
    assert since(after(said(3, Sender.TEAM), state=state).awaits_person) == ("m5", 5)
    assert after(said(6, Sender.TEAM), state=state).awaits_person is None
    assert since(after(said(0, Sender.TEAM), state=state).awaits_person) == ("m1", 1)


def test_a_question_read_late_is_answered_by_what_came_after_it() -> None:
    """A list that lags would call an answered customer unanswered."""
    state = after(said(1), said(3, Sender.TEAM))
    assert after(said(2), state=state).awaits_person is None


def test_a_question_read_late_does_not_move_the_beginning() -> None:
    """Rules that acted on the waiting already would act on it once more."""
    state = after(said(5))
    assert since(after(said(4), state=state).awaits_person) == ("m5", 5)


def test_an_answer_at_the_same_moment_is_an_answer() -> None:
    """Platforms tell whole seconds at times."""
    assert after(said(1), said(1, Sender.TEAM, "reply")).awaits_person is None


def test_closing_the_conversation_ends_all_waiting() -> None:
    """Months later a new question would be called months old, and no rule would act on it."""
    state = after(said(1), said(2), ended=True)
    assert (state.awaits_person, state.awaits_answer) == (None, None)
    assert since(after(said(8), state=state).awaits_person) == ("m8", 8)


def test_what_was_there_before_the_first_start_does_not_wait() -> None:
    """Everybody of last week would be written to at the first start."""
    old = said(1)
    state = take_in(
        ACCOUNT,
        EMPTY,
        (said(3),),  # what is not known yet, without history
        (said(3), old),
        ours=frozenset(),
        contact=None,
        now=at(60),
    ).state
    assert since(state.awaits_person) == ("m3", 3)
