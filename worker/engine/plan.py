"""What is done about one event: which rules act, which are withheld and why, as rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from worker.engine.acts import act_of
from worker.engine.flow import cancellations
from worker.engine.guards import (
    Withheld,
    conversation_guard,
    cooldown_guard,
    limit_guard,
    stale_guard,
)
from worker.engine.history import Owners
from worker.engine.match import Asked, match
from worker.engine.opting import wish
from worker.engine.rank import Rank
from worker.engine.recorded import TALK, context_of
from worker.engine.segment import Begun, Segment, numbered, segment
from worker.engine.standing import Standing
from worker.engine.talk import Talk, hear, no_answer
from worker.engine.thresholds import answered_guard
from worker.model.action import Intent, RenderError
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import EventId, RuleId
from worker.model.ledger import Firing, Planned
from worker.model.rule import Rule, RuleSet
from worker.model.verdict import Act, Reason, RuleTrace, Trace


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
    wished = wish(facts, events, ruleset, standing)
    if wished is not None:
        return wished
    turn = _Turn(facts, ruleset, standing)
    for asked in match(facts, rules):
        turn.take(asked)
    turn.end()
    talk = turn.talk
    context = context_of(facts, ruleset, standing.conversation, standing.contact, standing.flows)
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
        # an event that only speaks of a message, such as one about waiting, was drawn by nothing
        typed = facts.event.kind is EventKind.MESSAGE_RECEIVED and facts.pick is None
        typed_at = facts.event.at if typed else None
        owners = Owners(conversation_id, contact_id, rule.id)
        return limit_guard(rule.limits, history, facts.now, owners, typed_at=typed_at)

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
