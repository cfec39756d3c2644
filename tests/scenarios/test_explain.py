"""What the whole worker records about its decisions, and what rules on trial do to nobody."""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from tests.virtual_worker import ACCOUNT, START, Place, play
from worker.cli.explain_recorded import Teller, Today
from worker.cli.explain_tree import drawn
from worker.engine.explain import retell
from worker.engine.match import ask, triggered
from worker.engine.recorded import facts_of, seen
from worker.ledger.past import burst_before
from worker.ledger.traces import TRACE_BYTES, written_trace
from worker.model.ids import EventId, RuleId
from worker.model.ledger import StoredEvent
from worker.model.rule import RuleSet
from worker.model.verdict import Reason
from worker.report.case import Case
from worker.report.case_json import as_json
from worker.ruleset.load import load_rules

RULES = """
vars: { url: "https://example.com" }
phrases:
  price: { en: [price, "how much"], zh: [價錢, 多少錢], vi: [giá], th: [ราคา] }
  stop: { en: [unsubscribe] }
rules:
  - id: price-list
    when: message.received
    if:
      - text: "@price"
      - not: { tag: vip }
    do:
      - reply: { text: { en: "See {{ vars.url }}", zh: "價目表", th: "รายการราคา" } }
      - tag: asked-price
    cooldown: { for: 1h, per: contact }
  - id: menu
    when: message.received
    if:
      - any:
          - text: { equals: [menu, help] }
          - first_message: true
    do:
      - reply: { text: Pick one, menu: main, quick_replies: [Prices, Hours] }
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: Hours } }
    do:
      - reply: We open at nine
  - id: order
    when: message.received
    if:
      - extract: { order: { matches: '[A-Z]{2}\\d{6}' } }
    do:
      - reply: "Looking for {{ found.order }}"
  - id: size
    when: message.received
    if:
      - text: t-shirt
    do:
      - ask: { text: "Which size?", extract: { size: { matches: '\\b[SML]\\b' } }, timeout: 5m }
        id: which
      - reply: "{{ found.size }} it is"
  - id: mail
    when: message.received
    if:
      - extract: { email: true }
      - expr: found.email | length > 5
    do:
      - tag: has-mail
  - id: broken
    when: message.received
    if:
      - text: balance
    do:
      - reply: "{{ contact.extra.balance }}"
  - id: on-trial
    state: shadow
    priority: 1
    when: message.received
    if:
      - language: [th, zh]
      - expr: event.messages | length > 0
    do:
      - reply: "เร็ว ๆ นี้"
  - id: new-talk
    when: conversation.opened
    do:
      - tag: new
"""


async def played(place: Place) -> None:
    """A morning with everything that withholds or changes an answer."""
    async with place.worker():
        eve = place.conversation(language="en")
        lin = place.conversation(language="zh-Hant", channel="whatsapp")
        nok = place.conversation(language="th", channel="line")
        for who, text in [(eve, "hello there"), (lin, "請問價錢"), (nok, "ราคาเท่าไหร่")]:
            place.stage.customer_says(who, text)
        await place.passes(30)
        for text in ("how", "how much", "is it?"):  # one burst
            place.stage.customer_says(eve, text)
            await place.passes(0.5)
        await place.passes(30)
        place.stage.customer_says(eve, "2")  # of the menu
        place.stage.customer_says(lin, "price? and my order AB123456, my balance")
        await place.passes(30)
        place.stage.agent_says(nok, "I am here")
        await place.passes(10)
        place.stage.customer_says(nok, "price")
        place.stage.customer_says(lin, "my balance")
        await place.passes(30)
        place.stage.customer_says(lin, "a t-shirt, write to lin@example.com")
        await place.passes(30)
        place.stage.customer_says(lin, "M")
        await place.passes(30)
        place.stage.customer_says(eve, "unsubscribe")
        await place.passes(30)
        place.stage.customer_says(eve, "price")
        await place.passes(30)


def test_asking_again_with_the_recorded_context_gives_the_recorded_trace(tmp_path: Path) -> None:
    """`explain` would tell of an event what did not happen."""
    asked: set[Reason] = set()
    flows: list[str] = []

    async def scenario(place: Place) -> None:
        await played(place)
        ruleset = load_rules(place.rules)
        for stored in await place.ledger.events(ACCOUNT, limit=1000):
            if stored.trace is None or not stored.trace.rules:
                continue
            await same(place, stored, ruleset)
            asked.update(one.reason for one in stored.trace.rules)
            flows.extend(one.detail for one in stored.trace.rules if one.flow)

    play(RULES, scenario, tmp_path)
    # else the morning above does not put the question
    assert len(flows) == 2
    assert asked >= {
        Reason.MATCHED,
        Reason.SHADOW,
        Reason.CONDITION,
        Reason.UNDECIDED,
        Reason.OUTRANKED,
        Reason.COOLDOWN,
        Reason.HUMAN,
    }


