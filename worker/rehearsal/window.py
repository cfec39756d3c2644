"""What happened since the last look: decisions, messages, dismissals, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from worker.actions.speech import SpeechPart
from worker.actions.wording import ANY, chosen
from worker.engine.opting import OPT_IN_RULE, OPT_OUT_RULE
from worker.engine.recorded import facts_of, seen
from worker.ledger.memory import MemoryLedger
from worker.model.action import Intent, IntentState
from worker.model.event import Event
from worker.model.facts import Facts, Names
from worker.model.ids import EventId, IntentKey
from worker.model.ledger import StoredEvent
from worker.model.rule import RuleSet, places
from worker.rehearsal.cast import Cast
from worker.rehearsal.dues import ALL
from worker.rehearsal.rules import RulesInForce
from worker.rehearsal.service import ACCOUNT, Posts
from worker.sandbox.gateway import SandboxGateway
from worker.text.language import script_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message that a customer got. `language`: as the reply named it, else by its letters."""

    to: str
    type: str
    text: str
    language: str
    quick_replies: tuple[str, ...] = ()
    url: str = ""
    caption: str = ""
    rule: str = ""
    position: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """One event, what was decided about it, by which rules, and on which facts.

    `facts` is None where nothing was decided: the event was history, or decided with another.
    """

    stored: StoredEvent
    rules: RuleSet
    facts: Facts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything since the window before.

    Attributes:
        decisions: in the order of the events.
        intents: every intent of the test, by its key, as it is now.
        withheld: those that a guard held back in this window.
        events: every event of the test, by its id.
    """

    decisions: tuple[Decision, ...]
    events: Mapping[EventId, Event]
    intents: Mapping[IntentKey, Intent]
    withheld: tuple[Intent, ...]
    sent: tuple[Sent, ...]
    dismissed: tuple[str, ...]
    read: tuple[str, ...]
    notes: tuple[str, ...]
    webhooks: tuple[str, ...]


@dataclass(slots=True)
class Watcher:
    """Looks at a test again and again; each look begins where the one before ended.

    Attributes:
        sent: all messages since the test began.
    """

    gateway: SandboxGateway
    ledger: MemoryLedger
    rules: RulesInForce
    posts: Posts
    cast: Cast
    sent: list[Sent] = field(default_factory=list)
    _journal: int = 0
    _posts: int = 0
    _decided: set[EventId] = field(default_factory=set)
    _withheld: set[IntentKey] = field(default_factory=set)

    async def look(self) -> Window:
        """What happened since the last look."""
        events = {one.event.id: one for one in await self.ledger.events(ACCOUNT, limit=ALL)}
        fresh = [
            one
            for one in reversed(events.values())
            if one.trace is not None and one.event.id not in self._decided
        ]
        self._decided |= {one.event.id for one in fresh}
        rows = await self.ledger.intents(ACCOUNT, tuple(IntentState), ALL)
        intents = {one.key: one for one in reversed(rows)}
        withheld = [
            one
            for one in intents.values()
            if one.state is IntentState.SKIPPED and one.key not in self._withheld
        ]
        self._withheld |= {one.key for one in withheld}
        written = self._written(intents, events)
        webhooks = self.posts.urls[self._posts :]
        self._posts += len(webhooks)
        return Window(
            decisions=tuple(self._decision(one, events) for one in fresh),
            events={name: one.event for name, one in events.items()},
            intents=intents,
            withheld=tuple(withheld),
            webhooks=tuple(webhooks),
            **written,
        )

    def _decision(self, stored: StoredEvent, events: Events) -> Decision:
        rules = self.rules.of(stored.context.get("ruleset"))
        return Decision(stored, rules, _facts(stored, events, rules))

    def _written(
        self, intents: Mapping[IntentKey, Intent], events: Events
    ) -> dict[str, tuple[Any, ...]]:
        """What the worker wrote to the platform, by what it was."""
        found: dict[str, list[Any]] = {"sent": [], "dismissed": [], "read": [], "notes": []}
        results = {str(one.result_id): one for one in intents.values() if one.result_id}
        for entry in self.gateway.journal.entries(after=self._journal):
            self._journal = entry.sequence
            if entry.actor != self.gateway.world.worker.id:
                continue
            if entry.kind == "send":
                conversation, message = entry.ids
                found["sent"].append(
                    self._sent(conversation, message, results.get(message), events)
                )
            elif entry.kind == "dismiss":
                found["dismissed"] += self._named(entry.detail["gone"])
            elif entry.kind == "dismiss_all":
                found["dismissed"] += self._named(entry.ids)
            elif entry.kind == "read":
                found["read"] += self._named(entry.ids)
            elif entry.kind == "comment":
                found["notes"].append(str(entry.detail["content"]))
        self.sent += found["sent"]
        return {name: tuple(values) for name, values in found.items()}

    def _named(self, ids: Any) -> list[str]:
        names = self.cast.notices
        return [names[one] for one in ids if one in names]

    def _sent(
        self, conversation: str, message_id: str, intent: Intent | None, events: Events
    ) -> Sent:
        world = self.gateway.world
        message = world.messages[message_id]
        content = message.content
        text = str(content.get("text", ""))
        language = self._language(intent, events)
        return Sent(
            to=self.cast.name_of(world.conversations[conversation].contact_id),
            type=message.type,
            text=text,
            language=language or script_language(text) or "en",
            quick_replies=tuple(str(one["title"]) for one in content.get("quick_replies", ())),
            url=str(content.get("url", "")),
            caption=str(content.get("caption", "")),
            rule=intent.rule_id if intent is not None else "",
            position=intent.position if intent is not None else 0,
            chosen=bool(language),
        )

    def _language(self, intent: Intent | None, events: Events) -> str:
        """The language that a text in several was given in, as it names it; else ""."""
        stored = events.get(intent.event_id) if intent is not None else None
        if intent is None or stored is None:
            return ""
        decision = self._decision(stored, events)
        wording = _wording(intent, decision.rules)
        if decision.facts is None or not wording or ANY in wording:
            return ""
        return chosen(wording, decision.facts)


Events = Mapping[EventId, StoredEvent]


def _facts(stored: StoredEvent, events: Events, rules: RuleSet) -> Facts | None:
    """The facts of a decision, made of what was recorded with it."""
    if stored.planned_at is None or not stored.context:
        return None
    burst = [events.get(EventId(f"message:{one}")) for one in stored.context.get("messages", ())]
    earlier = [one.event for one in burst if one is not None and one is not stored]
    event, resumed = stored.event, stored.event.resumed
    if resumed is not None and resumed.about in events:
        event = replace(event, message=events[resumed.about].event.message)  # what it speaks of
    past = seen((*earlier, event), stored.planned_at, stored.context)
    return facts_of(past, Names(rules.vars, rules.calendars))


def _wording(intent: Intent, rules: RuleSet) -> Mapping[str, str]:
    """The texts that the intent's step chooses from, by language."""
    action: Any = None
    if intent.rule_id == OPT_OUT_RULE:
        action = rules.stop_confirmation
    elif intent.rule_id == OPT_IN_RULE:
        action = rules.start_confirmation
    else:
        rule = next((one for one in rules.rules if one.id == intent.rule_id), None)
        step = dict(places(rule.steps)).get(intent.position) if rule is not None else None
        action = step.action if step is not None else None
    return texts_of(action)


def texts_of(action: object) -> Mapping[str, str]:
    """What an action says to the customer, by language; nothing for most."""
    if not isinstance(action, SpeechPart):
        return {}
    return action.text or getattr(action, "caption", None) or {}
