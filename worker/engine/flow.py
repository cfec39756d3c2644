"""Rules that go on: what lets them, what ends them, and the steps they do next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from worker.engine.acts import act_of
from worker.engine.guards import Withheld, conversation_guard, limit_guard, stale_guard
from worker.engine.history import Owners
from worker.engine.recorded import context_of
from worker.engine.segment import Begun, Segment, segment
from worker.engine.standing import Going, Standing
from worker.model.action import RenderError
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.flow import Flow, FlowMark, FlowOutcome, Known, Resumed, Timer
from worker.model.ids import AccountId, ContactId, ConversationId, EventId
from worker.model.ledger import Planned
from worker.model.rule import Rule, RuleSet, places
from worker.model.verdict import Reason, RuleTrace, Trace


def resumed_event(timer: Timer, outcome: FlowOutcome, at: datetime) -> Event:
    """The event that the timer becomes, whatever it is that lets the flow go on."""
    return Event(
        id=timer.event_id,
        account=timer.account,
        kind=EventKind.FLOW_RESUMED,
        at=at,
        conversation_id=timer.conversation_id,
        contact_id=timer.contact_id,
        resumed=Resumed(
            timer=timer.key,
            rule_id=timer.flow.rule_id,
            outcome=outcome,
            about=timer.flow.about,
            step=timer.flow.step,
        ),
    )


def marked_event(
    account: AccountId,
    mark: FlowMark,
    outcome: FlowOutcome,
    at: datetime,
    conversation_id: ConversationId | None,
    contact_id: ContactId | None,
) -> Event:
    """The same, where only the mark in the conversation's state is at hand."""
    return Event(
        id=EventId(f"timer:{mark.key}"),
        account=account,
        kind=EventKind.FLOW_RESUMED,
        at=at,
        conversation_id=conversation_id,
        contact_id=contact_id,
        resumed=Resumed(
            timer=mark.key,
            rule_id=mark.rule_id,
            outcome=outcome,
            about=mark.about,
            step=mark.step,
        ),
    )


def cancelled(event: Event, reason: Reason, detail: str) -> Event:
    """The event that ends the flow instead of letting it go on."""
    if event.resumed is None:
        raise ValueError(event.id)
    ended = replace(event.resumed, outcome=FlowOutcome.CANCELLED, reason=reason, detail=detail)
    return replace(event, resumed=ended)


def cancellations(
    flows: Iterable[Going], at: datetime, withheld: Withheld, *, all_of_them: bool = False
) -> tuple[Event, ...]:
    """Events that end the flows of which customers would still see something, or all of them."""
    return tuple(
        cancelled(
            resumed_event(going.timer, FlowOutcome.CANCELLED, at), withheld.reason, withheld.detail
        )
        for going in flows
        if all_of_them or going.timer.flow.visible
    )


def go_on(
    facts: Facts,
    events: Sequence[EventId],
    going: Going | None,
    ruleset: RuleSet,
    standing: Standing,
) -> Planned:
    """The whole decision on an event that lets a flow go on: its next steps, or its end.

    Args:
        going: the flow and its rule; None: the ledger knows of no such flow.
    """
    resumed = facts.event.resumed
    if resumed is None:
        raise ValueError(facts.event.id)
    told, part = _next(facts, going, resumed, standing)
    trace = replace(told, flow=True)
    others = tuple(one for one in standing.flows if one.timer.key != resumed.timer)
    caused: tuple[Event, ...] = ()
    if part.silences:
        handed = Withheld(Reason.HANDED_OVER, f"{resumed.rule_id} handed the conversation over")
        caused = cancellations(others, facts.now, handed, all_of_them=True)
    return Planned(
        account=facts.event.account,
        events=tuple(events),
        at=facts.now,
        trace=Trace(rules=(trace,)),
        intents=part.intents,
        context=context_of(facts, ruleset, standing.conversation, standing.contact),
        ended=(resumed.timer,),
        caused=caused,
    )


_NOTHING = Segment(())


def _next(
    facts: Facts, going: Going | None, resumed: Resumed, standing: Standing
) -> tuple[RuleTrace, Segment]:
    """What is done of the flow now, and what is told of it."""
    name = resumed.rule_id
    if resumed.outcome is FlowOutcome.CANCELLED:
        reason = resumed.reason or Reason.UNDECIDED
        return RuleTrace(name, reason, f"ended while it waited: {resumed.detail}"), _NOTHING
    if going is None or going.rule is None:
        why = going.problem if going is not None else "it is not in the ledger any more"
        return RuleTrace(name, Reason.UNDECIDED, f"cannot go on: {why}"), _NOTHING
    rule, flow = going.rule, going.timer.flow
    stale = stale_guard(facts.event.at, rule.expires_after, facts.now)
    if stale is not None:
        return RuleTrace(name, stale.reason, f"does not go on: {stale.detail}"), _NOTHING
    begun = Begun(
        about=resumed.about,
        found={**flow.found, **resumed.found},
        steps=known_after(flow.steps, resumed),
        own_doing=flow.own_doing,
    )
    by_place = dict(places(rule.steps))
    left = [(place, by_place[place]) for place in flow.rest]
    try:
        part = segment(facts, rule, left, begun)
    except RenderError as error:
        return RuleTrace(name, Reason.UNDECIDED, f"does not go on: template: {error}"), _NOTHING
    # what customers do not see is nobody's matter
    withheld = flow_guard(facts, rule, flow, standing) if part.visible else None
    if withheld is not None:
        return RuleTrace(name, withheld.reason, f"does not go on: {withheld.detail}"), _NOTHING
    step = f"'{resumed.step}'" if resumed.step else going.timer.kind
    detail = f"goes on after {step}: {resumed.outcome.value}"
    acts = tuple(act_of(intent) for intent in part.intents)
    return RuleTrace(name, Reason.MATCHED, detail, acts=acts), part


def known_after(steps: Known, resumed: Resumed) -> Known:
    """What `steps` tells once the step has ended."""
    if not resumed.step:
        return steps
    told = {"outcome": resumed.outcome.value, "answer": resumed.answer, "payload": resumed.payload}
    return {**steps, resumed.step: told}


def flow_guard(facts: Facts, rule: Rule, flow: Flow, standing: Standing) -> Withheld | None:
    """Why a rule that waits may say nothing to the customer now; None: it may."""
    state = standing.conversation
    if state is None:
        return Withheld(Reason.UNSUPPORTED, "this event belongs to no conversation")
    return conversation_guard(
        state, standing.contact, rule.human_quiet, facts.now, flow.own_doing
    ) or limit_guard(
        rule.limits,
        standing.history,
        facts.now,
        Owners(facts.event.conversation_id, facts.event.contact_id, rule.id),
    )
