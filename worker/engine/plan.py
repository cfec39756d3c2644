"""What is done about one event: which rules act, which are withheld and why, as rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from worker.engine.acts import act_of
from worker.engine.guards import (
    Withheld,
    conversation_guard,
    cooldown_guard,
    limit_guard,
    opted_out,
    stale_guard,
)
from worker.engine.history import History
from worker.engine.keys import intent_key
from worker.engine.match import Asked, match
from worker.engine.rank import Rank
from worker.engine.recorded import context_of
from worker.engine.thresholds import answered_guard
from worker.model.action import Action, Guards, Intent, RenderError
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import EventId, RuleId
from worker.model.ledger import Firing, Planned
from worker.model.noun import Noun
from worker.model.rule import Rule, RuleSet
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Act, Answer, Reason, RuleTrace, Trace
from worker.text.normalise import LONGEST_READ, normalise

OWN_DOING = {"hand_over": Reason.HANDED_OVER, "close": Reason.CLOSED}
"""Actions that silence the conversation for later rules and events, not for their own rule."""

OPT_OUT_RULE = RuleId("opt-out")
"""The id under which the confirmation of an opt-out is journalled."""


class Standing(Noun, frozen=True, kw_only=True):
    """What the worker remembers about the event's conversation and contact; None: there is none."""

    conversation: ConversationState | None
    contact: ContactState | None
    history: History


def decide(
    facts: Facts,
    events: Sequence[EventId],
    rules: Sequence[Rule],
    ruleset: RuleSet,
    standing: Standing,
) -> Planned:
    """The whole decision on one event.

    Args:
        events: every event of the burst, the deciding one last.
        rules: those worth asking, in asking order (the index's candidates, or all).
    """
    if _opts_out(facts, ruleset, standing):
        return _opt_out(facts, events, ruleset, standing)
    turn = _Turn(facts, ruleset, standing)
    for asked in match(facts, rules):
        turn.take(asked)
    return Planned(
        account=facts.event.account,
        events=tuple(events),
        at=facts.now,
        trace=Trace(rules=tuple(turn.traces)),
        intents=tuple(turn.intents),
        firings=tuple(turn.firings),
        context=context_of(facts, ruleset, standing.conversation, standing.contact),
    )


class _Turn:
    """One event's pass over the rules that fit it, in order."""

    def __init__(self, facts: Facts, ruleset: RuleSet, standing: Standing) -> None:
        self.facts = facts
        self.ruleset = ruleset
        self.standing = standing
        self.traces: list[RuleTrace] = []
        self.intents: list[Intent] = []
        self.firings: list[Firing] = []
        self._live = Rank()
        self._trial = Rank()

    def take(self, asked: Asked) -> None:
        """One rule's answer is weighed; its trace and, if it acts, its intents are noted."""
        rule = asked.rule
        if asked.reason is not Reason.MATCHED:
            self._note(asked, asked.reason)
            return
        shadow = rule.state == "shadow"
        ranks = (self._trial,) if shadow else (self._live, self._trial)
        withheld = ranks[0].outranked(rule) or self._withheld(rule)
        intents: tuple[Intent, ...] = ()
        if withheld is None:
            try:
                intents = render(self.facts, rule, asked.found)
            except RenderError as error:
                withheld = Withheld(Reason.UNDECIDED, f"template: {error}")
        if withheld is not None:
            self._note(asked, withheld.reason, withheld.detail)
            for rank in ranks:
                rank.hold(rule, withheld)
            return
        self._act(asked, intents)
        for rank in ranks:
            rank.acted(rule)

    def _withheld(self, rule: Rule) -> Withheld | None:
        facts, standing = self.facts, self.standing
        conversation_id, contact_id = facts.event.conversation_id, facts.event.contact_id
        stale = stale_guard(facts.event.at, rule.expires_after, facts.now)
        if stale is not None:
            return stale
        answered = answered_guard(facts.event, standing.conversation, standing.history)
        if answered is not None:
            return answered
        if rule.visible:
            if standing.conversation is None:
                return Withheld(Reason.UNSUPPORTED, "this event belongs to no conversation")
            held = conversation_guard(
                standing.conversation, standing.contact, rule.human_quiet, facts.now
            )
            if held is not None:
                return held
        history = standing.history.shadow if rule.state == "shadow" else standing.history
        cooling = cooldown_guard(rule, history, facts.now, conversation_id, contact_id)
        if cooling is not None or not rule.visible:
            return cooling
        typed_at = facts.event.at if facts.message is not None and facts.pick is None else None
        return limit_guard(
            rule.limits, history, facts.now, conversation_id, contact_id, typed_at=typed_at
        )

    def _act(self, asked: Asked, intents: tuple[Intent, ...]) -> None:
        rule, event = asked.rule, self.facts.event
        shadow = rule.state == "shadow"
        acts = tuple(act_of(intent) for intent in intents)
        if shadow:
            self._note(asked, Reason.SHADOW, "would have acted", acts)
        else:
            self._note(asked, Reason.MATCHED, "", acts)
            self.intents.extend(intents)
        self.firings.append(
            Firing(
                rule.id,
                self.facts.now,
                event.conversation_id,
                event.contact_id,
                shadow=shadow,
                sends=sum(act.visible for act in acts),
            )
        )

    def _note(
        self, asked: Asked, reason: Reason, detail: str = "", acts: tuple[Act, ...] = ()
    ) -> None:
        shadow = asked.rule.state == "shadow"
        self.traces.append(RuleTrace(asked.rule.id, reason, detail, asked.verdicts, shadow, acts))


