"""What happened since the last look: decisions, messages, dismissals, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.actions.reply import ReplyAction
from worker.actions.wording import ANY, chosen
from worker.engine.opting import OPT_IN_RULE, OPT_OUT_RULE
from worker.ledger.memory import MemoryLedger
from worker.model.action import Intent, IntentState
from worker.model.event import Event
from worker.model.facts import Facts
from worker.model.ids import EventId, IntentKey
from worker.model.ledger import StoredEvent
from worker.rehearsal.cast import Cast
from worker.rehearsal.rules import RulesInForce
from worker.rehearsal.service import ACCOUNT, Posts
from worker.sandbox.gateway import SandboxGateway
from worker.text.language import script_language

ALL = 1_000_000
"""More rows than any test makes."""


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
    """One event, what was decided about it, and on which facts."""

    stored: StoredEvent
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
        events = await self.ledger.events(ACCOUNT, limit=ALL)
        fresh = [
            one
            for one in reversed(events)
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
        heard = self.rules.heard
        written = self._written(intents)
        webhooks = self.posts.urls[self._posts :]
        self._posts += len(webhooks)
        return Window(
            decisions=tuple(Decision(one, heard.get(one.event.id)) for one in fresh),
            events={one.event.id: one.event for one in events},
            intents=intents,
            withheld=tuple(withheld),
            webhooks=tuple(webhooks),
            **written,
        )

    def _written(self, intents: Mapping[IntentKey, Intent]) -> dict[str, tuple[Any, ...]]:
        """What the worker wrote to the platform, by what it was."""
        found: dict[str, list[Any]] = {"sent": [], "dismissed": [], "read": [], "notes": []}
        results = {one.result_id: one for one in intents.values() if one.result_id}
        for entry in self.gateway.journal.entries(after=self._journal):
            self._journal = entry.sequence
            if entry.actor != self.gateway.world.worker.id:
                continue
            if entry.kind == "send":
                conversation, message = entry.ids
                found["sent"].append(self._sent(conversation, message, results))
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

    def _sent(self, conversation: str, message_id: str, results: Mapping[Any, Intent]) -> Sent:
        world = self.gateway.world
        message = world.messages[message_id]
        content = message.content
        text = str(content.get("text", ""))
        intent = results.get(message_id)
        language = self._language(intent)
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

    def _language(self, intent: Intent | None) -> str:
        """The language that a reply in several was given in, as it names it; else ""."""
        facts = self.rules.heard.get(intent.event_id) if intent is not None else None
        if intent is None or facts is None:
            return ""
        action: Any = None
        if intent.rule_id == OPT_OUT_RULE:
            action = self.rules.live.ruleset.stop_confirmation
        elif intent.rule_id == OPT_IN_RULE:
            action = self.rules.live.ruleset.start_confirmation
        else:
            rule = self.rules.live.find(intent.rule_id)
            if rule is not None and intent.position < len(rule.steps):
                action = rule.steps[intent.position].action
        if not isinstance(action, ReplyAction):
            return ""
        wording = action.text or action.caption
        return chosen(wording, facts) if wording and ANY not in wording else ""
