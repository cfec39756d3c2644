"""One event, one answer: which rules act, which do not and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from tests.build import (
    CONTACT,
    CONVERSATION,
    NOW,
    Notes,
    Says,
    Sends,
    Stops,
    World,
    conversation_state,
    facts,
    message,
    rule,
    rule_set,
)
from worker.engine.opting import OPT_OUT_RULE
from worker.engine.plan import decide
from worker.model.event import EventKind
from worker.model.facts import Pick
from worker.model.ids import IntentKey, RuleId
from worker.model.ledger import Firing, Planned, VisibleSend
from worker.model.limit import Limit
from worker.model.rule import Cooldown, Rule
from worker.model.state import ContactState
from worker.model.verdict import Act, Answer, Reason


def decided(
    *rules: Rule, world: World | None = None, text: str = "price", **more: object
) -> Planned:
    """The decision on one message."""
    chosen = rule_set(*rules)
    about = facts(text, **more)  # type: ignore[arg-type]
    return decide(about, [about.event.id], chosen.rules, chosen, (world or World()).standing)


def reasons(planned: Planned) -> dict[str, Reason]:
    """Reason by rule."""
    return {one.rule: one.reason for one in planned.trace.rules}


def actors(planned: Planned) -> list[str]:
    """Rules that left intents."""
    return [one.rule_id for one in planned.intents]


def test_only_the_first_rule_with_a_visible_action_answers() -> None:
    """Two rules that both fit would talk over each other."""
    planned = decided(rule("first"), rule("second"))
    assert actors(planned) == ["first"]
    assert reasons(planned) == {"first": Reason.MATCHED, "second": Reason.OUTRANKED}


def test_priority_comes_before_file_order() -> None:
    """An author could not put an exception in front of a general rule."""
    assert actors(decided(rule("low"), rule("high", priority=5))) == ["high"]


def test_rules_without_visible_actions_all_act() -> None:
    """Tagging rules would silence each other."""
    planned = decided(rule("a", does=(Notes(),)), rule("b"), rule("c", does=(Notes(),)))
    assert actors(planned) == ["a", "b", "c"]


def test_also_answers_beside_an_earlier_rule() -> None:
    """`also: true` would mean nothing."""
    assert actors(decided(rule("a"), rule("b", also=True))) == ["a", "b"]


def test_stop_hides_the_event_from_later_rules_only() -> None:
    """`stop` would undo its own rule or be ignored."""
    planned = decided(rule("a", does=(Sends(), Stops())), rule("b", does=(Notes(),)))
    assert actors(planned) == ["a"]
    assert reasons(planned)["b"] is Reason.OUTRANKED


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (World(conversation=conversation_state(status="closed")), Reason.CLOSED),
        (World(conversation=conversation_state(status="spam")), Reason.CLOSED),
        (World(conversation=conversation_state(mode="automation")), Reason.VENDOR_BOT),
        (World(conversation=conversation_state(silent_until_closed=True)), Reason.HANDED_OVER),
        (
            World(conversation=conversation_state(silent_until=NOW + timedelta(minutes=1))),
            Reason.HANDED_OVER,
        ),
        (
            World(conversation=conversation_state(last_person_at=NOW - timedelta(minutes=29))),
            Reason.HUMAN,
        ),
        (World(contact=ContactState(id=CONTACT, opted_out_at=NOW)), Reason.OPTED_OUT),
        (
            World(contact=ContactState(id=CONTACT, tags=frozenset({"do-not-disturb"}))),
            Reason.OPTED_OUT,
        ),
        (World(conversation=None), Reason.UNSUPPORTED),
    ],
)
def test_a_guard_withholds_the_answer_and_no_later_rule_gives_one(
    world: World, expected: Reason
) -> None:
    """An agent would be talked over by the second-best rule."""
    planned = decided(rule("a"), rule("b", priority=-1), world=world)
    assert actors(planned) == []
    assert reasons(planned) == {"a": expected, "b": Reason.OUTRANKED}


def test_guards_leave_invisible_actions_alone() -> None:
    """Tagging would stop whenever an agent is at work."""
    world = World(conversation=conversation_state(last_person_at=NOW))
    assert actors(decided(rule("a", does=(Notes(),)), world=world)) == ["a"]


def test_human_quiet_of_zero_ignores_people_and_ends_after_its_time() -> None:
    """The rule key would mean nothing, or a conversation stay silent for ever."""
    world = World(conversation=conversation_state(last_person_at=NOW - timedelta(minutes=31)))
    assert actors(decided(rule("a"), world=world)) == ["a"]
    world = World(conversation=conversation_state(last_person_at=NOW))
    assert actors(decided(rule("a", human_quiet=timedelta(0)), world=world)) == ["a"]


def test_cooldown_rests_the_rule_and_lets_a_fallback_answer() -> None:
    """Clarification 18: only a rest of its own makes room, and only for a fallback."""
    world = World()
    world.history.fired([Firing("a", NOW - timedelta(hours=1), "conv_1", CONTACT)])  # type: ignore[arg-type]
    resting = rule("a", cooldown=Cooldown(timedelta(hours=12), "contact"))
    planned = decided(resting, rule("b"), rule("fallback", priority=-1), world=world)
    assert reasons(planned) == {
        "a": Reason.COOLDOWN,
        "b": Reason.OUTRANKED,
        "fallback": Reason.MATCHED,
    }
    assert actors(planned) == ["fallback"]


def test_cooldown_is_over_exactly_after_its_window() -> None:
    """An off-by-one would silence a daily greeting every second day."""
    world = World()
    world.history.fired([Firing("a", NOW - timedelta(hours=12), None, CONTACT)])  # type: ignore[arg-type]
    cooled = rule("a", cooldown=Cooldown(timedelta(hours=12), "contact"))
    assert actors(decided(cooled, world=world)) == ["a"]


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        ((24, 16, 8), Reason.LOOP),
        ((24, 16, 10), Reason.LIMIT),  # the last answer was read first
        ((30, 16, 8), Reason.LIMIT),
        ((8, 8, 8), Reason.LIMIT),  # three steps of one answer
        ((16, 8.1, 8), Reason.LOOP),  # two steps of the second answer
    ],
)
def test_a_loop_is_told_by_its_pace(seconds: tuple[float, ...], reason: Reason) -> None:
    """A bot that is answered in vain would look like a keen customer, or a customer like a bot."""
    world = World()
    world.history.sending(
        VisibleSend(
            IntentKey(f"k{n}"), NOW - timedelta(seconds=ago), CONVERSATION, CONTACT, RuleId("r")
        )
        for n, ago in enumerate(seconds)
    )
    assert reasons(decided(rule("a"), world=world)) == {"a": reason}


def test_whoever_presses_buttons_is_no_bot() -> None:
    """Three picks of a menu in ten seconds are a person who knows what they want."""
    world = World()
    world.history.sending(
        VisibleSend(
            IntentKey(f"k{n}"), NOW - timedelta(seconds=3 * n), CONVERSATION, CONTACT, RuleId("r")
        )
        for n in (3, 2, 1)
    )
    picked = decided(rule("a"), world=world, pick=Pick("main", "Prices", "prices"))
    assert reasons(picked) == {"a": Reason.LIMIT}
    assert reasons(decided(rule("a"), world=world)) == {"a": Reason.LOOP}


def test_who_only_waits_is_no_bot() -> None:
    """A customer who was sent enough and waits would be told to operators as a program."""
    world = World()
    world.history.sending(
        VisibleSend(
            IntentKey(f"k{ago}"), NOW - timedelta(seconds=ago), CONVERSATION, CONTACT, RuleId("r")
        )
        for ago in (24, 16, 8)
    )
    typed = facts()
    kind = EventKind.CONVERSATION_WAITING
    waits = changed(typed, event=changed(typed.event, kind=kind), kinds=frozenset({kind}))
    chosen = rule_set(rule("a", when=kind))
    told = decide(waits, [waits.event.id], chosen.rules, chosen, world.standing)
    assert reasons(told) == {"a": Reason.LIMIT}


def test_the_limit_counts_sends_of_all_rules_together() -> None:
    """Three rules with a limit of three each would send nine."""
    world = World()
    world.history.sending(
        VisibleSend(IntentKey(f"k{n}"), NOW - timedelta(minutes=n), "conv_1", CONTACT, RuleId("r"))  # type: ignore[arg-type]
        for n in range(3)
    )
    assert reasons(decided(rule("a"), world=world)) == {"a": Reason.LIMIT}
    world.history.not_sent(IntentKey("k1"))
    assert reasons(decided(rule("a"), world=world)) == {"a": Reason.MATCHED}


def test_a_stale_event_is_recorded_and_not_answered() -> None:
    """After a night's outage everybody would be answered at breakfast."""
    planned = decided(rule("a"), rule("b", does=(Notes(),)), at=NOW - timedelta(minutes=16))
    assert actors(planned) == []
    assert set(reasons(planned).values()) == {Reason.STALE}


