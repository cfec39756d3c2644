"""Rules that wait, as they stand in the ledger, for those who decide."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from worker.clock import Clock
from worker.conditions.part import LoadContext
from worker.engine.standing import Going
from worker.engine.suspension import marked, suspended
from worker.log import get_logger
from worker.model.action import Intent
from worker.model.event import Event
from worker.model.facts import Names, Pick
from worker.model.flow import Timer
from worker.model.ids import IntentKey
from worker.model.ledger import Ledger, Planned
from worker.model.rule import Rule, RuleSet, places
from worker.model.state import ConversationState
from worker.ruleset.script import ScriptError, read_script, secrets_of
from worker.runtime.steps import Conditional
from worker.sources.memory import Memory

log = get_logger()

KEPT_SCRIPTS = 1000
"""Rules kept as they were when a flow began; older ones are read again."""

LOOKS = 20
LOOK_PAUSE_S = 0.05
"""A row that is being written is looked for so often."""


class Flows:
    """Reads what waits in a conversation, and keeps its marks in step with decisions.

    Args:
        in_force: the rule set; its calendars hold for flows too.
        webhook_allow: hosts and networks that webhooks may reach though they are private.
    """

    def __init__(
        self,
        ledger: Ledger,
        memory: Memory,
        clock: Clock,
        in_force: Callable[[], RuleSet],
        webhook_allow: tuple[str, ...],
    ) -> None:
        self._ledger = ledger
        self._memory = memory
        self._clock = clock
        self._in_force = in_force
        self._webhook_allow = webhook_allow
        self._scripts: OrderedDict[str, Rule] = OrderedDict()

    async def waiting(self, state: ConversationState | None) -> tuple[Going, ...]:
        """The flows that wait in a conversation, in the order in which they began to."""
        if state is None or not state.flows:
            return ()
        one = state.conversation.id
        rows: dict[IntentKey, Timer] = {}
        for _ in range(LOOKS):
            found = await self._ledger.timers(self._memory.account, conversation_id=one)
            rows = {row.key: row for row in found}
            state = self._memory.remembered(one) or state
            if all(mark.key in rows for mark in state.flows):
                break
            await self._clock.sleep(LOOK_PAUSE_S)  # its step is being settled
        return tuple(
            [await self._going(rows[mark.key]) for mark in state.flows if mark.key in rows]
        )

    async def going(self, event: Event) -> Going | None:
        """The flow that this event lets go on; None: the ledger knows none."""
        if event.resumed is None:
            return None
        row = await self._ledger.timer(self._memory.account, event.resumed.timer)
        return None if row is None else await self._going(row)

    async def _going(self, timer: Timer) -> Going:
        try:
            return Going(timer=timer, rule=await self.rule(timer.flow.script))
        except ScriptError as error:
            return Going(timer=timer, rule=None, problem=str(error))

    async def rule(self, script: str) -> Rule:
        """The rule as it was written down.

        Raises:
            ScriptError: it cannot be read any more.
        """
        known = self._scripts.get(script)
        if known is not None:
            self._scripts.move_to_end(script)
            return known
        body = await self._ledger.script(script)
        if body is None:
            raise ScriptError("the rule it began with is not in the ledger")
        live = self._in_force()
        context = LoadContext(webhook_allow=self._webhook_allow)
        rule = read_script(script, body, context, secrets_of(live.rules))
        self._scripts[script] = rule
        while len(self._scripts) > KEPT_SCRIPTS:
            self._scripts.popitem(last=False)
        return rule

    def suspend(
        self, intent: Intent, state: ConversationState | None, now: datetime
    ) -> tuple[Timer | None, ConversationState | None]:
        """The row that the settled intent leaves, and the conversation's state with its mark.

        Hand both to the ledger in the same breath: see `Memory`.

        Args:
            state: the conversation's new state, where there is one already.
        """
        timer = suspended(intent, now, self._in_force().calendars)
        one = intent.conversation_id
        known = state or (None if one is None else self._memory.remembered(one))
        if timer is None or known is None or (new := marked(known, timer)) is known:
            return timer, state
        self._memory.put(new)
        return timer, new

    def forget_scripts(self) -> None:
        """Rules are read anew: what is in force beside them has changed."""
        self._scripts.clear()

    async def about(self, event: Event) -> tuple[Event, Pick | None]:
        """The event with the message and notification its flow speaks of, and what was picked."""
        resumed = event.resumed
        if resumed is None:
            return event, None
        stored = await self._ledger.event(self._memory.account, resumed.about)
        picked = None
        if stored is not None:
            event = replace(
                event,
                message=event.message or stored.event.message,
                notification=stored.event.notification,
            )
            told = stored.context.get("pick")
            picked = msgspec.convert(told, Pick) if told is not None else None
        if resumed.payload:
            picked = Pick("", resumed.answer, resumed.payload)
        return event, picked

    async def conditional(self, intent: Intent) -> Conditional | None:
        """What the intent's step is to be asked, as its flow had it; None: it has no flow."""
        reached = intent.guards.reached
        if reached is None or not reached.script:
            return None
        try:
            rule = await self.rule(reached.script)
        except ScriptError:
            return None
        step = dict(places(rule.steps)).get(intent.position)
        if step is None or step.asked != intent.guards.asked:
            return None
        return Conditional(step.conditions, Names(rule.vars, self._in_force().calendars))

    def current(self, flows: Iterable[Going], state: ConversationState | None) -> tuple[Going, ...]:
        """Those of which nothing else has let the rule go on since they were read."""
        if state is None:
            return ()
        state = self._memory.remembered(state.conversation.id) or state
        marks = {mark.key for mark in state.flows}
        return tuple(one for one in flows if one.timer.key in marks)

    def settled(self, planned: Planned, state: ConversationState | None) -> Planned:
        """The decision with the conversation's marks as they are after it, which hold from now on.

        Hand it to the ledger in the same breath: see `Memory`.
        """
        if not planned.caused or state is None:
            return planned
        gone = {event.resumed.timer for event in planned.caused if event.resumed is not None}
        now = self._memory.remembered(state.conversation.id) or state
        now = replace(now, flows=tuple(mark for mark in now.flows if mark.key not in gone))
        self._memory.put(now)
        for event in planned.caused:
            tell(event)
        return replace(planned, conversation=now)


def tell(event: Event) -> None:
    """The log says that a flow goes on, or why it ends."""
    resumed = event.resumed
    if resumed is None:
        return
    facts = {
        "event_id": event.id,
        "rule": resumed.rule_id,
        "step": resumed.step or None,
        "conversation": event.conversation_id,
    }
    if resumed.reason is None:
        log.info("flow.resumed", outcome=resumed.outcome.value, **facts)
    else:
        log.info(
            "flow.cancelled", reason=resumed.reason.value, detail=resumed.detail or None, **facts
        )
