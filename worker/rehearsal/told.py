"""What a failed expectation shows: messages, decisions and verdicts in a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from worker.model.event import Event
from worker.model.verdict import Answer, Verdict
from worker.rehearsal.evidence import Evidence
from worker.rehearsal.window import Sent
from worker.ruleset.testing.expect import SentForm

SHOWN = 72
"""Characters of a text that are shown."""

_MARKS = {Answer.YES: "yes", Answer.NO: "no", Answer.UNDECIDED: "undecided"}
_DEEPEST = 6
_MOST_EVENTS = 3


def quoted(text: str) -> str:
    """A text on one line, shortened."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"}"'


def sent(one: Sent) -> str:
    """A message as it was sent."""
    parts = [f"to {one.to}", f"({one.language})"]
    if one.text:
        parts.append(quoted(one.text))
    if one.url:
        parts.append(f"{one.type} {one.url} {quoted(one.caption)}")
    if one.quick_replies:
        parts.append(f"[{', '.join(one.quick_replies)}]")
    if one.rule:
        parts.append(f"by {one.rule}")
    return " ".join(parts)


def wanted(form: SentForm) -> str:
    """A message as the test describes it."""
    parts = []
    for name in SentForm.names():
        value = getattr(form, name)
        if isinstance(value, tuple):
            parts.append(f"{name}: [{', '.join(map(quoted, value))}]")
        elif value is not None:
            parts.append(f"{name}: {quoted(value)}")
    return ", ".join(parts)


def names(some: Iterable[str]) -> str:
    """Several names, or none."""
    return ", ".join(some) or "none"


def happened(event: Event) -> str:
    """An event in a few words."""
    if event.message is not None:
        return f"{event.kind.value} {quoted(event.message.words)}"
    if event.notification is not None:
        named = event.notification.type_name or event.notification.type
        return f"{event.kind.value} {named}"
    return event.kind.value


def why(rule: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    """Why the rule did not act (or did), for the newest events of the window."""
    if not evidence:
        yield f"{rule} was not asked: nothing happened that its 'when' names"
    for one in evidence[-_MOST_EVENTS:]:
        detail = f", {one.detail}" if one.detail else ""
        yield f"{rule} on {happened(one.event)}: {one.reason.value}{detail}"
        for verdict in one.verdicts:
            yield from _tree(verdict, 1)


def _tree(verdict: Verdict, depth: int) -> Iterator[str]:
    because = f": {verdict.because}" if verdict.because and not verdict.parts else ""
    yield f"{'  ' * depth}{_MARKS[verdict.answer]}  {verdict.kind}{because}"
    if depth < _DEEPEST:
        for part in verdict.parts:
            yield from _tree(part, depth + 1)
