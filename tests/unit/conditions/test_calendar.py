"""`calendar` holds while a team is there, or while it is not."""

from __future__ import annotations

import pytest

from tests.build import facts
from tests.unit.calendars.hours import OFFICE, opening, utc
from tests.unit.conditions.asking import Told, read, told
from worker.model.facts import Facts
from worker.model.verdict import Answer

CALENDARS = {"support": opening(OFFICE)}


def at(time: str) -> Facts:
    return facts(now=utc(time), calendars=CALENDARS)


@pytest.mark.parametrize(
    ("time", "is_open"),
    [("2026-10-05T10:00+08:00", True), ("2026-10-05T13:30+08:00", False)],
)
def test_it_is_open_or_closed_and_never_both(time: str, *, is_open: bool) -> None:
    """The same customer would get the answer for the day and the one for the night."""
    answers = [read(f"calendar: {{{which}: support}}").decide(at(time)).answer for which in WHICH]
    assert answers == ([Answer.YES, Answer.NO] if is_open else [Answer.NO, Answer.YES])


WHICH = ("open", "closed")


def test_the_trace_tells_the_local_time_and_why() -> None:
    """Why it said that the shop is closed is the question after every holiday."""
    verdict = read("calendar: {open: support}").decide(at("2026-10-05T13:30+08:00"))
    assert verdict.because == (
        "support is closed: outside hours at Mon 2026-10-05 13:30 in Asia/Hong_Kong"
    )
    verdict = read("calendar: {open: support}").decide(at("2026-10-05T10:00+08:00"))
    assert verdict.because == "support is open at Mon 2026-10-05 10:00 in Asia/Hong_Kong"


def test_a_miss_tells_when_it_would_have_held() -> None:
    """An author who tries a rule at night sees that the rule itself is right."""
    night, day = at("2026-10-05T20:00+08:00"), at("2026-10-05T10:00+08:00")
    misses = [
        read("calendar: {open: support}").near(night).hint,
        read("calendar: {closed: support}").near(day).hint,
        read("calendar: {open: other}").near(day).hint,
        read("calendar: {open: never}").near(facts(calendars={"never": opening({})})).hint,
    ]
    assert misses == [
        "support opens at Tue 2026-10-06 09:30",
        "support closes at Mon 2026-10-05 13:00",
        "",
        "never never opens",
    ]


@pytest.mark.parametrize("which", WHICH)
def test_a_calendar_that_is_gone_decides_nothing(which: str) -> None:
    """Neither "open" nor "closed" is known then, and nobody is to be told either."""
    verdict = read(f"calendar: {{{which}: other}}").decide(at("2026-10-05T10:00+08:00"))
    assert verdict.answer is Answer.UNDECIDED


def test_names_are_checked_where_the_calendars_are_known() -> None:
    """A slip in the name would leave the rule undecided for ever."""
    assert told("calendar: {closed: suport}", calendars=CALENDARS) == [
        Told(("calendar", "closed"), "there is no calendar 'suport'", "did you mean 'support'?")
    ]
    assert told("calendar: {closed: support}", calendars=CALENDARS) == []


@pytest.mark.parametrize(
    "wrong", ["{}", "{open: a, closed: b}", "{opened: a}", "support", "{open: 5}"]
)
def test_it_names_one_calendar_and_one_side(wrong: str) -> None:
    """`{open: a, closed: b}` may be meant in two ways."""
    assert told(f"calendar: {wrong}")
