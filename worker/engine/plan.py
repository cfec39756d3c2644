"""What is done about one event: which rules act, which are withheld and why, as rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from worker.engine.acts import act_of
from worker.engine.flow import cancellations
from worker.engine.guards import (
    Withheld,
    conversation_guard,
    cooldown_guard,
    limit_guard,
    opted_out,
    stale_guard,
)
from worker.engine.match import Asked, match
from worker.engine.rank import Rank
from worker.engine.recorded import TALK, context_of
from worker.engine.segment import Begun, Segment, intent_of, numbered, segment
from worker.engine.standing import Standing
from worker.engine.talk import Talk, hear, no_answer
from worker.engine.thresholds import answered_guard
from worker.model.action import Action, Guards, Intent, RenderError
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import EventId, RuleId
from worker.model.ledger import Firing, Planned
from worker.model.rule import Rule, RuleSet
from worker.model.verdict import Act, Answer, Reason, RuleTrace, Trace
from worker.text.normalise import LONGEST_READ, normalise

OPT_OUT_RULE = RuleId("opt-out")
"""The id under which the confirmation of an opt-out is journalled."""


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
    turn.end()
    talk = turn.talk
    context = context_of(facts, ruleset, standing.conversation, standing.contact)
    if talk.taken_by:
        context = {**context, TALK: talk.taken_by}
    return Planned(
        account=facts.event.account,
        events=tuple(events),
        at=facts.now,
        trace=Trace(rules=(*talk.traces, *turn.traces)),
        intents=(*talk.intents, *turn.intents),
        firings=tuple(turn.firings),
        context=context,
        caused=tuple(talk.caused),
        timers=tuple(talk.moved),
        scripts=turn.scripts,
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
        self.scripts: dict[str, str] = {}
        self.talk = hear(facts, standing) if standing.flows else Talk()
        self._live = Rank()
        self._trial = Rank()
        if self.talk.answered is not None:
            self._answered(self.talk.answered.rule.id)

    def take(self, asked: Asked) -> None:
        """One rule's answer is weighed; its trace and, if it acts, its intents are noted."""
        rule = asked.rule
        if rule.priority < 0:
            self._no_answer()  # a question comes before what is said when nothing else is
        if asked.reason is not Reason.MATCHED:
            self._note(asked, asked.reason)
            return
        shadow = rule.state == "shadow"
        ranks = (self._trial,) if shadow else (self._live, self._trial)
        withheld = ranks[0].outranked(rule) or self._withheld(rule)
        part = Segment(())
        if withheld is None:
            begun = Begun(about=self.facts.event.id, found=asked.found)
            try:
                part = segment(self.facts, rule, numbered(rule.steps), begun)
            except RenderError as error:
                withheld = Withheld(Reason.UNDECIDED, f"template: {error}")
        if withheld is not None:
            self._note(asked, withheld.reason, withheld.detail)
            for rank in ranks:
                rank.hold(rule, withheld)
            return
        self._act(asked, part)
        for rank in ranks:
            rank.acted(rule, stops=part.stops)

    def end(self) -> None:
        """No rule is left to ask."""
        self._no_answer()

    def _no_answer(self) -> None:
        """A message that no rule answers is no answer to the question that is open."""
        if self.talk.open is not None and not self._live.taken:
            question = no_answer(self.talk, self.facts, self.standing)
            if question is not None:
                self._answered(question.rule.id)

    def _answered(self, rule: RuleId) -> None:
        for rank in (self._live, self._trial):
            rank.answered(rule)

    def _withheld(self, rule: Rule) -> Withheld | None:
        facts, standing = self.facts, self.standing
        conversation_id, contact_id = facts.event.conversation_id, facts.event.contact_id
        late = stale_guard(facts.event.at, rule.expires_after, facts.now) or answered_guard(
            facts.event, standing.conversation, standing.history
        )
        if late is not None:
            return late
        if rule.visible:
            if standing.conversation is None:
                return Withheld(Reason.UNSUPPORTED, "this event belongs to no conversation")
            held = conversation_guard(
                standing.conversation, standing.contact, rule.human_quiet, facts.now
            )
            if held is not None:
                return held
        if standing.flows and standing.under_way(rule.id):
            return Withheld(Reason.COOLDOWN, "it waits in this conversation, and rests until then")
        history = standing.history.shadow if rule.state == "shadow" else standing.history
        cooling = cooldown_guard(rule, history, facts.now, conversation_id, contact_id)
        if cooling is not None or not rule.visible:
            return cooling
        typed_at = facts.event.at if facts.message is not None and facts.pick is None else None
        return limit_guard(
            rule.limits, history, facts.now, conversation_id, contact_id, typed_at=typed_at
        )

    def _act(self, asked: Asked, part: Segment) -> None:
        rule, event = asked.rule, self.facts.event
        shadow = rule.state == "shadow"
        acts = tuple(act_of(intent) for intent in part.intents)
        if shadow:
            self._note(asked, Reason.SHADOW, "would have acted", acts)
        else:
            self._note(asked, Reason.MATCHED, "", acts)
            self.intents.extend(part.intents)
            if rule.script is not None:
                self.scripts[rule.script.name] = rule.script.body
            if part.silences:
                self._silence(rule)
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

    def _silence(self, rule: Rule) -> None:
        """The conversation is handed over: what waits in it ends."""
        going_on = {event.id for event in self.talk.caused}
        left = [one for one in self.standing.flows if one.timer.event_id not in going_on]
        handed = Withheld(Reason.HANDED_OVER, f"{rule.id} handed the conversation over")
        self.talk.caused += cancellations(left, self.facts.now, handed, all_of_them=True)

    def _note(
        self, asked: Asked, reason: Reason, detail: str = "", acts: tuple[Act, ...] = ()
    ) -> None:
        shadow = asked.rule.state == "shadow"
        self.traces.append(RuleTrace(asked.rule.id, reason, detail, asked.verdicts, shadow, acts))


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
        caused=cancellations(
            standing.flows, facts.now, Withheld(Reason.OPTED_OUT, "the contact asked for silence")
        ),
    )


def _confirming(confirmation: Action, facts: Facts, quiet: timedelta) -> Intent:
    """The confirmation of an opt-out.

    Raises:
        RenderError: its template cannot be filled.
    """
    work = confirmation.render(facts, _CONFIRMING, {})
    guards = Guards(human_quiet=quiet, despite_opt_out=True)
    intent = intent_of(facts, OPT_OUT_RULE, 0, confirmation.kind, work, guards)
    return replace(intent, expires_at=facts.event.at + _CONFIRMING.expires_after)


_CONFIRMING = Rule(id=OPT_OUT_RULE, order=-1, triggers=(), conditions=(), steps=())