def render(facts: Facts, rule: Rule, found: Mapping[str, Any]) -> tuple[Intent, ...]:
    """One intent a step, templates filled.

    Raises:
        RenderError: some template cannot be filled; then nothing of the rule is done.
    """
    facts = replace(facts, vars={**facts.vars, **rule.vars})
    guards = Guards(
        unanswered_since=facts.event.since,
        human_quiet=rule.human_quiet,
        continue_on_error=rule.continue_on_error,
        limits=rule.limits,
    )
    intents = []
    delays = timedelta(0)
    for position, step in enumerate(rule.steps):
        if step.action.kind == "stop":
            continue
        doing = [one.action.kind for one in rule.steps[:position]]
        own = tuple(dict.fromkeys(OWN_DOING[kind] for kind in doing if kind in OWN_DOING))
        guards = replace(guards, own_doing=own, asked=step.asked)
        work = step.action.render(facts, rule, found)
        intent = _intent(facts, rule.id, position, step.action.kind, work, guards)
        delay = step.action.delay()
        delays += delay
        intents.append(
            replace(
                intent,
                visible=step.action.visible,
                # later steps wait for the delays of earlier ones
                expires_at=facts.event.at + rule.expires_after + delays,
                not_before=facts.now + delay if delay else None,
            )
        )
    return tuple(intents)


def _intent(
    facts: Facts,
    rule_id: RuleId,
    position: int,
    kind: str,
    work: Mapping[str, Any],
    guards: Guards,
) -> Intent:
    event = facts.event
    return Intent(
        key=intent_key(event.account, event.id, rule_id, position),
        account=event.account,
        lane=event.conversation_id or event.id,
        event_id=event.id,
        rule_id=rule_id,
        position=position,
        kind=kind,
        visible=True,
        work=work,
        guards=guards,
        event_at=event.at,
        expires_at=event.at,
        # limits count what was planned before: the steps of one rule in their order
        created_at=facts.now + timedelta(microseconds=position),
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        notification_id=facts.notification.id if facts.notification else None,
    )


def _opts_out(facts: Facts, ruleset: RuleSet, standing: Standing) -> bool:
    """Some message of the burst asks for silence, whatever is said after it."""
    asked = ruleset.stop_phrases
    if asked is None or facts.event.kind is not EventKind.MESSAGE_RECEIVED:
        return False
    if facts.message is None or standing.contact is None:
        return False
    return any(asked.decide(one).answer is Answer.YES for one in _each(facts))


def _each(facts: Facts) -> Iterator[Facts]:
    yield facts
    for message in facts.messages:
        if message is not facts.message:
            yield replace(facts, message=message, text=normalise(message.words[:LONGEST_READ]))


def _opt_out(
    facts: Facts, events: Sequence[EventId], ruleset: RuleSet, standing: Standing
) -> Planned:
    """The contact is opted out; confirmed once, unless something else keeps the worker silent."""
    contact = standing.contact
    if contact is None or standing.conversation is None:
        message = "an opt-out needs a contact and a conversation"
        raise ValueError(message)
    intents: tuple[Intent, ...] = ()
    note = "opted out"
    quiet = max((rule.human_quiet for rule in ruleset.rules), default=_CONFIRMING.human_quiet)
    if opted_out(contact):
        note = "opted out before"
    elif (held := conversation_guard(standing.conversation, None, quiet, facts.now)) is not None:
        note = f"opted out; not confirmed: {held.reason.value}, {held.detail}"
    elif (confirmation := ruleset.stop_confirmation) is not None:
        try:
            intents = (_confirming(confirmation, facts, quiet),)
        except RenderError as error:
            note = f"opted out; not confirmed: template: {error}"
    return Planned(
        account=facts.event.account,
        events=tuple(events),
        at=facts.now,
        trace=Trace(note=note),
        intents=intents,
        context=context_of(facts, ruleset, standing.conversation, standing.contact),
        contact=replace(contact, opted_out_at=contact.opted_out_at or facts.now),
    )


def _confirming(confirmation: Action, facts: Facts, quiet: timedelta) -> Intent:
    """The confirmation of an opt-out.

    Raises:
        RenderError: its template cannot be filled.
    """
    work = confirmation.render(facts, _CONFIRMING, {})
    guards = Guards(human_quiet=quiet, despite_opt_out=True)
    intent = _intent(facts, OPT_OUT_RULE, 0, confirmation.kind, work, guards)
    return replace(intent, expires_at=facts.event.at + _CONFIRMING.expires_after)


_CONFIRMING = Rule(id=OPT_OUT_RULE, order=-1, triggers=(), conditions=(), steps=())