async def same(place: Place, stored: StoredEvent, ruleset: RuleSet) -> None:
    """Conditions say again what is recorded of them, and explaining says nothing else."""
    assert stored.planned_at is not None
    assert stored.trace is not None
    assert len(written_trace(stored.trace)) <= TRACE_BYTES
    before = [
        await place.ledger.event(ACCOUNT, EventId(one))
        for one in burst_before(stored.event, stored.context)
    ]
    events = [*(one.event for one in before if one is not None), stored.event]
    facts = facts_of(seen(events, stored.planned_at, stored.context), ruleset.names)
    rules = {str(rule.id): rule for rule in ruleset.rules}
    again = retell(facts, ruleset, stored.trace)
    assert again.besides == tuple(one for one in stored.trace.rules if one.flow)
    told = {one.rule.id: one for one in again.rules}
    if stored.event.resumed is not None:
        assert not told
        return
    for one in (one for one in stored.trace.rules if not one.flow):
        assert triggered(facts, rules[one.rule])
        assert ask(facts, rules[one.rule]).verdicts == one.verdicts
        full = told[RuleId(one.rule)].trace
        assert (full.reason, full.detail, full.acts) == (one.reason, one.detail, one.acts)
        assert full.verdicts[: len(one.verdicts)] == one.verdicts
    unasked = told.keys() - {one.rule for one in stored.trace.rules}
    silent = {Reason.CONDITION, Reason.UNDECIDED, Reason.OPTED_OUT}
    assert {told[one].trace.reason for one in unasked} <= silent


def test_every_event_of_a_morning_can_be_told(tmp_path: Path) -> None:
    """The one event that somebody asks about would be the one that ends in a traceback."""
    shown: dict[str, str] = {}

    async def scenario(place: Place) -> None:
        await played(place)
        today = Today(load_rules(place.rules), asked=False)
        teller = Teller(place.ledger, ACCOUNT, today)
        for stored in await place.ledger.events(ACCOUNT, limit=1000):
            case = await teller.tell(stored)
            json.dumps(as_json(case))
            shown[str(stored.event.id)] = printed(case)
        talks = await place.ledger.tracked(ACCOUNT)
        lasts = [await teller.tell_last(talk) for talk in talks]
        assert all(last.others for last in lasts)

    play(RULES, scenario, tmp_path)
    texts = "\n".join(shown.values())
    for words in (
        "just before: “how”\njust before: “how much”\n“is it?”",
        "they came in one burst",
        "order  outranked: price-list comes first, and rests",
        "flow: goes on after 'which': answered",
        "flow: ask 'which': this message is the answer",
        "→ reply “M it is”  done, msg_",
        "would have acted (shadow)",
        "human: a person wrote at",
        "undecided: template:",
        "opt-out  acted",
        "yes  text: mentions 'unsubscribe'",
        "own_message: a colleague wrote it",
    ):
        assert words in texts


def printed(case: Case) -> str:
    """The case as a file would hold it."""
    console = Console(width=2_000, force_terminal=False, file=io.StringIO())
    console.print(drawn(case, marks=True))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


TRIAL = """
defaults: { settle: 0s }
rules:
  - id: trial
    state: shadow
    priority: 5
    when: message.received
    if: [{ text: price }]
    do:
      - reply: From fifty dollars.
      - tag: on-trial
      - hand_over: { team: t_sales }
    cooldown: { for: 12h, per: contact }
  - id: live
    when: message.received
    if: [{ text: price }]
    do:
      - reply: See our list.
"""


def test_a_rule_on_trial_does_nothing_and_is_told_as_if_it_had(tmp_path: Path) -> None:
    """Customers would be experimented with, or the author learn nothing."""

    async def scenario(place: Place) -> None:
        first, second = place.conversation(), place.conversation()
        async with place.worker():
            for _ in range(3):
                place.stage.customer_says(first, "price?")
                await place.passes(700)
        async with place.worker():  # a restart does not let it forget
            place.stage.customer_says(first, "price?")
            await place.passes(60)
            place.stage.customer_says(second, "price?")
            await place.passes(60)
        assert place.texts(first) == ["See our list."] * 4
        assert place.texts(second) == ["See our list."]
        activity = {one.rule_id: one for one in await place.ledger.activity(ACCOUNT, START)}
        trial, live = activity[RuleId("trial")], activity[RuleId("live")]
        assert (trial.shadow, trial.firings, trial.sends) == (True, 2, 2)
        assert trial.beside == {RuleId("live"): 2}
        assert (live.shadow, live.firings, live.sends) == (False, 5, 5)
        told = [
            one
            for stored in await place.ledger.events(ACCOUNT, limit=100)
            if stored.trace is not None
            for one in stored.trace.rules
            if one.rule == "trial"
        ]
        assert sorted(one.reason.value for one in told) == ["cooldown"] * 3 + ["shadow"] * 2
        acts = [act.kind for act in told[0].acts]
        assert acts == ["reply", "tag", "hand_over"]
        states = await place.ledger.conversations(ACCOUNT, await place.ledger.tracked(ACCOUNT))
        assert not any(one.silent_until_closed for one in states.values())

    play(TRIAL, scenario, tmp_path)


def test_a_rule_on_trial_delays_no_answer(tmp_path: Path) -> None:
    """Its long settle window would be the customers'."""
    rules = TRIAL.replace("    state: shadow", "    state: shadow\n    settle: 60s")

    async def scenario(place: Place) -> None:
        async with place.worker():
            who = place.conversation()
            place.stage.customer_says(who, "price?")
            await place.passes(10)
            assert place.texts(who) == ["See our list."]

    play(rules, scenario, tmp_path)


def test_a_rule_taken_off_trial_begins_without_the_rests_of_its_trial(tmp_path: Path) -> None:
    """Made live, it would be silent for twelve hours, and nobody would know why."""

    async def scenario(place: Place) -> None:
        who = place.conversation()
        async with place.worker():
            place.stage.customer_says(who, "price?")
            await place.passes(700)
        place.rules.write_text(TRIAL.replace("state: shadow", "state: live"), "utf-8")
        async with place.worker():
            place.stage.customer_says(who, "price?")
            await place.passes(30)
        assert place.texts(who) == ["See our list.", "From fifty dollars."]

    play(TRIAL, scenario, tmp_path)
