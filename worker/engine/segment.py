"""The steps of a rule that are planned together: up to the first that waits. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from worker.engine.keys import intent_key
from worker.model.action import Action, Guards, Intent, Reached
from worker.model.facts import Facts
from worker.model.flow import ASK, CHOOSE, SUSPENDING, Flow, Known
from worker.model.ids import EventId
from worker.model.rule import Branch, Condition, Rule, Step
from worker.model.verdict import Answer, Reason

OWN_DOING = {"hand_over": Reason.HANDED_OVER, "close": Reason.CLOSED}
"""Actions that silence the conversation for later rules and events, not for their own rule."""

Placed = tuple[int, Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a rule knows and did before the steps that are planned now.

    Args:
        about: the event whose message and notification they speak of.
        found, steps: see `Flow`.
    """

    about: EventId
    found: Mapping[str, Any] = field(default_factory=dict)
    steps: Known = field(default_factory=dict)
    own_doing: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """What is done of a rule now.

    `stops`: no later rule sees the event. `silences`: a hand-over is certain among it.
    """

    intents: tuple[Intent, ...]
    stops: bool = False
    silences: bool = False

    @property
    def visible(self) -> bool:
        """Customers see something of it."""
        return any(intent.visible for intent in self.intents)


def numbered(steps: Iterable[Step], first: int = 0) -> Iterator[Placed]:
    """The steps of one list with their places in the whole tree."""
    for step in steps:
        yield first, step
        first += _size(step)


def _size(step: Step) -> int:
    return 1 + sum(_size(inner) for branch in step.branches for inner in branch.steps)


def segment(facts: Facts, rule: Rule, steps: Iterable[Placed], begun: Begun) -> Segment:
    """One intent a step, templates filled; ends with the first step that waits.

    Raises:
        RenderError: some template cannot be filled; then nothing of it is done.
    """
    return _Walk(facts, rule, begun).take(steps)


class _Walk:
    def __init__(self, facts: Facts, rule: Rule, begun: Begun) -> None:
        self._facts = replace(
            facts, vars={**facts.vars, **rule.vars}, found=begun.found, steps=begun.steps
        )
        self._rule = rule
        self._begun = begun
        self._own_doing = begun.own_doing
        self._delays = timedelta(0)
        self._intents: list[Intent] = []

    def take(self, steps: Iterable[Placed]) -> Segment:
        left = deque(steps)
        stops = silences = False
        while left:
            place, step = left.popleft()
            kind = step.action.kind
            if kind == "stop":
                stops = stops or self._hold(step.conditions) is Answer.YES
            elif kind == CHOOSE:
                left.extendleft(reversed(self._chosen(place, step)))
            else:
                self._add(place, step, tuple(left))
                silences = silences or (kind == "hand_over" and not step.asked)
            if kind in SUSPENDING:
                break
        return Segment(tuple(self._intents), stops, silences)

    def _chosen(self, place: int, step: Step) -> list[Placed]:
        """The steps of the way that is taken. What cannot be decided is not done."""
        if self._hold(step.conditions) is not Answer.YES:
            return []
        first = place + 1
        for branch in step.branches:
            answer = self._hold(branch.conditions)
            if answer is Answer.YES:
                return list(numbered(branch.steps, first))
            if answer is Answer.UNDECIDED:
                return []
            first += _length(branch)
        return []

    def _hold(self, conditions: Iterable[Condition]) -> Answer:
        facts = self._facts
        for condition in conditions:
            verdict = condition.decide(facts)
            if verdict.answer is not Answer.YES:
                return verdict.answer
            facts = facts.knowing(verdict.found)
        self._facts = facts
        return Answer.YES

    def _add(self, place: int, step: Step, left: tuple[Placed, ...]) -> None:
        rule, facts = self._rule, self._facts
        work = step.action.render(facts, rule, facts.found)
        if step.action.kind in SUSPENDING:
            work = {**work, "flow": msgspec.to_builtins(self._flow(place, step, work, left))}
        delay = step.action.delay()
        self._delays += delay
        self._intents.append(
            intent_of(
                facts,
                rule,
                place,
                step.action,
                work,
                self._guards(step),
                not_before=facts.now + delay if delay else None,
                delays=self._delays,
            )
        )
        own = OWN_DOING.get(step.action.kind)
        if own is not None and own not in self._own_doing:
            self._own_doing = (*self._own_doing, own)

    def _guards(self, step: Step) -> Guards:
        rule, facts = self._rule, self._facts
        reached = None
        if step.asked:
            script = rule.script.name if rule.script is not None else ""
            reached = Reached(found=facts.found, steps=facts.steps, script=script)
        return Guards(
            unanswered_since=facts.event.since,
            human_quiet=rule.human_quiet,
            continue_on_error=rule.continue_on_error,
            limits=rule.limits,
            own_doing=self._own_doing,
            asked=step.asked,
            reached=reached,
        )

    def _flow(
        self, place: int, step: Step, work: Mapping[str, Any], left: tuple[Placed, ...]
    ) -> Flow:
        rule = self._rule
        return Flow(
            script=rule.script.name if rule.script is not None else "",
            rule_id=rule.id,
            about=self._begun.about,
            step=step.id,
            position=place,
            rest=tuple(position for position, _ in left),
            found=self._facts.found,
            steps=self._facts.steps,
            until=tuple(work.get("until") or ()),
            wait_s=float(work["for_s"]),
            calendar=work.get("calendar") or "",
            visible=step.action.kind == ASK or any(later.visible for _, later in left),
            person_ends=bool(rule.human_quiet),
            own_doing=self._own_doing,
        )


def _length(branch: Branch) -> int:
    return sum(_size(step) for step in branch.steps)


def intent_of(
    facts: Facts,
    rule: Rule,
    position: int,
    action: Action,
    work: Mapping[str, Any],
    guards: Guards,
    *,
    not_before: datetime | None = None,
    delays: timedelta = timedelta(0),
) -> Intent:
    """The step's intent; `delays`: of the rule's steps so far, which later ones wait for."""
    event = facts.event
    return Intent(
        key=intent_key(event.account, event.id, rule.id, position),
        account=event.account,
        lane=event.conversation_id or (event.resumed.about if event.resumed else event.id),
        event_id=event.id,
        rule_id=rule.id,
        position=position,
        kind=action.kind,
        visible=action.visible,
        work=work,
        guards=guards,
        event_at=event.at,
        expires_at=event.at + rule.expires_after + delays,
        # limits count what was planned before: the steps of one rule in their order
        created_at=facts.now + timedelta(microseconds=position),
        conversation_id=event.conversation_id,
        contact_id=event.contact_id,
        notification_id=facts.notification.id if facts.notification else None,
        not_before=not_before,
    )