def test_shadow_decides_but_leaves_the_answer_to_live_rules() -> None:
    """A rule on trial would silence the one it is compared with."""
    planned = decided(rule("trial", state="shadow"), rule("live"))
    assert actors(planned) == ["live"]
    assert reasons(planned) == {"trial": Reason.SHADOW, "live": Reason.MATCHED}


def test_a_paused_rule_is_not_asked() -> None:
    """`paused` would be `shadow`."""
    planned = decided(rule("a", Says(answer=Answer.UNDECIDED), state="paused"))
    assert reasons(planned) == {"a": Reason.PAUSED}


def test_an_undecided_condition_never_fires() -> None:
    """A failing look-up would answer at random."""
    planned = decided(rule("a", Says(answer=Answer.UNDECIDED)))
    assert reasons(planned) == {"a": Reason.UNDECIDED}


def test_a_template_that_fails_sends_nothing_of_its_rule_nor_of_the_next() -> None:
    """Half an answer, or the wrong one, is worse than none."""
    planned = decided(rule("a", does=(Sends(), Sends(fails=True))), rule("b"))
    assert actors(planned) == []
    assert reasons(planned) == {"a": Reason.UNDECIDED, "b": Reason.OUTRANKED}
    assert "price" in planned.trace.rules[0].detail


