"""What a decision leaves behind: whole where it is small, bounded whatever happens."""

from __future__ import annotations

import msgspec
import pytest

from worker.ledger.traces import CONTEXT_BYTES, TRACE_BYTES, written_context, written_trace
from worker.model.chat import Contact
from worker.model.ids import ContactId
from worker.model.verdict import Act, Answer, Hit, Reason, RuleTrace, Trace, Verdict

MEGABYTE = "ราคา😀x" * 100_000


def read(trace: Trace) -> Trace:
    """The trace after it was written; never larger than the bound."""
    text = written_trace(trace)
    assert len(text) <= TRACE_BYTES
    return msgspec.json.decode(text, type=Trace)


def says(because: str, *parts: Verdict) -> Verdict:
    """A no."""
    return Verdict(Answer.NO, "text", because, parts, found={"order": because})


def test_a_trace_that_fits_comes_back_whole() -> None:
    """`explain` would show less than was known."""
    trace = Trace(
        (
            RuleTrace(
                "price",
                Reason.MATCHED,
                "",
                (
                    Verdict(
                        Answer.YES,
                        "any",
                        "x",
                        (Verdict(Answer.YES, "text", hits=(Hit("giá", "folded", 3, 6),)),),
                        {"order": "AB123456"},
                    ),
                ),
                acts=(Act(0, "reply", "Our prices …", visible=True), Act(1, "tag", "add asked")),
            ),
            RuleTrace("trial", Reason.SHADOW, "would have acted", shadow=True),
            RuleTrace("late", Reason.OUTRANKED, "price comes first"),
        ),
        note="noted",
    )
    assert read(trace) == trace


def test_what_says_nothing_is_not_written() -> None:
    """A ledger of a hundred rules an event would be twice as large."""
    assert written_trace(Trace((RuleTrace("a", Reason.PAUSED),))) == (
        b'{"rules":[{"rule":"a","reason":"paused"}]}'
    )


def test_ten_thousand_rules_leave_a_bounded_trace_that_counts_the_rest() -> None:
    """One event of a large rule set would fill a disk; silently dropped rules would be a lie."""
    rules = [
        RuleTrace(f"rule-{number}", Reason.OUTRANKED, "rule-0 comes first", (says("no"),))
        for number in range(10_000)
    ]
    rules[7_000] = RuleTrace(
        "actor", Reason.MATCHED, verdicts=(says("yes"),), acts=(Act(0, "reply", "hello"),)
    )
    rules[8_000] = RuleTrace("guarded", Reason.COOLDOWN, "rests until noon")
    trace = read(Trace(tuple(rules)))
    kept = {one.rule: one for one in trace.rules}
    assert kept["actor"].acts == (Act(0, "reply", "hello"),)
    assert kept["guarded"].detail == "rests until noon"
    assert "rule-0" in kept
    assert len(trace.rules) + trace.left_out[Reason.OUTRANKED] == 10_000
    names = [one.rule for one in trace.rules]
    assert names.index("rule-0") < names.index("actor") < names.index("guarded")


def test_ten_thousand_rules_that_all_act_are_bounded_too() -> None:
    """The bound would hold only for the rules that say least."""
    acts = tuple(Act(number, "tag", "add x") for number in range(30))
    rules = tuple(RuleTrace(f"r{n}", Reason.MATCHED, acts=acts) for n in range(10_000))
    trace = read(Trace(rules))
    assert len(trace.rules) + trace.left_out[Reason.MATCHED] == 10_000
    assert trace.rules[0].acts


@pytest.mark.parametrize(
    "rule",
    [
        RuleTrace("a", Reason.CONDITION, verdicts=(says(MEGABYTE, says(MEGABYTE)),)),
        RuleTrace("a", Reason.UNDECIDED, MEGABYTE),
        RuleTrace("a", Reason.MATCHED, acts=(Act(0, "reply", MEGABYTE),)),
        RuleTrace("a", Reason.CONDITION, verdicts=tuple(says("x" * 300) for _ in range(10_000))),
        RuleTrace(
            "a",
            Reason.MATCHED,
            verdicts=(Verdict(Answer.YES, hits=(Hit(MEGABYTE, "raw", 0, 1),) * 1_000),),
        ),
        RuleTrace("\ud83d" * 10_000, Reason.MATCHED, "\x00" * 10_000),
    ],
    ids=range(6),
)
def test_a_megabyte_from_a_customer_is_cut(rule: RuleTrace) -> None:
    """Whoever writes most would decide how large the ledger grows."""
    trace = read(Trace((rule,) * 3, note=MEGABYTE))
    assert trace.rules[0].reason is rule.reason
    assert len(trace.note) <= 200


def test_verdicts_that_find_no_room_are_said_to_be_missing() -> None:
    """A rule without verdicts would look like one without conditions."""
    wide = tuple(says(f"{n}" + "x" * 190) for n in range(20))
    trace = read(Trace(tuple(RuleTrace(f"r{n}", Reason.CONDITION, "", wide) for n in range(20))))
    assert len(trace.rules) == 20
    assert [one.cut for one in trace.rules][:1] == [False]
    assert any(one.cut and not one.verdicts for one in trace.rules)


def test_a_context_that_fits_comes_back_whole() -> None:
    """A replay would decide otherwise than the worker did."""
    contact = Contact(id=ContactId("con_1"), remark="r" * 5_000)
    told = msgspec.json.decode(written_context({"contact": contact, "tags": ["vip"]}))
    assert told["contact"]["remark"] == "r" * 5_000
    assert "left_out" not in told


def test_a_huge_context_keeps_what_is_small_and_says_so() -> None:
    """A contact with a megabyte in its remark would be stored again with each message."""
    contact = Contact(id=ContactId("con_1"), remark=MEGABYTE, first_name="Mei")
    text = written_context({"contact": contact, "tags": ["vip"], "ruleset": "v1"})
    assert len(text) <= CONTEXT_BYTES
    told = msgspec.json.decode(text)
    assert told["ruleset"] == "v1"
    assert told["contact"]["first_name"] == "Mei"
    assert told["contact"]["remark"].endswith("…")
    wide = written_context({"ruleset": "v1", "messages": ["m" * 900] * 1_000})
    assert len(wide) <= CONTEXT_BYTES
    assert msgspec.json.decode(wide) == {"ruleset": "v1", "left_out": ["messages"]}
