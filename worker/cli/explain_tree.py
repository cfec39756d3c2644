"""A case as a tree for a terminal; the same words without colours elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from worker.engine.explain import WHEN, NearMiss
from worker.log import one_line
from worker.model.text import MessageText
from worker.model.verdict import Act, Answer, Reason, Verdict
from worker.report.case import Case, Row, Section, hit_places, places
from worker.report.mends import mend

_QUOTED = 400  # characters of a message
_BEFORE = 40  # characters before the first place, where the message is longer
_SILENT_ROWS = 40  # rules of which nothing holds; the others are counted
_TEXT = 120  # characters of what is sent

_STYLES = {Answer.YES: "green", Answer.NO: "red", Answer.UNDECIDED: "yellow"}
_WORDS = {Answer.YES: "yes", Answer.NO: "no", Answer.UNDECIDED: "undecided"}
_OUTCOMES = {"done": "green", "dead": "red", "in_doubt": "red", "skipped": "yellow"}


def drawn(case: Case, *, marks: bool) -> RenderableType:
    """The whole case.

    Args:
        marks: places in the message are marked by a line below, for where nothing is underlined.
    """
    parts: list[RenderableType] = [Text("  ".join(map(one_line, case.told)), style="bold")]
    parts += [Text(f"just before: “{_short(text, _QUOTED)}”", style="dim") for text in case.earlier]
    if case.said is not None:
        parts.extend(_quote(case.said, hit_places(case), marks=marks))
    for section in case.sections:
        parts.append(Text())
        parts.append(_section(case, section))
        if section.nearest is not None:
            parts.append(Text())
            parts.append(_nearest(section.nearest))
    if case.remarks:
        parts.append(Text())
    parts += [Text(one_line(remark), style="italic") for remark in case.remarks]
    if case.others:
        parts.append(Text())
        parts.append(Text("other events of the conversation:", style="dim"))
        parts += [
            Text(one_line(f"  {at.isoformat(timespec='seconds')}  {event_id}"), style="dim")
            for event_id, at in case.others
        ]
    return Group(*parts)


def _quote(said: MessageText, found: Sequence[tuple[int, int]], *, marks: bool) -> Iterator[Text]:
    """The message, with what rules found in it underlined."""
    first = found[0][0] if found else 0
    begin = 0 if first < _QUOTED // 2 else first - _BEFORE
    end = min(len(said.raw), begin + _QUOTED)
    quote, below = Text("“" if begin == 0 else "“…"), ""
    below = " " * len(quote.plain)
    for at in range(begin, end):
        inside = any(start <= at < stop for start, stop in found)
        shown = one_line(said.raw[at])
        quote.append(shown, style="bold underline" if inside else "")
        below += ("^" if inside else " ") * cell_len(shown)
    quote.append("”" if end == len(said.raw) else "…”")
    yield quote
    if marks and below.strip():
        yield Text(below.rstrip())


def _section(case: Case, section: Section) -> RenderableType:
    title = f"{section.title} (version {section.version or 'unknown'})"
    tree = Tree(Text(one_line(title), style="bold"), guide_style="dim")
    if section.note:
        tree.add(Text(one_line(section.note), style="yellow"))
    silent = 0
    for row in section.rows:
        if _is_silent(row):
            silent += 1
            if silent > _SILENT_ROWS:
                continue
        _add_row(tree, case, row, section)
    if silent > _SILENT_ROWS:
        more = silent - _SILENT_ROWS
        tree.add(Text(f"{more} more rules of which nothing fits (--json tells them)", style="dim"))
    for reason, count in section.left_out.items():
        words = f"{count} more rules, {reason.value}: the record had no room for them"
        tree.add(Text(words, style="dim"))
    if not section.rows and not section.note:
        tree.add(Text("no rule was asked: none is about such an event", style="dim"))
    return tree


def _is_silent(row: Row) -> bool:
    """Nothing about the event fits the rule."""
    failed = row.trace.reason in {Reason.CONDITION, Reason.PAUSED}
    return failed and not any(one.answer is Answer.YES for one in row.trace.verdicts)


def _add_row(tree: Tree, case: Case, row: Row, section: Section) -> None:
    trace = row.trace
    branch = tree.add(_headline(row, section))
    if row.acted or not _is_silent(row) or len(trace.verdicts) > 1:
        for verdict in trace.verdicts:
            _add_verdict(branch, case.said, verdict)
    if trace.cut:
        branch.add(Text("its conditions found no room in the record", style="dim"))
    for act in trace.acts:
        branch.add(_act(case, row, act, section))
    advice = mend(trace, row.rule) if not trace.flow and (not row.acted or trace.shadow) else ""
    if advice:
        branch.add(Text(f"to change that: {advice}", style="italic"))


def _headline(row: Row, section: Section) -> Text:
    trace = row.trace
    line = Text(one_line(trace.rule), style="bold" if row.acted else "")
    line.append(f"  {_decided(row, section)}", style=_style(row))
    why = trace.detail
    if not why and _is_silent(row) and len(trace.verdicts) == 1:
        why = f"{trace.verdicts[0].kind}: {trace.verdicts[0].because}"
    if why and trace.reason is not Reason.SHADOW:
        line.append(f": {one_line(why)}")
    if row.rule is not None and row.rule.place.path:
        line.append(f"  {one_line(str(row.rule.place))}", style="dim")
    return line


def _decided(row: Row, section: Section) -> str:
    reason = row.trace.reason
    if row.trace.flow:
        return "flow" if reason is Reason.MATCHED else f"flow, {reason.value}"
    if reason is Reason.MATCHED:
        return "acted" if section.recorded else "acts"
    if reason is Reason.SHADOW:
        return "would have acted (shadow)" if section.recorded else "would act (shadow)"
    return f"{reason.value} (shadow)" if row.trace.shadow else reason.value


def _style(row: Row) -> str:
    if row.acted:
        return "cyan" if row.trace.shadow else "bold green"
    return "red" if row.trace.reason is Reason.CONDITION else "yellow"


def _add_verdict(branch: Tree, said: MessageText | None, verdict: Verdict) -> None:
    line = Text(f"{_WORDS[verdict.answer]:<4}", style=_STYLES[verdict.answer])
    line.append(one_line(f" {verdict.kind}: {verdict.because}"), style="none")
    own = Verdict(verdict.answer, hits=verdict.hits)
    found = [f"{start + 1}–{end}" for start, end in places(said, own)]
    if found:
        word = "characters" if len(found) > 1 or "–" in found[0] else "character"
        line.append(f" at {word} {', '.join(found)}", style="dim")
    inner = branch.add(line)
    for part in verdict.parts:
        _add_verdict(inner, said, part)


def _act(case: Case, row: Row, act: Act, section: Section) -> Text:
    line = Text("→ ", style="bold")
    text = _short(act.text, _TEXT)
    line.append(f"{act.kind} “{text}”" if act.visible else f"{act.kind} {text}".rstrip())
    if row.trace.shadow:
        line.append("  not sent: shadow", style="cyan")
    elif section.recorded:
        intent = case.intents.get(case.key(row.trace.rule, act))
        if intent is None:
            line.append("  what became of it is not recorded any more", style="dim")
        else:
            words = [intent.state.value, intent.reason, intent.error, intent.result_id or ""]
            told = one_line("  " + ", ".join(filter(None, words)))
            line.append(told, style=_OUTCOMES.get(intent.state.value, "blue"))
    return line


def _nearest(miss: NearMiss) -> Text:
    line = Text("nearest miss: ", style="bold magenta")
    line.append(one_line(f"{miss.rule.id} ({miss.rule.place})"), style="bold")
    line.append(f"\n  {'when' if miss.kind == WHEN else miss.kind}: {one_line(miss.because)}")
    if miss.hint:
        line.append(f"\n  {one_line(miss.hint)}", style="magenta")
    return line


def _short(text: str, length: int) -> str:
    line = one_line(" ".join(text.split()))
    return line if len(line) <= length else f"{line[: length - 1]}…"