def test_keys_depend_on_the_cause_alone() -> None:
    """Planning again after a crash would send again."""
    first = decided(rule("a", does=(Sends(), Notes())))
    again = decided(rule("a", does=(Sends(text="other"), Notes())), now=NOW + timedelta(minutes=3))
    assert [one.key for one in first.intents] == [one.key for one in again.intents]
    assert len({one.key for one in first.intents}) == 2


def test_an_opt_out_is_confirmed_once_and_silences_all_rules() -> None:
    """A customer who says stop must not be sold something in reply."""
    world = World()
    chosen = rule_set(rule("a"), stop_phrases=Says("stop"), stop_confirmation=Sends(text="bye"))
    about = facts("please stop")
    first = decide(about, [about.event.id], chosen.rules, chosen, world.standing)
    assert actors(first) == [OPT_OUT_RULE]
    assert first.contact is not None
    assert first.contact.opted_out_at == NOW
    world.contact = first.contact
    again = decide(about, [about.event.id], chosen.rules, chosen, world.standing)
    assert actors(again) == []


def test_an_opt_out_beside_a_person_is_noted_but_not_confirmed() -> None:
    """The worker would talk over the agent with its confirmation."""
    world = World(conversation=conversation_state(last_person_at=NOW))
    chosen = rule_set(rule("a"), stop_phrases=Says("stop"), stop_confirmation=Sends())
    about = facts("stop")
    planned = decide(about, [about.event.id], chosen.rules, chosen, world.standing)
    assert planned.intents == ()
    assert planned.contact is not None
    assert planned.contact.opted_out_at == NOW


def test_a_delayed_step_expires_that_much_later() -> None:
    """A reply with a delay beyond `expires_after` could never be sent."""
    planned = decided(rule("a", does=(Sends(pause=timedelta(hours=1)),)))
    (intent,) = planned.intents
    assert intent.not_before == NOW + timedelta(hours=1)
    assert intent.expires_at == replace(intent).event_at + timedelta(hours=1, minutes=15)


