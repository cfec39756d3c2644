"""Expectations against what happened: each difference with its place. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.conditions.pattern import compiled
from worker.model.rule import Rule
from worker.model.verdict import Reason
from worker.rehearsal import told
from worker.rehearsal.evidence import Evidence, evidence_of
from worker.rehearsal.window import Sent, Window
from worker.ruleset.testing.expect import ExpectForm, SentForm
from worker.ruleset.testing.part import Loc


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that does not hold.

    Args:
        loc: where it stands below `expect`.
        expected, got: what is shown beside each other, as lines.
        why: what explains it, as lines.
    """

    loc: Loc
    expected: tuple[str, ...]
    got: tuple[str, ...]
    why: tuple[str, ...] = ()


_SILENT_BY_WISH = frozenset(
    {Reason.MATCHED, Reason.CONDITION, Reason.OUTRANKED, Reason.SHADOW, Reason.PAUSED}
)
"""Whoever wrote the rules has said so."""


@dataclass(frozen=True, slots=True)
class Case:
    """What an expectation is judged by.

    Args:
        find: the rule with this id.
    """

    expect: ExpectForm
    window: Window
    find: Callable[[str], Rule | None]

    def evidence(self, name: str) -> tuple[Evidence, ...]:
        """Everything about a rule in the window."""
        rule = self.find(name)
        return () if rule is None else evidence_of(rule, self.window)

    def asked(self) -> list[str]:
        """The rules that were asked, in the order of the decisions."""
        asked = [
            one.rule
            for decision in self.window.decisions
            if decision.stored.trace is not None
            for one in decision.stored.trace.rules
        ]
        return list(dict.fromkeys(asked))

    def acted(self) -> list[str]:
        """The rules that acted, in the order of their decisions."""
        return [name for name in self.asked() if _acted(self.evidence(name))]

    def held_back(self) -> tuple[str, ...]:
        """The rules that were kept from speaking although they fit, and by what."""
        names = dict.fromkeys([*self.asked(), *(one.rule_id for one in self.window.withheld)])
        held = {
            name: [one for one in self.evidence(name) if one.reason not in _SILENT_BY_WISH]
            for name in names
        }
        return tuple(line for name, some in held.items() if some for line in told.why(name, some))


def differences(case: Case) -> Iterator[Difference]:
    """Every expectation about what happened that does not hold, in the order of the keys."""
    yield from _fired(case)
    yield from _not_fired(case)
    if case.expect.sent is not None:
        yield from _sent(case, case.expect.sent)
    for key, happened in (
        ("dismissed", case.window.dismissed),
        ("read", case.window.read),
        ("webhooks", case.window.webhooks),
    ):
        wanted: Sequence[str] | None = getattr(case.expect, key)
        ordered = key == "webhooks"
        if wanted is not None and not _same(wanted, happened, ordered=ordered):
            line = f"{key}: {told.names(wanted)}"
            yield Difference((key,), (line,), (f"{key}: {told.names(happened)}",))
    yield from _notes(case)


def _same(wanted: Sequence[str], happened: Sequence[str], *, ordered: bool) -> bool:
    if ordered:
        return list(wanted) == list(happened)
    return sorted(wanted) == sorted(happened)


def _acted(evidence: Sequence[Evidence]) -> bool:
    return any(one.reason is Reason.MATCHED for one in evidence)


def _fired(case: Case) -> Iterator[Difference]:
    for position, name in enumerate(case.expect.fired or ()):
        evidence = case.evidence(name)
        if not _acted(evidence):
            yield Difference(
                ("fired", position),
                (f"fired: {name}",),
                (f"fired: {told.names(case.acted())}",),
                _why(case, name, evidence),
            )


def _why(case: Case, name: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    if case.find(name) is None:
        return (f"there is no rule {name} in the rules in force",)
    if not case.window.decisions:
        return ("nothing has happened since the expect before",)
    return tuple(told.why(name, evidence))


def _not_fired(case: Case) -> Iterator[Difference]:
    because = case.expect.because
    for position, name in enumerate(case.expect.not_fired or ()):
        evidence = case.evidence(name)
        loc: Loc = ("not_fired", position)
        if _acted(evidence):
            got = (f"fired: {told.names(case.acted())}",)
            yield Difference(loc, (f"not_fired: {name}",), got, tuple(told.why(name, evidence)))
        elif because is not None and because not in {one.reason for one in evidence}:
            reasons = dict.fromkeys(one.reason.value for one in evidence)
            yield Difference(
                ("because",),
                (f"not_fired: {name}, because: {because.value}",),
                (f"not_fired: {name}, because: {told.names(reasons)}",),
                _why(case, name, evidence),
            )


def _sent(case: Case, wanted: Sequence[SentForm]) -> Iterator[Difference]:
    sent = case.window.sent
    if _as_wanted(wanted, sent):
        return
    expected = [f"sent: {told.wanted(one)}" for one in wanted] or ["sent: none"]
    got = [f"sent: {told.sent(one)}" for one in sent] or ["sent: none"]
    missing = len(sent) < len(wanted)
    yield Difference(("sent",), tuple(expected), tuple(got), case.held_back() if missing else ())


def _as_wanted(wanted: Sequence[SentForm], sent: Sequence[Sent]) -> bool:
    """One for one in order; where each names its reader, in the order of each reader alone."""
    if wanted and all(one.to is not None for one in wanted):
        wanted = sorted(wanted, key=lambda one: one.to or "")
        sent = sorted(sent, key=lambda one: one.to)
    return len(wanted) == len(sent) and all(map(fits, wanted, sent))


def fits(form: SentForm, sent: Sent) -> bool:
    """The message is as described."""
    exact = {
        "to": sent.to,
        "equals": sent.text,
        "type": sent.type,
        "url": sent.url,
        "caption": sent.caption,
        "quick_replies": sent.quick_replies,
    }
    if any(getattr(form, key) not in (None, value) for key, value in exact.items()):
        return False
    if any(words not in sent.text for words in form.contains or ()):
        return False
    if form.matches is not None and compiled(form.matches).search(sent.text) is None:
        return False
    return form.language is None or speaks(form.language, sent.language)


def speaks(wanted: str, given: str) -> bool:
    """A text given in one language is of the wanted one: `zh-Hant` is `zh`, and not `zh-Hans`."""
    have, want = (tag.replace("_", "-").lower().split("-") for tag in (given, wanted))
    return have[: len(want)] == want


def _notes(case: Case) -> Iterator[Difference]:
    wanted, notes = case.expect.notes, case.window.notes
    if wanted is None:
        return
    if len(wanted) == len(notes) and all(
        words in note for words, note in zip(wanted, notes, strict=True)
    ):
        return
    yield Difference(
        ("notes",),
        tuple(f"notes: {told.quoted(one)}" for one in wanted) or ("notes: none",),
        tuple(f"notes: {told.quoted(one)}" for one in notes) or ("notes: none",),
    )


def totals(expect: ExpectForm, sent: Mapping[str, int]) -> Iterator[Difference]:
    """Counts since the test began that are not as expected.

    Args:
        sent: messages by contact, and all of them under "".
    """
    for name, count in (expect.sent_total or {}).items():
        if sent.get(name, 0) != count:
            whose = f"{name}: " if name else ""
            yield Difference(
                ("sent_total", name),
                (f"sent_total: {whose}{count}",),
                (f"sent_total: {whose}{sent.get(name, 0)}",),
            )
