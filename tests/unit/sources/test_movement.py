"""Movements: none is forgotten before it is explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.build import CONVERSATION, NOW
from worker.model.chat import Conversation
from worker.model.ids import MessageId
from worker.sources.movement import (
    LONG_LOOKS_S,
    LONGEST_RETRY_S,
    MOST_TRIES,
    SECOND_LOOKS_S,
    Look,
    Movements,
)

NEWEST = MessageId("msg_9")
ROW = Conversation(id=CONVERSATION, moved="a", last_message_at=NOW, latest_message_id=NEWEST)
BARE = replace(ROW, latest_message_id=None)


def look(
    *seen: str, newest: bool = False, found: bool = True, bad: bool = False, young: bool = False
) -> Look:
    """What a read showed."""
    ids = frozenset(MessageId(one) for one in seen)
    return Look(ids, NOW if newest else None, found, bad, young)


def looks_until_believed(row: Conversation, shown: Look, moves: Movements) -> list[float]:
    """Pauses between looks that all show the same."""
    now, pauses = 0.0, []
    moves.note(row, now)
    while not moves.looked(row, shown, now):
        later = next(n / 2 for n in range(2000) if moves.due(now + n / 2))
        pauses.append(later)
        now += later
    return pauses


def test_a_message_that_the_list_names_explains_it() -> None:
    """Every movement would be read four times."""
    assert looks_until_believed(ROW, look(NEWEST), Movements()) == []


def test_a_named_message_that_is_not_seen_is_waited_for() -> None:
    """The last message of a burst would be lost when lists lag."""
    moves = Movements()
    looks_until_believed(ROW, look(NEWEST), moves)
    moved = replace(ROW, moved="b", latest_message_id=MessageId("msg_10"))
    assert looks_until_believed(moved, look("msg_8", newest=True), moves) == list(LONG_LOOKS_S)


def test_ids_that_never_match_are_not_waited_for() -> None:
    """A platform whose list names other ids would cost seven reads a message."""
    assert looks_until_believed(ROW, look("other", newest=True), Movements()) == []


@pytest.mark.parametrize(
    ("shown", "pauses"),
    [
        (look(newest=True), []),
        (look(newest=True, young=True), [2.0]),
        (look(found=False), list(SECOND_LOOKS_S)),
        (look(found=True), list(SECOND_LOOKS_S)),
        (look(newest=True, bad=True), list(LONG_LOOKS_S)),
    ],
)
def test_without_a_named_message_times_decide(shown: Look, pauses: list[float]) -> None:
    """Two messages of one moment would be taken for one."""
    assert looks_until_believed(BARE, shown, Movements()) == pauses


def test_a_newer_mark_begins_anew_and_an_older_look_does_not_settle_it() -> None:
    """A read that began before a movement would explain it."""
    moves = Movements()
    moves.note(ROW, 0.0)
    moved = replace(ROW, moved="b")
    moves.note(moved, 1.0)
    assert not moves.looked(ROW, look(NEWEST), 2.0)
    assert moves.waits(moved)
    assert not moves.waits(ROW)


def test_a_failed_read_is_tried_ever_more_rarely_and_never_dropped() -> None:
    """A conversation below known ones would never be read again."""
    moves = Movements()
    moves.note(ROW, 0.0)
    for _ in range(3 * MOST_TRIES):
        assert not moves.failed(ROW, 0.0, gone=False)
    assert moves.due(LONGEST_RETRY_S - 1) == []
    assert moves.due(LONGEST_RETRY_S) == [ROW]


def test_a_conversation_that_is_gone_is_let_go() -> None:
    """A deleted conversation would cost a request every few minutes for ever."""
    moves = Movements()
    moves.note(ROW, 0.0)
    assert [moves.failed(ROW, 0.0, gone=True) for _ in range(MOST_TRIES)][-1]
    assert len(moves) == 0


def test_a_status_alone_needs_no_read_once_ids_are_known_to_match() -> None:
    """Every agent who opens a conversation would cost a read."""
    moves = Movements()
    moves.note(ROW, 0.0)
    assert not moves.explained(ROW, {NEWEST})
    moves.looked(ROW, look(NEWEST), 0.0)
    closed = replace(ROW, moved="closed")
    moves.note(closed, 1.0)
    assert moves.explained(closed, {NEWEST})
    assert not moves.explained(closed, {MessageId("msg_8")})


def test_time_that_is_older_than_the_movement_does_not_explain_it() -> None:
    """The first of two messages would hide the second, which lags."""
    late = replace(BARE, last_message_at=NOW + timedelta(seconds=1))
    assert looks_until_believed(late, look(newest=True), Movements()) == list(SECOND_LOOKS_S)


def test_another_copy_that_lags_behind_the_list_explains_nothing() -> None:
    """A last look before a send would let the movement go, and a person's message with it."""
    moves = Movements()
    looks_until_believed(ROW, look(NEWEST), moves)
    moved = replace(ROW, moved="b", latest_message_id=MessageId("msg_10"))
    moves.note(moved, 1.0)
    assert not moves.looked(replace(ROW, moved="b"), look(NEWEST), 2.0)
    assert moves.waits(moved)
