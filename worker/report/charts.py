"""Where the marks of the page's charts stand: numbers only, drawn by the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from worker.engine.comparison import Change, RuleFigures
from worker.report.report import acted

WIDTH = 720.0
_LEFT, _RIGHT, _TOP = 44.0, 8.0, 10.0
_PLOT = 180.0
_MOST_RULES = 15
_MOST_BARS = 62  # two months of days; longer pasts are shown by weeks, then by months
_ABOVE = (Change.SAME, Change.DIFFERENT, Change.NEW)
_ROW, _BAR, _NAMES = 34.0, 12.0, 200.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle; `look` is its class, `tip` what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    look: str
    tip: str


@dataclass(frozen=True, slots=True)
class Label:
    """One text; `look` is its class."""

    x: float
    y: float
    text: str
    look: str = "middle"


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing; `lines` are levels (y, and whether it is the axis)."""

    width: float
    height: float
    bars: Sequence[Bar]
    labels: Sequence[Label]
    lines: Sequence[tuple[float, bool]] = ()


def days_chart(days: Mapping[date, Mapping[Change, int]]) -> Chart | None:
    """Answers over time: what is given stands on the axis, what is gone hangs from it.

    None without answers.
    """
    spans = _spans(days)
    if not spans:
        return None
    most = max(sum(counts[one] for one in _ABOVE) for _, counts in spans)
    lost = max(counts[Change.GONE] for _, counts in spans)
    scale = _PLOT / max(1, most + lost)
    axis = _TOP + most * scale
    step = (WIDTH - _LEFT - _RIGHT) / len(spans)
    bars: list[Bar] = []
    for number, (name, counts) in enumerate(spans):
        x = _LEFT + number * step + min(6.0, step * 0.1)
        width = min(step * 0.8, 64.0)
        y = axis
        for change in _ABOVE:
            height = counts[change] * scale
            y -= height
            if height:
                tip = f"{name}: {counts[change]:,} {change.value}"
                bars.append(Bar(x, y, width, height, change.value, tip))
        if counts[Change.GONE]:
            tip = f"{name}: {counts[Change.GONE]:,} {Change.GONE.value}"
            bars.append(Bar(x, axis, width, counts[Change.GONE] * scale, Change.GONE.value, tip))
    labels = [Label(_LEFT - 6, axis + 4, "0", "end")]
    if most:
        labels.append(Label(_LEFT - 6, _TOP + 8, f"{most:,}", "end"))
    if lost:
        labels.append(Label(_LEFT - 6, axis + lost * scale, f"{lost:,}", "end"))
    every = max(1, -(-len(spans) // 8))
    below = _TOP + (most + lost) * scale + 18
    labels += [
        Label(_LEFT + number * step + min(step * 0.8, 64.0) / 2, below, name)
        for number, (name, _) in enumerate(spans)
        if number % every == 0
    ]
    return Chart(WIDTH, below + 8, bars, labels, ((axis, True), (_TOP, False)))


def _spans(
    days: Mapping[date, Mapping[Change, int]],
) -> list[tuple[str, Mapping[Change, int]]]:
    """Days without a gap, or weeks or months where there are too many."""
    if not days:
        return []
    first, last = min(days), max(days)
    all_days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    spans: dict[str, dict[Change, int]] = {}
    for form in ("%Y-%m-%d", "%G week %V", "%Y-%m"):
        spans = {}
        for day in all_days:
            kept = spans.setdefault(day.strftime(form), dict.fromkeys(Change, 0))
            for change, number in days.get(day, {}).items():
                kept[change] += number
        if len(spans) <= _MOST_BARS:
            break
    return list(spans.items())


def rules_chart(changed: Sequence[tuple[str, RuleFigures]], verbs: tuple[str, str]) -> Chart | None:
    """How often each rule acts, before and after; None where no rule differs."""
    shown = changed[:_MOST_RULES]
    most = max((max(acted(rule)) for _, rule in shown), default=0)
    if not most:
        return None
    scale = (WIDTH - _NAMES - 60) / most
    bars: list[Bar] = []
    labels: list[Label] = []
    for number, (name, rule) in enumerate(shown):
        y = _TOP + number * _ROW
        short = name if len(name) <= 28 else f"{name[:27]}…"  # noqa: PLR2004 - what fits there
        labels.append(Label(_NAMES - 8, y + _BAR + 4, short, "end"))
        sides = zip(acted(rule), ("before", "after"), verbs, strict=True)
        for place, (count, look, verb) in enumerate(sides):
            top = y + place * (_BAR + 1)
            bars.append(Bar(_NAMES, top, count * scale, _BAR, look, f"{name}: {count:,} {verb}"))
            labels.append(Label(_NAMES + count * scale + 5, top + _BAR - 2, f"{count:,}", "start"))
    return Chart(WIDTH, _TOP + len(shown) * _ROW, bars, labels)
