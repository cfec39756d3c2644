"""Explaining asks every rule in full and never disagrees with what was decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import (
    CONTACT,
    NOW,
    Notes,
    Sends,
    Stops,
    World,
    conversation_state,
    facts,
    rule,
    rule_set,
)
from tests.unit.conditions.asking import read
from worker.engine.explain import WHEN, Explanation, NearMiss, explain, retell
from worker.engine.index import RuleIndex
from worker.engine.made_up import EVENT, MadeUp
from worker.engine.plan import decide
from worker.model.event import EventKind
from worker.model.facts import Facts, Names
from worker.model.ids import RuleId
from worker.model.ledger import Firing, Planned
from worker.model.rule import Cooldown, Rule
from worker.model.state import ContactState
from worker.model.verdict import Answer, Reason, RuleTrace, Trace

CONDITIONS = [
    read(source)
    for source in (
        "text: price",
        "text: [giá, ราคา, 价钱]",
        "text: {matches: '[a-z]{2}\\d+'}",
        "text: {equals: ok}",
        "text: {mentions: delivery, fuzzy: true}",
        "channel: web",
        "channel: [whatsapp, line]",
        "message_type: text",
        "tag: vip",
        "language: th",
        "contact: {first_name: Mei}",
        "extract: {email: true}",
        "first_message: true",
        "any: [{text: price}, {channel: line}]",
        "all: [{text: price}, {channel: web}]",
        "not: {text: price}",
        "not: {tag: vip}",
        "expr: message.text | length > 6",
    )
]
WORDS = ["price", "giá", "gia", "ราคา", "价钱", "ok", "ab12", "delivry", "a@b.co", "hello"]
DOES: list[tuple[Any, ...]] = [
    (Sends(),),
    (Notes(),),
    (Sends(), Stops()),
    (Notes(), Stops()),
    (Sends(fails=True),),
]


@st.composite
def rules(draw: st.DrawFn, number: int) -> Rule:
    """One rule of any kind."""
    kinds = [EventKind.MESSAGE_RECEIVED] * 5 + [EventKind.NOTIFICATION_CREATED]
    return rule(
        f"r{number}",
        *draw(st.lists(st.sampled_from(CONDITIONS), max_size=3)),
        does=draw(st.sampled_from(DOES)),
        when=draw(st.sampled_from(kinds)),
        state=draw(st.sampled_from(["live", "live", "live", "shadow", "paused"])),
        priority=draw(st.sampled_from([0, 0, 0, 5, -5])),
        also=draw(st.booleans()),
        cooldown=draw(st.sampled_from([None, Cooldown(timedelta(hours=1))])),
    )


rule_lists = st.integers(0, 8).flatmap(lambda size: st.tuples(*map(rules, range(size))))
messages = st.builds(
    facts,
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    tags=st.sampled_from([None, frozenset(), frozenset({"vip"})]),
    first_message=st.sampled_from([None, True, False]),
    conversation=st.sampled_from(["web", "line", ""]).map(
        lambda channel: conversation_state(channel=channel).conversation
    ),
)
worlds = st.builds(
    World,
    conversation=st.sampled_from(
        [None, conversation_state(), conversation_state(last_person_at=NOW)]
    ),
    contact=st.sampled_from([ContactState(id=CONTACT), ContactState(id=CONTACT, opted_out_at=NOW)]),
)


@given(rule_lists, messages, worlds, st.frozensets(st.integers(0, 8)))
@settings(max_examples=300, deadline=None)
def test_explaining_never_disagrees_with_deciding(
    drawn: tuple[Rule, ...], about: Facts, world: World, rested: frozenset[int]
) -> None:
    """The one thing that is worse than no explanation is a wrong one."""
    world.history.fired(
        Firing(RuleId(f"r{one}"), NOW, about.event.conversation_id) for one in rested
    )
    chosen = rule_set(*drawn)
    candidates = RuleIndex(chosen.rules).candidates(about)
    decided = decide(about, [about.event.id], candidates, chosen, world.standing)
    told = explain(about, [about.event.id], chosen, world.standing)
    assert_agree(decided, told)
    assert [one.rule for one in told.rules] == list(chosen.rules)
    # … and the same of what a ledger gives back, which holds the candidates alone
    assert retell(about, chosen, decided.trace) == told


def assert_agree(decided: Planned, told: Explanation) -> None:
    """Each rule has the reason it was decided with, and its verdicts begin in the same way."""
    explained = {one.rule.id: one.trace for one in told.rules}
    for one in decided.trace.rules:
        full = explained[RuleId(one.rule)]
        assert (full.reason, full.detail, full.acts, full.shadow) == (
            one.reason,
            one.detail,
            one.acts,
            one.shadow,
        )
        assert full.verdicts[: len(one.verdicts)] == one.verdicts
    silent = explained.keys() - {one.rule for one in decided.trace.rules}
    assert all(
        explained[one].reason in {Reason.CONDITION, Reason.UNDECIDED, Reason.PAUSED}
        for one in silent
    )
    acting = {one.rule for one in explained.values() if one.reason is Reason.MATCHED}
    assert {one.rule_id for one in decided.intents} == acting - {
        one.rule_id for one in decided.firings if one.shadow
    }


@given(rule_lists, messages, worlds)
@settings(max_examples=100, deadline=None)
def test_the_index_changes_no_decision(drawn: tuple[Rule, ...], about: Facts, world: World) -> None:
    """A rule would act or rest by how it was filed."""
    chosen = rule_set(*drawn)
    by_index = RuleIndex(chosen.rules).candidates(about)
    short = decide(about, [about.event.id], by_index, chosen, world.standing)
    whole = decide(about, [about.event.id], chosen.rules, chosen, world.standing)
    assert short.intents == whole.intents
    assert short.firings == whole.firings
    asked = {one.rule for one in short.trace.rules}
    assert [one for one in whole.trace.rules if one.rule in asked] == list(short.trace.rules)


def told_of(*drawn: Rule, text: str = "price", channel: str = "web") -> Explanation:
    """Why, for a made-up message."""
    said = MadeUp(text=text, channel=channel, at=NOW)
    return explain(said.facts(Names()), [EVENT], rule_set(*drawn), said.standing)


def conditions(*sources: str) -> list[Any]:
    """Conditions as written."""
    return [read(source) for source in sources]


def missed(*drawn: Rule, **said: str) -> NearMiss:
    """The nearest miss; there is one."""
    found = told_of(*drawn, **said).nearest
    assert found is not None
    return found


def test_conditions_behind_the_first_that_fails_are_asked_too() -> None:
    """An author would mend one condition only to be told of the next."""
    (told,) = told_of(rule("a", *conditions("text: refund", "channel: line", "tag: vip"))).rules
    assert [one.answer for one in told.trace.verdicts] == [Answer.NO] * 3
    assert told.trace.reason is Reason.CONDITION


def test_a_rule_for_another_kind_of_event_says_so() -> None:
    """It would be missing from the list, as if it were not loaded."""
    (told,) = told_of(rule("a", when=EventKind.NOTIFICATION_CREATED)).rules
    assert not told.fits
    assert told.trace.detail == "when: it is for notification.created"


def test_a_typo_in_a_phrase_is_pointed_out_with_the_closest_phrase() -> None:
    """The author reads `mentions none of 3 phrases` and looks for the fault elsewhere."""
    found = missed(
        rule("hours", *conditions("text: [opening hours, open]")),
        rule("price", *conditions("text: [prise, how much]", "channel: web")),
    )
    assert (found.rule.id, found.kind) == ("price", "text")
    assert "closest phrase 'prise': the message has 'price'" in found.hint
    assert "add 'price'" in found.hint
    assert "fuzzy: true" in found.hint


def test_a_wrong_channel_is_pointed_out() -> None:
    """Everything else fits, and the reply still never comes."""
    found = missed(
        rule("price", *conditions("text: price", "channel: web")), text="price?", channel="whatsapp"
    )
    assert (found.kind, found.because) == ("channel", "the channel is whatsapp")
    assert found.hint == "it holds on web; add whatsapp to 'channel'"


def test_what_the_customer_said_is_nearer_than_where() -> None:
    """Every rule of the channel would be as near as the one that was meant."""
    found = missed(
        rule("other", *conditions("channel: line")),
        rule("meant", *conditions("text: price", "tag: vip")),
        rule("far", *conditions("text: [refund, money back]", "channel: web")),
    )
    assert found.rule.id == "meant"
    assert found.hint == "it wants any of vip"


def test_a_rule_for_another_kind_of_event_that_fits_else_is_a_near_miss() -> None:
    """`when: quick_reply.picked` for a typed word is found by nobody."""
    found = missed(rule("a", *conditions("text: price"), when=EventKind.QUICK_REPLY_PICKED))
    assert found.kind == WHEN
    assert found.because == "it is for quick_reply.picked"


def test_two_failing_conditions_are_no_near_miss() -> None:
    """What is far away would hide what is near."""
    explained = told_of(rule("a", *conditions("text: price", "channel: line", "tag: vip")))
    assert explained.nearest is None


def test_a_rule_that_matched_but_is_withheld_is_no_near_miss() -> None:
    """Its conditions are not what has to be mended."""
    explained = told_of(rule("a"), rule("b", *conditions("text: price")))
    assert explained.nearest is None


def test_a_paused_rule_is_told_and_not_asked() -> None:
    """`paused` means not evaluated."""
    (told,) = told_of(rule("a", *conditions("text: price"), state="paused")).rules
    assert (told.trace.reason, told.trace.verdicts) == (Reason.PAUSED, ())


def test_an_opt_out_tells_that_no_rule_was_asked() -> None:
    """Every rule would look as if it had answered."""
    said = MadeUp(text="stop", channel="web", at=NOW)
    chosen = rule_set(rule("a"), stop_phrases=read("text: stop"), stop_confirmation=Sends("bye"))
    told = explain(said.facts(Names()), [EVENT], chosen, said.standing)
    assert told.note.startswith("opted out")
    assert (told.rules, told.nearest) == ((), None)
    (wish,) = told.besides
    assert wish.verdicts[0].because == "mentions 'stop'"
    assert [act.text for act in wish.acts] == ["bye"]


def test_a_rule_that_a_record_had_no_room_for_is_not_called_silent() -> None:
    """It would be told as a rule whose conditions failed, which they did not."""
    about = facts("price")
    chosen = rule_set(rule("a"), rule("b", *conditions("text: price")))
    kept = Trace((RuleTrace("a", Reason.MATCHED),), left_out={Reason.OUTRANKED: 1})
    told = retell(about, chosen, kept).rules
    assert [one.trace.reason for one in told] == [Reason.MATCHED, Reason.OUTRANKED]
    assert "no room" in told[1].trace.detail


def test_a_condition_that_gives_no_hint_is_explained_by_its_verdict() -> None:
    """A kind of condition without hints would end the command."""
    found = missed(rule("a", *conditions("text: price", "expr: message.text | length > 60")))
    assert (found.kind, found.hint) == ("expr", "")
