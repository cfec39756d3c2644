"""Recorded events for `worker explain`: read from the ledger, beside a running worker or after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.opened import account_of, opened
from worker.errors import RulesError, SettingsError, WorkerError

if TYPE_CHECKING:
    from worker.engine.explain import Explanation
    from worker.engine.recorded import Seen
    from worker.model.action import Intent
    from worker.model.event import Event
    from worker.model.facts import Facts
    from worker.model.ids import AccountId, IntentKey
    from worker.model.ledger import Ledger, StoredEvent
    from worker.model.rule import RuleSet
    from worker.model.verdict import Trace
    from worker.report.case import Case, Section
    from worker.settings import Settings

_KINDS = ("message", "notification", "conversation", "contact")
_OTHERS = 20
_DECIDED_WITH = "decided with "


@dataclass(frozen=True, slots=True)
class Today:
    """The rules there are today; None where they cannot be read. `asked`: with `--rules`."""

    ruleset: RuleSet | None
    asked: bool


async def recorded(
    settings: Settings, *, event: str | None, conversation: str | None, rules: Path | None
) -> Case:
    """The case of a recorded event, or of the last one of a conversation.

    Args:
        rules: other rules to ask about it too.

    Raises:
        WorkerError: there is no such event.
        LedgerError: there is no ledger that can be read.
        RulesError: `rules` have errors.
    """
    today = _today(settings, rules)
    async with opened(settings, read_only=True) as ledger:
        teller = Teller(ledger, account_of(settings), today)
        if event is not None:
            return await teller.tell(await teller.find(event))
        return await teller.tell_last(conversation or "")


def _today(settings: Settings, rules: Path | None) -> Today:
    from worker.cli.backtest import existing, rules_of

    if rules is not None:
        return Today(rules_of(existing(rules), settings), asked=True)
    try:
        return Today(rules_of(existing(settings.rules), settings), asked=False)
    except (RulesError, SettingsError):  # what was decided can be told without them
        return Today(None, asked=False)


class Teller:
    """Puts one event's case together."""

    def __init__(self, ledger: Ledger, account: AccountId, today: Today) -> None:
        self._ledger = ledger
        self._account = account
        self._today = today

    async def find(self, name: str) -> StoredEvent:
        """The event of this id, or of the message, notification … with it.

        Raises:
            WorkerError: there is none.
        """
        from worker.model.ids import EventId

        ids = [name] if ":" in name else [f"{kind}:{name}" for kind in _KINDS]
        for one in ids:
            stored = await self._ledger.event(self._account, EventId(one))
            if stored is not None:
                return stored
        raise WorkerError(
            f"there is no event {name}; `worker status` shows the newest ones, and what is older "
            "than WORKER_KEEP_HISTORY is dropped"
        )

    async def tell_last(self, conversation: str) -> Case:
        """The case of the conversation's last event on which something was decided.

        Raises:
            WorkerError: nothing is recorded of it.
        """
        from dataclasses import replace

        from worker.model.ids import ConversationId

        stored = await self._ledger.events(
            self._account, conversation_id=ConversationId(conversation), limit=_OTHERS
        )
        if not stored:
            raise WorkerError(
                f"nothing is recorded of conversation {conversation}; `worker status --json` "
                "shows the newest events with their conversations"
            )
        last = next((one for one in stored if one.trace is not None and one.trace.rules), stored[0])
        case = await self.tell(last)
        others = [(one.event.id, one.event.at) for one in stored if one.event.id != case.event.id]
        return replace(case, others=tuple(others))

    async def tell(self, stored: StoredEvent) -> Case:
        """The case of this event; of the one that decided it, where that is another."""
        from worker.report.case import Case
        from worker.text.normalise import LONGEST_READ, normalise

        remarks: list[str] = []
        note = stored.trace.note if stored.trace is not None else ""
        if note.startswith(_DECIDED_WITH):
            remarks.append(f"{stored.event.id} was {note}: they came in one burst")
            stored = await self.find(note.removeprefix(_DECIDED_WITH))
        event = stored.event
        burst = await self._burst(stored)
        intents = await self._intents(stored)
        sections = await self._sections(stored, burst, intents, remarks)
        return Case(
            event=event,
            made_up=False,
            told=tuple(_told(stored)),
            said=normalise(event.message.words[:LONGEST_READ]) if event.message else None,
            earlier=tuple(one.message.words for one in burst[:-1] if one.message),
            sections=tuple(sections),
            intents=intents,
            remarks=tuple(remarks),
        )

    async def _burst(self, stored: StoredEvent) -> tuple[Event, ...]:
        from worker.ledger.past import burst_before

        before = [
            await self._ledger.event(self._account, one)
            for one in burst_before(stored.event, stored.context)
        ]
        return (*(one.event for one in before if one is not None), stored.event)

    async def _sections(
        self,
        stored: StoredEvent,
        burst: Sequence[Event],
        intents: Mapping[IntentKey, Intent],
        remarks: list[str],
    ) -> list[Section]:
        from dataclasses import replace

        from worker.engine.explain import retell
        from worker.engine.recorded import of_a_flow

        trace, ruleset = stored.trace, self._today.ruleset
        if trace is None or stored.planned_at is None:
            remarks.append(trace.note if trace is not None else "no decision yet: it waits")
            return []
        version = str(stored.context.get("ruleset", ""))
        same = ruleset is not None and ruleset.version == version
        seen = _seen(burst, stored)
        if ruleset is not None and same and seen is not None:
            told = retell(_facts(seen, ruleset), ruleset, trace, tuple(intents.values()))
            return [replace(_in_full(told, version), left_out=trace.left_out)]
        sections = [_as_recorded(trace, ruleset, version)]
        remarks.append(self._changed(version))
        if ruleset is None or not self._today.asked or same or seen is None:
            return sections
        if of_a_flow(burst, stored.context):
            remarks.append("a rule that waited took this event, so no other rules are asked")
        else:
            sections.append(await self._anew(seen, ruleset))
        return sections

    def _changed(self, version: str) -> str:
        ruleset = self._today.ruleset
        if ruleset is None:
            return (
                "today's rules cannot be read (`worker check` says why), so rules that the event "
                "did not touch are not listed"
            )
        if ruleset.version == version:
            return "what the rules saw then is not recorded, so it is told as it was recorded"
        changed = f"the rules have changed since: {version or 'unknown'} then, {ruleset.version} "
        if self._today.asked:
            return f"{changed}in --rules; rules that the event did not touch then are not listed"
        return f"{changed}now; --rules PATH asks today's, or others, about the same event"

    async def _anew(self, seen: Seen, ruleset: RuleSet) -> Section:
        """What other rules say about it, with what guards remembered then."""
        from worker.engine.explain import explain
        from worker.engine.history import History, looks_back
        from worker.engine.standing import Standing
        from worker.report.case import explained

        recent = await self._ledger.recent(self._account, seen.at - looks_back(ruleset))
        history = History()
        history.fired(one for one in recent.firings if one.at < seen.at)
        history.sending(one for one in recent.sends if one.at < seen.at)
        standing = Standing(conversation=seen.conversation, contact=seen.contact, history=history)
        facts = _facts(seen, ruleset)
        told = explain(facts, [one.id for one in seen.events], ruleset, standing)
        return explained(told, title="asked anew, as if it were then", version=ruleset.version)

    async def _intents(self, stored: StoredEvent) -> dict[IntentKey, Intent]:
        from worker.engine.keys import intent_key
        from worker.engine.opting import OPT_IN_RULE, OPT_OUT_RULE
        from worker.model.ids import RuleId

        event = stored.event
        steps = [
            (RuleId(rule.rule), act.position)
            for rule in (stored.trace.rules if stored.trace is not None else ())
            if not rule.shadow
            for act in rule.acts
        ]
        found: dict[IntentKey, Intent] = {}
        for rule_id, position in (*steps, (OPT_OUT_RULE, 0), (OPT_IN_RULE, 0)):
            key = intent_key(event.account, event.id, rule_id, position)
            intent = await self._ledger.intent(key)
            if intent is not None:
                found[key] = intent
        return found


