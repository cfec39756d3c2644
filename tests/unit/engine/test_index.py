"""The index is only a short cut: it must never change which rules answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.conditions.asking import read
from worker.engine.index import RuleIndex
from worker.model.chat import Conversation, Message, Notification, Sender
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, ConversationId, EventId, MessageId, NotificationId, RuleId
from worker.model.rule import Condition, Rule, Touch, Trigger
from worker.model.verdict import Answer, Verdict
from worker.text.normalise import normalise

NOW = datetime(2026, 10, 5, 10, 0, tzinfo=UTC)
CONVERSATION = ConversationId("conv_1")

WORDS = ("price", "giá", "gia", "ราคา", "价钱", "a", "how much", "#", "i", "ab", "ba", "aba")
PATTERNS = (
    "price|gia",
    r"[a-z]{2}\d{2}",
    r"^a",
    r"(?i)PRICE",
    r"giá+",
    r"(ab|ba)c?",
    r"\d",
    r"价.",
    r"ab?a",
    "",
    r"x|",
)
CHANNELS = ("web", "WhatsApp", "line")
TYPES = ("text", "image")


@dataclass(frozen=True)
class Fake:
    """Says yes where one of its keys is present, unless `refuses`; undecided without a fact.

    `indexed` is false for a condition that gives the index nothing to go by.
    """

    wanted: Touch
    indexed: bool = True
    refuses: bool = False

    def touch(self) -> Touch | None:
        """What the index is told."""
        return self.wanted if self.indexed else None

    def decide(self, facts: Facts) -> Verdict:
        """Yes or no, by looking at the facts themselves."""
        yes = not self.refuses and self._present(facts)
        return Verdict(Answer.YES if yes else Answer.NO)

    def _present(self, facts: Facts) -> bool:
        held = (facts.conversation, facts.notification)
        channels = {holder.channel for holder in held if holder is not None}
        kind = facts.message.type if facts.message else ""
        if channels & self.wanted.channels or kind in self.wanted.types:
            return True
        if facts.text is None:
            return False
        folded, plain = facts.text.folded, facts.text.plain
        return any(phrase in folded for phrase in self.wanted.phrases) or any(
            re2.search(pattern, plain) is not None for pattern in self.wanted.patterns
        )


def rule(number: int, *conditions: Condition, kinds: tuple[EventKind, ...] = ()) -> Rule:
    triggers = tuple(Trigger(kind) for kind in kinds or (EventKind.MESSAGE_RECEIVED,))
    return Rule(
        id=RuleId(f"rule-{number}"),
        order=number,
        triggers=triggers,
        conditions=conditions,
        steps=(),
    )


def facts_of(
    text: str | None = "",
    *,
    channel: str = "web",
    message_type: str = "text",
    kinds: tuple[EventKind, ...] = (EventKind.MESSAGE_RECEIVED,),
    notification: str | None = None,
) -> Facts:
    message = Message(
        id=MessageId("msg_1"),
        conversation_id=CONVERSATION,
        sender=Sender.CUSTOMER,
        type=message_type,
        text=text or "",
    )
    told = Notification(id=NotificationId("n1"), channel=notification) if notification else None
    return Facts(
        now=NOW,
        event=Event(id=EventId("message:msg_1"), account=AccountId("acc"), kind=kinds[0], at=NOW),
        kinds=frozenset(kinds),
        message=None if text is None else message,
        text=None if text is None else normalise(text),
        conversation=Conversation(id=CONVERSATION, channel=channel) if channel else None,
        notification=told,
    )


def phrases(*texts: str) -> Fake:
    return Fake(Touch(phrases=frozenset(normalise(text).folded for text in texts)))


def found(rules: list[Rule], facts: Facts) -> list[int]:
    return [one.order for one in RuleIndex(rules).candidates(facts)]


def plainly(rules: list[Rule], facts: Facts) -> list[int]:
    """The rules that fire, by asking every one of them."""
    return [one.order for one in rules if fires(one, facts)]


def fires(one: Rule, facts: Facts) -> bool:
    if not any(trigger.kind in facts.kinds for trigger in one.triggers):
        return False
    return all(condition.decide(facts).answer is Answer.YES for condition in one.conditions)


def subset(values: tuple[str, ...], most: int) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=most)


touches = st.builds(
    Touch,
    phrases=subset(tuple(normalise(word).folded for word in WORDS), 3),
    patterns=subset(PATTERNS, 2),
    channels=subset(CHANNELS, 2),
    types=subset(TYPES, 1),
)
one_field: st.SearchStrategy[Touch] = st.one_of(
    subset(tuple(normalise(word).folded for word in WORDS), 3).map(lambda t: Touch(phrases=t)),
    subset(CHANNELS, 2).map(lambda c: Touch(channels=c)),
    subset(TYPES, 2).map(lambda t: Touch(types=t)),
    subset(PATTERNS, 2).map(lambda p: Touch(patterns=p)),
)
conditions = st.builds(
    Fake,
    touches | one_field,
    indexed=st.sampled_from([True, True, True, False]),
    refuses=st.booleans(),
)
kind_lists = st.lists(
    st.sampled_from(
        [EventKind.MESSAGE_RECEIVED, EventKind.QUICK_REPLY_PICKED, EventKind.NOTIFICATION_CREATED]
    ),
    min_size=1,
    max_size=2,
    unique=True,
)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[Rule]:
    drawn = draw(st.lists(st.tuples(st.lists(conditions, max_size=4), kind_lists), max_size=12))
    return [rule(number, *parts, kinds=tuple(kinds)) for number, (parts, kinds) in enumerate(drawn)]


texts = st.lists(st.sampled_from([*WORDS, " ", "12", "x", "Giá", "zz9"]), max_size=8).map("".join)
events: st.SearchStrategy[Facts] = st.builds(
    facts_of,
    st.none() | texts,
    channel=st.sampled_from(["", *CHANNELS]),
    message_type=st.sampled_from(TYPES),
    kinds=kind_lists.map(tuple),
    notification=st.sampled_from([None, *CHANNELS]),
)


@given(rule_sets(), events)
@settings(max_examples=400, deadline=None)
def test_the_rules_that_fire_are_the_same_with_and_without_the_index(
    rules: list[Rule], facts: Facts
) -> None:
    """Without it a rule could fall silent because of how it was filed."""
    candidates = RuleIndex(rules).candidates(facts)
    assert [one.order for one in candidates if fires(one, facts)] == plainly(rules, facts)


@given(rule_sets(), events)
@settings(max_examples=100, deadline=None)
def test_candidates_come_once_each_in_asking_order(rules: list[Rule], facts: Facts) -> None:
    """Without it a rule of lower priority could answer first, or one rule twice."""
    orders = found(rules, facts)
    assert orders == sorted(set(orders))


def test_a_rule_without_an_indexable_condition_is_always_a_candidate() -> None:
    """Without it a rule on facts the index knows nothing of would never be asked."""
    assert found([rule(0), rule(1, Fake(Touch(), indexed=False))], facts_of("hello")) == [0, 1]


def test_a_rule_whose_condition_can_be_touched_by_nothing_is_no_candidate() -> None:
    """Without it an empty phrase list would be asked of every message for nothing."""
    assert found([rule(0, Fake(Touch()))], facts_of("hello")) == []


def test_every_indexed_condition_must_be_touched() -> None:
    """Without it the number of candidates would grow with the rules of other channels and types."""
    web, line = Fake(Touch(channels=frozenset({"web"}))), Fake(Touch(channels=frozenset({"line"})))
    text = Fake(Touch(types=frozenset({"text"})))
    rules = [
        rule(0, phrases("price"), web),
        rule(1, phrases("price"), line),
        rule(2, phrases("price"), web, text),
        rule(3, phrases("price"), web, phrases("cheap")),
        rule(4, web),
        rule(5, line),
        rule(6, phrases("please"), line),
        rule(7, phrases("the"), web),
        rule(8, phrases("the price"), Fake(Touch(channels=frozenset({"line", "web"})))),
        rule(9, phrases("ice please"), Fake(Touch(channels=frozenset({"line", "email"})))),
    ]
    assert found(rules, facts_of("the price please")) == [0, 2, 4, 7, 8]


def test_a_rule_with_two_triggers_is_found_by_either_kind() -> None:
    """Without it a rule with a list of kinds would answer only the first."""
    kinds = (EventKind.CONVERSATION_OPENED, EventKind.QUICK_REPLY_PICKED)
    rules = [rule(0, kinds=kinds), rule(1, kinds=(EventKind.SCHEDULE,))]
    for kind in kinds:
        assert found(rules, facts_of("x", kinds=(kind,))) == [0]
    both = facts_of("x", kinds=(EventKind.MESSAGE_RECEIVED, EventKind.QUICK_REPLY_PICKED))
    assert found(rules, both) == [0]


def test_channel_names_meet_whatever_their_case() -> None:
    """Without it `channel: WhatsApp` would be dropped before the condition itself could compare."""
    rules = [rule(0, Fake(Touch(channels=frozenset({"WhatsApp"}))))]
    assert found(rules, facts_of("x", channel="whatsapp")) == [0]


def test_a_pattern_that_no_literal_describes_is_searched() -> None:
    """Without it `matches: '[a-z]{2}[0-9]{6}'` would ask every message or none."""
    rules = [rule(0, Fake(Touch(patterns=frozenset({r"[a-z]{2}\d{6}"}))))]
    assert found(rules, facts_of("order HK123456")) == [0]
    assert found(rules, facts_of("order 12")) == []


TYPED = st.text(
    "aKß ：（．？訂单é\u0301oáhN\u0e4d\u0e49\u0e32๑❤\ufe0f\u200b…\u2019", min_size=1, max_size=8
)


@given(TYPED, st.just("") | TYPED, st.sampled_from(["", "+", "?", "{2}", "|x", r"\d*", "[（:]?"]))
@settings(max_examples=400, deadline=None)
def test_whatever_a_typed_pattern_matches_is_a_candidate(
    typed: str, before: str, more: str
) -> None:
    """Without it a pattern that is searched in another form could be filed under what was typed."""
    pattern = json.dumps(re2.escape(typed) + more)
    condition = read(f"text: {{matches: {pattern}}}")
    about = facts_of(before + typed)
    if condition.decide(about).answer is Answer.YES:
        assert found([rule(0, condition)], about) == [0]


def test_many_patterns_without_literals_are_all_found() -> None:
    """Without it a set that is searched in pieces could lose the later ones or mix them up."""
    rules = [
        rule(number, Fake(Touch(patterns=frozenset({rf"\b[a-c]{number:03}\b"}))))
        for number in range(450)
    ]
    literal_free = [
        rule(number, Fake(Touch(patterns=frozenset({rf"^[a-c]{{{number + 1}}}\d$"}))))
        for number in range(450)
    ]
    assert found(rules, facts_of("b399")) == [399]
    assert found(literal_free, facts_of("c" * 200 + "7")) == [199]


def test_patterns_too_large_to_be_searched_together_are_all_found() -> None:
    """Without it rules whose patterns do not fit one budget would fall silent without a word."""
    rules = [
        rule(number, Fake(Touch(patterns=frozenset({rf"^[\pL\pN]{{{200 + number}}}$"}))))
        for number in range(4)
    ]
    for length in (199, 200, 203):
        facts = facts_of("p" * length)
        assert set(plainly(rules, facts)) <= set(found(rules, facts))
    assert plainly(rules, facts_of("p" * 203)) == [3]


def test_phrases_are_found_across_the_pieces_of_a_very_long_text() -> None:
    """Without it a phrase at the seam of two pieces would be missed, at any offset."""
    rules = [rule(0, phrases("how much 价钱"))]
    for padding in range(16_360, 16_400, 3):
        assert found(rules, facts_of("x" * padding + " how much 價錢")) == [0]


def test_a_very_long_text_of_nothing_but_hits_is_searched() -> None:
    """Without it one hostile message could take all memory."""
    rules = [rule(number, phrases("a" * (number + 1))) for number in range(20)]
    assert found(rules, facts_of("a" * 200_000)) == list(range(20))


def test_more_phrases_than_one_piece_holds_are_all_found() -> None:
    """Without it the rules of the second piece of a large set could answer for others."""
    rules = [rule(number, phrases(f"code{number:05}")) for number in range(20_500)]
    index = RuleIndex(rules)
    for number in (0, 19_999, 20_000, 20_499):
        hits = index.candidates(facts_of(f"about code{number:05} please"))
        assert [one.order for one in hits] == [number]


def test_an_empty_rule_set_has_no_candidates() -> None:
    """Without it a first start with no rules would fail on the first message."""
    assert found([], facts_of("hello")) == []
