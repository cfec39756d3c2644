"""The page's charts: where bars stand, and which words a text lost."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from worker.engine.comparison import Change, RuleFigures
from worker.model.verdict import Reason
from worker.report.charts import WIDTH, Chart, days_chart, rules_chart
from worker.report.difference import pieces

FIRST = date(2026, 10, 1)


def counts(same: int = 0, new: int = 0, gone: int = 0) -> dict[Change, int]:
    """Answers of one day."""
    return {Change.SAME: same, Change.NEW: new, Change.GONE: gone, Change.DIFFERENT: 0}


def chart_of(*days: dict[Change, int], apart: int = 1) -> Chart:
    """The chart of these days."""
    found = days_chart({FIRST + timedelta(days=n * apart): one for n, one in enumerate(days)})
    assert found is not None
    return found


def test_what_is_given_stands_on_the_axis_and_what_is_gone_hangs_from_it() -> None:
    """A reader would take lost answers for given ones."""
    chart = chart_of(counts(same=6, new=2, gone=4))
    ((axis, is_axis), _) = chart.lines
    assert is_axis
    bars = {bar.look: bar for bar in chart.bars}
    assert bars["same"].y + bars["same"].height == pytest.approx(axis)
    assert bars["new"].y + bars["new"].height == pytest.approx(bars["same"].y)
    assert bars["gone"].y == pytest.approx(axis)
    assert bars["same"].height == pytest.approx(3 * bars["new"].height)
    assert bars["gone"].height == pytest.approx(2 * bars["new"].height)
    assert bars["gone"].tip == "2026-10-01: 4 gone"


def test_days_without_answers_are_shown_as_such() -> None:
    """A weekend would vanish, and the curve look steady."""
    chart = chart_of(counts(same=1), counts(same=1), apart=3)
    one, other = sorted(bar.x for bar in chart.bars)
    assert other - one == pytest.approx(3 * (WIDTH - 52) / 4)


@pytest.mark.parametrize("days", [1, 7, 62, 63, 400, 3000])
def test_every_mark_is_inside_the_drawing_however_long_the_past(days: int) -> None:
    """Bars outside are cut off without a word."""
    chart = chart_of(*(counts(same=n % 9, new=n % 4, gone=n % 5) for n in range(1, days + 1)))
    assert len({bar.x for bar in chart.bars}) <= 110
    for bar in chart.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= chart.width + 0.01
        assert bar.y >= 0
        assert bar.y + bar.height <= chart.height
        assert bar.height > 0
    assert all(0 <= label.x <= chart.width and label.y <= chart.height for label in chart.labels)
    total = sum((n % 9) + (n % 4) + (n % 5) for n in range(1, days + 1))
    drawn = sum(int(bar.tip.rsplit(" ", 2)[1].replace(",", "")) for bar in chart.bars)
    assert drawn == total


def test_nothing_is_drawn_of_nothing() -> None:
    """Dividing by no answers would end the report."""
    assert days_chart({}) is None
    assert rules_chart([], ("before", "after")) is None
    assert rules_chart([("idle", RuleFigures())], ("before", "after")) is None
    assert chart_of(counts()).bars == []


def test_rules_have_a_bar_for_each_side_of_the_length_of_their_figures() -> None:
    """The eye compares lengths; they must be those of the figures."""
    busy = RuleFigures(Counter({Reason.MATCHED: 40}), Counter({Reason.MATCHED: 20}))
    new = RuleFigures(Counter(), Counter({Reason.MATCHED: 10, Reason.COOLDOWN: 90}))
    long = "a-rule-with-a-name-that-is-far-too-long-to-stand-there"
    chart = rules_chart([("busy", busy), (long, new)], ("recorded", "replayed"))
    assert chart is not None
    widths = [bar.width for bar in chart.bars]
    assert [round(width / widths[0], 3) for width in widths] == [1, 0.5, 0, 0.25]
    assert chart.bars[0].tip == "busy: 40 recorded"
    assert any(label.text.endswith("…") and len(label.text) == 28 for label in chart.labels)
    assert all(bar.x + bar.width < chart.width for bar in chart.bars)


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [
        ("It is 100 dollars.", "It is 90 dollars.", ["100"], ["90"]),
        ("價錢係一百蚊", "價錢係九十蚊", ["一百"], ["九十"]),
        ("ราคา 100 บาท", "ราคา 90 บาท", ["100"], ["90"]),
        ("same", "same", [], []),
        ("", "new", [], ["new"]),
        ("old", "", ["old"], []),
        ("không có gì", "không có ai", ["gì"], ["ai"]),
    ],
)
def test_words_that_changed_are_told_apart_from_those_that_stay(
    before: str, after: str, gone: list[str], new: list[str]
) -> None:
    """Two long texts side by side are compared by nobody."""
    found = pieces(before, after)
    assert "".join(text for what, text in found if what != "new") == before
    assert "".join(text for what, text in found if what != "gone") == after
    assert [text for what, text in found if what == "gone"] == gone
    assert [text for what, text in found if what == "new"] == new


def test_thai_marks_stay_with_their_letters() -> None:
    """A mark alone is shown on a dotted circle."""
    found = pieces("ไม่เอา", "ไม้เอา")
    assert all(not "\u0e47" <= text[0] <= "\u0e4e" for _, text in found)