def _in_full(told: Explanation, version: str) -> Section:
    """The decision, with every rule asked in full as it was then."""
    from dataclasses import replace

    from worker.report.case import explained

    return replace(explained(told, title="as it was decided", version=version), recorded=True)


def _as_recorded(trace: Trace, ruleset: RuleSet | None, version: str) -> Section:
    from worker.report.case import as_recorded

    return as_recorded(trace, ruleset, title="as it was decided", version=version)


def _seen(burst: Sequence[Event], stored: StoredEvent) -> Seen | None:
    """What the rules saw; None where that is not recorded in a way that can be read."""
    from worker.engine.recorded import seen

    if stored.planned_at is None:
        return None
    try:
        return seen(burst, stored.planned_at, stored.context)
    except ValueError:
        return None


def _facts(seen: Seen, ruleset: RuleSet) -> Facts:
    from worker.engine.recorded import facts_of

    return facts_of(seen, ruleset.names)


def _told(stored: StoredEvent) -> list[str]:
    event = stored.event
    conversation = stored.context.get("conversation") or {}
    names = [
        event.id,
        event.kind.value,
        str(conversation.get("channel", "")),
        event.at.isoformat(timespec="seconds"),
        event.conversation_id or str(conversation.get("id", "")),
    ]
    return [name for name in names if name]