def test_an_also_rule_does_not_answer_instead_of_a_withheld_one() -> None:
    """Clarification 18: a person would be talked over by whichever rule has the looser guard."""
    world = World(conversation=conversation_state(last_person_at=NOW))
    loose = rule("loose", also=True, human_quiet=timedelta(0), priority=-1)
    planned = decided(rule("winner"), loose, world=world)
    assert actors(planned) == []
    assert reasons(planned) == {"winner": Reason.HUMAN, "loose": Reason.OUTRANKED}


def test_an_also_rule_that_is_withheld_leaves_other_also_rules_alone() -> None:
    """The answer has been given; each companion has its own guards."""
    world = World(conversation=conversation_state(last_person_at=NOW))
    free = timedelta(0)
    planned = decided(
        rule("winner", human_quiet=free),
        rule("withheld", also=True),
        rule("companion", also=True, human_quiet=free),
        world=world,
    )
    assert actors(planned) == ["winner", "companion"]


def test_an_opt_out_in_an_earlier_message_of_a_burst_counts() -> None:
    """`stop` followed by `thanks` would be overheard."""
    about = facts("thanks")
    assert about.message is not None
    burst = replace(about, messages=(message("stop", name="msg_0"), about.message))
    chosen = rule_set(rule("a"), stop_phrases=Says("stop"), stop_confirmation=Sends("bye"))
    planned = decide(burst, [about.event.id], chosen.rules, chosen, World().standing)
    assert actors(planned) == [OPT_OUT_RULE]
    assert planned.contact is not None
    assert planned.contact.opted_out_at == NOW


def test_a_confirmation_that_cannot_be_filled_still_opts_out() -> None:
    """One contact without a name would end the worker at every start."""
    chosen = rule_set(rule("a"), stop_phrases=Says("stop"), stop_confirmation=Sends(fails=True))
    about = facts("stop")
    planned = decide(about, [about.event.id], chosen.rules, chosen, World().standing)
    assert actors(planned) == []
    assert "template" in planned.trace.note
    assert planned.contact is not None
    assert planned.contact.opted_out_at == NOW


def test_a_rule_with_a_limit_of_its_own_is_not_silenced_by_other_rules() -> None:
    """Fifty answers of the price list would end the day of a promotion with a limit of fifty."""
    asked = rule("promotion", limits=(Limit(1, timedelta(days=1), "rule"),))
    for sender, reason in (("price-list", Reason.MATCHED), ("promotion", Reason.LIMIT)):
        world = World()
        sent = VisibleSend(IntentKey("k"), NOW - timedelta(hours=2), None, None, RuleId(sender))
        world.history.sending([sent])
        assert reasons(decided(asked, world=world)) == {"promotion": reason}


def test_strangers_do_not_share_limits_or_rests() -> None:
    """Twenty customers whose contact is unknown would silence all others."""
    world = World()
    other = [
        VisibleSend(IntentKey(f"k{number}"), NOW, "conv_2", None, RuleId("r"))  # type: ignore[arg-type]
        for number in range(20)
    ]
    world.history.sending(other)
    world.history.fired([Firing("a", NOW, "conv_2", None)])  # type: ignore[arg-type]
    about = facts("hello")
    about = replace(about, event=replace(about.event, contact_id=None))
    chosen = rule_set(rule("a", cooldown=Cooldown(timedelta(hours=1), "contact")))
    planned = decide(about, [about.event.id], chosen.rules, chosen, world.standing)
    assert actors(planned) == ["a"]


def test_the_steps_of_a_rule_count_for_limits_in_their_order() -> None:
    """Just before sending, the third of five replies would be withheld and the fifth sent."""
    planned = decided(rule("a", does=tuple(Sends(str(number)) for number in range(5))))
    made = [one.created_at for one in planned.intents]
    assert made == sorted(set(made))


def test_rules_in_shadow_outrank_each_other_and_no_live_rule() -> None:
    """The report would tell of two answers where customers would have got one."""
    planned = decided(
        rule("trial", state="shadow"), rule("other-trial", state="shadow"), rule("live")
    )
    assert actors(planned) == ["live"]
    assert reasons(planned) == {
        "trial": Reason.SHADOW,
        "other-trial": Reason.OUTRANKED,
        "live": Reason.MATCHED,
    }


