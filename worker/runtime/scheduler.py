"""Schedules: a cron line that is due becomes an event, once for each due time.

Where the last one stands is a memo, stored with its event; the event's id holds the due time, so
that no restart makes a second one of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.log import get_logger
from worker.model.event import Event, EventKind
from worker.model.ids import EventId
from worker.model.ledger import Ledger, Receipt
from worker.model.rule import RuleSet
from worker.runtime.due import last_due, next_due
from worker.sources.lookout import Looked
from worker.sources.memory import Memory

log = get_logger()

MEMO = "schedule."
"""Memo, with cron line and zone after it: the due time up to which it has been looked after."""

GRACE = timedelta(minutes=1)
"""What is noticed so late is not missed yet."""


@dataclass(slots=True)
class Plan:
    """One schedule that rules name; rules that name the same share its events."""

    parameters: Mapping[str, str]
    last: datetime
    due: datetime | None

    @property
    def skips(self) -> bool:
        """What was missed is not made up for."""
        return self.parameters.get("misfire") == "skip"


class ScheduleLookout:
    """Looks what is due."""

    def __init__(self, ledger: Ledger, memory: Memory, ruleset: Callable[[], RuleSet]) -> None:
        self._ledger = ledger
        self._memory = memory
        self._ruleset = ruleset
        self._followed: RuleSet | None = None
        self._plans: dict[str, Plan] = {}

    async def look(self, until: datetime) -> Looked:
        """See `Lookout.look`."""
        ruleset = self._ruleset()
        if ruleset is not self._followed:
            await self._follow(ruleset, until)
        events: list[Event] = []
        memo: dict[str, str] = {}
        for name, plan in self._plans.items():
            if plan.due is None or plan.due > until:
                continue
            event = self._fired(name, plan, until)
            memo[name] = plan.last.isoformat()
            if event is not None:
                events.append(event)
        fresh = frozenset(await self._store(tuple(events), memo) if memo else ())
        new = tuple(event for event in events if event.id in fresh)
        due = min((plan.due for plan in self._plans.values() if plan.due), default=None)
        return Looked(new, due)

    async def _follow(self, ruleset: RuleSet, now: datetime) -> None:
        """The schedules are those of the rules in force; a new one begins now."""
        plans: dict[str, Plan] = {}
        for parameters in _named(ruleset):
            cron, timezone = parameters["cron"], parameters["timezone"]
            name = MEMO + " ".join(parameters.values())
            told = self._memory.memos.get(name)
            # a time to come was written by a clock that ran ahead
            last = min(datetime.fromisoformat(told), now) if told else now
            plans[name] = Plan(parameters, last, next_due(cron, timezone, last))
        known = {name for name in self._memory.memos if name.startswith(MEMO)}
        memo = {name: plans[name].last.isoformat() for name in plans.keys() - known}
        gone = dict.fromkeys(known - plans.keys(), "")
        if memo or gone:
            await self._store((), memo | gone)
        self._plans, self._followed = plans, ruleset

    def _fired(self, name: str, plan: Plan, now: datetime) -> Event | None:
        """The event of the last time at which the plan was due, those before it are missed; None:
        so is this one. The plan waits for its next time.
        """
        cron, timezone = plan.parameters["cron"], plan.parameters["timezone"]
        due = last_due(cron, timezone, plan.last, now) or now
        skipped = plan.skips and now - due > GRACE
        if skipped or due != plan.due:
            log.warning(
                "schedule.missed", schedule=name.removeprefix(MEMO), due=due, made_up=not skipped
            )
        plan.last, plan.due = due, next_due(cron, timezone, due)
        if skipped:
            return None
        told = ":".join([cron, timezone, due.isoformat(), *(["skip"] if plan.skips else [])])
        return Event(
            id=EventId(f"schedule:{told}"),
            account=self._memory.account,
            kind=EventKind.SCHEDULE,
            at=due,
            parameters=plan.parameters,
        )

    async def _store(
        self, events: tuple[Event, ...], memo: Mapping[str, str]
    ) -> tuple[EventId, ...]:
        """The events and where the plans stand are durable; "" forgets a plan."""
        fresh = await self._ledger.receive(
            Receipt(account=self._memory.account, events=events, memo=memo)
        )
        self._memory.memos.update(memo)
        for name in [name for name, value in memo.items() if not value]:
            del self._memory.memos[name]
        return fresh


def _named(ruleset: RuleSet) -> list[Mapping[str, str]]:
    """Each schedule that some rule names, once; rules that are paused name none."""
    found = {
        tuple(trigger.parameters.items()): trigger.parameters
        for rule in ruleset.rules
        if rule.state != "paused"
        for trigger in rule.triggers
        if trigger.kind is EventKind.SCHEDULE
    }
    return list(found.values())
