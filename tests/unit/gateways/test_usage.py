"""What was used of the budget outlives the process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.unit.gateways.doubles import VirtualClock
from worker.gateways.budget import Budget, urgent
from worker.gateways.usage import Note, noted

AT = datetime(2026, 1, 1, tzinfo=UTC)


def counted(note: Note, seconds: float) -> int:
    """Calls that still count so much later."""
    return sum(count for _, count in note.left(AT + timedelta(seconds=seconds)))


def test_a_note_forgets_each_call_a_minute_after_it_ended() -> None:
    """A restart would wait for nothing, or for calls long over."""
    note = noted(AT, [(10.0, 3), (50.0, 4)], 5)
    assert [counted(note, s) for s in (0, 9, 13, 49, 53, 99, 101)] == [12, 12, 9, 9, 5, 5, 0]


def test_a_clock_that_was_set_back_forgets_nothing() -> None:
    """An hour back would make the note one of the future, and void."""
    assert counted(noted(AT, [(10.0, 3)], 5), -3600) == 8


def test_a_note_survives_as_text_and_nonsense_is_none() -> None:
    """A ledger edited by hand would stop the worker."""
    note = noted(AT, [(10.0, 3)], 5)
    assert Note.parse(note.text()) == note
    assert Note.parse("") is None
    assert Note.parse("{}") is None


async def test_small_use_is_not_noted_and_more_is_noted_ahead() -> None:
    """Polls of an idle account would write to the disk, or a crash would hide what was used."""
    notes: list[str] = []

    async def keep(text: str) -> None:
        notes.append(text)

    budget = Budget(100, VirtualClock())
    budget.outlive(None, keep)
    for used in range(1, 41):
        async with budget.turn(writes=True):
            assert len(notes) == (0 if used <= 25 else 1 if used <= 36 else 2)
    note = Note.parse(notes[-1])
    assert note is not None
    assert sum(count for _, count in note.ended) + note.loose >= 40


async def test_a_new_process_counts_what_the_last_one_used() -> None:
    """The account would be asked twice its budget in the minute of a restart."""
    clock = VirtualClock()

    async def keep(_text: str) -> None:
        return

    fresh, after_idle, after_load = (Budget(100, clock) for _ in range(3))
    fresh.outlive(None, keep)
    after_idle.outlive("", keep)
    after_load.outlive(noted(clock.now(), [(30.0, 40)], 10).text(), keep)
    assert [one.figures().used for one in (fresh, after_idle, after_load)] == [0, 25, 75]


async def test_an_urgent_read_may_use_what_is_left_to_sends() -> None:
    """Whether a message was sent could not be found out while polls fill their share."""
    budget = Budget(10, VirtualClock())
    for _ in range(8):
        async with budget.turn(writes=False):
            pass
    with urgent():
        async with budget.turn(writes=False):
            assert budget.figures().used == 9