def test_a_rule_in_shadow_is_outranked_by_a_live_rule_before_it() -> None:
    """It would seem to answer what it never would."""
    planned = decided(rule("live"), rule("trial", state="shadow"))
    assert reasons(planned) == {"live": Reason.MATCHED, "trial": Reason.OUTRANKED}


def test_stop_in_shadow_stops_rules_in_shadow_alone() -> None:
    """A rule on trial would switch live rules off."""
    planned = decided(
        rule("trial", does=(Notes(), Stops()), state="shadow"),
        rule("tags", does=(Notes(),)),
        rule("other-trial", does=(Notes(),), state="shadow"),
    )
    assert actors(planned) == ["tags"]
    assert reasons(planned)["other-trial"] is Reason.OUTRANKED


def test_what_a_rule_in_shadow_would_have_done_is_in_its_trace() -> None:
    """An author would have to believe that it would have been right."""
    planned = decided(rule("trial", does=(Sends(text="from 50 dollars"), Notes()), state="shadow"))
    (told,) = planned.trace.rules
    assert told.shadow
    assert told.acts == (
        Act(0, "reply", "from 50 dollars", visible=True),
        Act(1, "tag", "hello"),
    )
    assert planned.intents == ()
    assert [(one.rule_id, one.shadow, one.sends) for one in planned.firings] == [("trial", True, 1)]


def test_a_rule_in_shadow_rests_as_it_would_if_it_were_live() -> None:
    """With a cooldown of 12 h it would seem to have answered fifty times a day."""
    world = World()
    trial = rule("a", state="shadow", cooldown=Cooldown(timedelta(hours=12)))
    first = decided(trial, world=world)
    world.history.fired(first.firings)
    assert reasons(decided(trial, world=world)) == {"a": Reason.COOLDOWN}
    live = replace(trial, state="live")
    assert reasons(decided(live, world=world)) == {"a": Reason.MATCHED}


def test_live_firings_do_not_rest_a_rule_in_shadow() -> None:
    """A rule set back to shadow would be judged by what it did when it was live."""
    world = World()
    live = rule("a", cooldown=Cooldown(timedelta(hours=12)))
    world.history.fired(decided(live, world=world).firings)
    assert reasons(decided(live, world=world)) == {"a": Reason.COOLDOWN}
    assert reasons(decided(replace(live, state="shadow"), world=world)) == {"a": Reason.SHADOW}


def test_limits_count_rules_in_shadow_among_themselves() -> None:
    """Three imagined answers would silence a live rule, or a trial never be limited."""
    world = World()
    trial = rule("trial", does=(Sends(), Sends("more"), Sends("and more")), state="shadow")
    firings = decided(trial, world=world).firings
    for _ in range(2):  # told twice, as after a longer look back, it counts once
        world.history.fired(firings)
    other = rule("other", state="shadow")
    assert reasons(decided(other, world=world)) == {"other": Reason.LIMIT}
    assert reasons(decided(replace(other, state="live"), world=world)) == {"other": Reason.MATCHED}
    larger = replace(other, limits=(Limit(4, timedelta(minutes=10), "conversation"),))
    assert reasons(decided(larger, world=world)) == {"other": Reason.SHADOW}
    world.history.forget(NOW + timedelta(minutes=1))
    assert reasons(decided(other, world=world)) == {"other": Reason.SHADOW}


def test_guards_hold_in_shadow_as_they_would() -> None:
    """A trial would answer beside people, and the report would praise it for that."""
    world = World(conversation=conversation_state(last_person_at=NOW))
    planned = decided(rule("trial", state="shadow"), world=world)
    assert [(one.reason, one.shadow) for one in planned.trace.rules] == [(Reason.HUMAN, True)]


def test_what_acts_is_in_the_trace_with_what_it_says() -> None:
    """`explain` could not say what was sent once the intent is pruned."""
    planned = decided(rule("a", does=(Sends(text="x" * 5_000), Notes())))
    (told,) = planned.trace.rules
    assert [(act.position, act.kind, act.visible) for act in told.acts] == [
        (0, "reply", True),
        (1, "tag", False),
    ]
    assert told.acts[0].text == "x" * 300
