"""The working copy of what the ledger holds: read once, then kept in step with every write.

A state is replaced here and handed to the ledger in the same breath, without an `await` between:
the ledger commits in the order it is called, so no later write can make an earlier one's state
durable without it.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from worker.actions import ACTIONS_BY_KIND
from worker.engine.history import History
from worker.model.action import Intent, IntentState, Wrote
from worker.model.chat import Message
from worker.model.ids import AccountId, ContactId, ConversationId, IntentKey, MessageId
from worker.model.ledger import Ledger, visible_send
from worker.model.state import ContactState, ConversationState
from worker.sources.imprint import accounted
from worker.sources.readings import Readings
from worker.sources.unanswered import Newcomers
from worker.sources.writing import ContactWrites

KEPT_STATES = 20_000
"""Conversations and contacts kept in memory (about 2 kB each); older ones are read again."""

KEPT_DOUBTS = 1_000
"""Actions in doubt whose messages are recognised after a restart; the newest."""

State = TypeVar("State", ConversationState, ContactState)


class Memory:
    """Conversations, contacts, guards' history, and what is under way.

    Attributes:
        asked: conversations in which a customer has begun to wait, until somebody looks.
        readings: when each conversation was read.
    """

    def __init__(self, ledger: Ledger, account: AccountId) -> None:
        self._ledger = ledger
        self.account = account
        self.memos: dict[str, str] = {}
        self.history = History()
        self._conversations: OrderedDict[ConversationId, ConversationState] = OrderedDict()
        self._contacts: OrderedDict[ContactId, ContactState] = OrderedDict()
        self._contact_read_at: dict[ContactId, float] = {}
        self._sent: OrderedDict[MessageId, None] = OrderedDict()
        self.outstanding: defaultdict[ConversationId, dict[IntentKey, Intent]] = defaultdict(dict)
        self.writes = ContactWrites()
        self.readings = Readings()
        self.list_read_at = float("-inf")
        self.unsettled: set[ConversationId] = set()
        self.asked = Newcomers()

    async def load(self, since: datetime) -> None:
        """Cursors, learned facts and the guards' history since a platform time are here."""
        self.memos = dict(await self._ledger.memo(self.account))
        await self.look_back(since)

    async def look_back(self, since: datetime) -> None:
        """The guards' history since a platform time is here."""
        recent = await self._ledger.recent(self.account, since)
        self.history.fired(recent.firings)
        self.history.sending(recent.sends)
        for doubtful in await self._ledger.intents(
            self.account, [IntentState.IN_DOUBT], KEPT_DOUBTS
        ):
            self.begun(doubtful)

    async def conversations(
        self, ids: Iterable[ConversationId]
    ) -> Mapping[ConversationId, ConversationState]:
        """The known ones of `ids`."""
        wanted = list(dict.fromkeys(ids))
        missing = [one for one in wanted if one not in self._conversations]
        if missing:
            for one, state in (await self._ledger.conversations(self.account, missing)).items():
                # what was put while the ledger was read is newer than what it answered
                self._conversations.setdefault(one, state)
        return {one: self._conversations[one] for one in wanted if one in self._conversations}

    async def conversation(self, one: ConversationId) -> ConversationState | None:
        """What is remembered of a conversation."""
        known = self._conversations.get(one)
        return known if known is not None else (await self.conversations([one])).get(one)

    async def contacts(self, ids: Iterable[ContactId]) -> Mapping[ContactId, ContactState]:
        """The known ones of `ids`."""
        wanted = list(dict.fromkeys(ids))
        missing = [one for one in wanted if one not in self._contacts]
        if missing:
            for one, state in (await self._ledger.contacts(self.account, missing)).items():
                self._contacts.setdefault(one, state)
        return {one: self._contacts[one] for one in wanted if one in self._contacts}

    async def contact(self, one: ContactId) -> ContactState | None:
        """What is remembered of a contact."""
        known = self._contacts.get(one)
        return known if known is not None else (await self.contacts([one])).get(one)

    async def glanced(self, ids: Iterable[ContactId]) -> Mapping[ContactId, ContactState]:
        """The known ones of `ids`, not kept: a long list of contacts does not fill the memory."""
        wanted = list(dict.fromkeys(ids))
        missing = [one for one in wanted if one not in self._contacts]
        stored = await self._ledger.contacts(self.account, missing) if missing else {}
        return {**stored, **{one: self._contacts[one] for one in wanted if one in self._contacts}}

    def remembered(self, one: ConversationId) -> ConversationState | None:
        """The state in memory, without asking the ledger."""
        return self._conversations.get(one)

    def remembered_contact(self, one: ContactId) -> ContactState | None:
        """The state in memory, without asking the ledger."""
        return self._contacts.get(one)

    def put(self, *states: ConversationState) -> None:
        """These are the conversations' states now; hand them to the ledger in the same breath."""
        for state in states:
            self._conversations[state.conversation.id] = state
            self._conversations.move_to_end(state.conversation.id)
        while len(self._conversations) > KEPT_STATES:
            gone, _ = self._conversations.popitem(last=False)
            self.readings.forget(gone)

    def put_contacts(self, *states: ContactState) -> None:
        """These are the contacts' states now; hand them to the ledger in the same breath."""
        for state in states:
            self._contacts[state.id] = state
            self._contacts.move_to_end(state.id)
        while len(self._contacts) > KEPT_STATES:
            gone, _ = self._contacts.popitem(last=False)
            self._contact_read_at.pop(gone, None)

    def merge(self, before: ConversationState, after: ConversationState) -> ConversationState:
        """What changed from `before` to `after` is laid over today's state; the result is kept."""
        current = self._conversations.get(after.conversation.id, before)
        merged = _merged(before, after, current)
        self.put(merged)
        return merged

    def merge_contact(
        self, before: ContactState | None, after: ContactState, wrote: Wrote | None = None
    ) -> ContactState:
        """What changed from `before` to `after` is laid over today's state; the result is kept.

        Args:
            wrote: what an action wrote to the contact itself.
        """
        current = self._contacts.get(after.id)
        before = before or ContactState(id=after.id)
        merged = after
        if current is not None:
            # each tag by itself: another lane may have set one meanwhile
            tags = (current.tags | (after.tags - before.tags)) - (before.tags - after.tags)
            merged = replace(_merged(before, after, current), tags=tags)
        if wrote is not None:
            merged = replace(merged, imprint=accounted(merged.imprint, wrote))
        if merged.contact is not None and merged.contact != before.contact:
            self.writes.changed.add(merged.id)
        self.put_contacts(merged)
        return merged

    def age_s(self, one: ConversationId, now: float) -> float:
        """Seconds since the conversation is known to have been as remembered."""
        read_at = self.readings.read_at(one)
        known = self._conversations.get(one)
        # of a conversation whose messages nobody has read, the list says nothing
        if known is not None and known.recent and one not in self.unsettled:
            read_at = max(read_at, self.list_read_at)
        return now - read_at

    def contact_read(self, one: ContactId, at: float) -> None:
        """The contact was read by a call begun at `at` (monotonic)."""
        self._contact_read_at[one] = at

    def contact_age_s(self, one: ContactId, now: float) -> float:
        """Seconds since the contact was read."""
        return now - self._contact_read_at.get(one, float("-inf"))

    def begun(self, intent: Intent) -> None:
        """The intent may be at the platform already: its message is not a person's."""
        self.writes.begun(intent)
        if intent.conversation_id is not None:
            self.outstanding[intent.conversation_id][intent.key] = intent

    def ended(self, intent: Intent, sent: MessageId | None) -> None:
        """The intent is settled; `sent` is the message it left.

        One in doubt is not: when its message shows at last, that is ours, and no person's.
        """
        self.writes.ended(intent)
        if intent.conversation_id is not None and intent.state is not IntentState.IN_DOUBT:
            self.outstanding[intent.conversation_id].pop(intent.key, None)
            if not self.outstanding[intent.conversation_id]:
                del self.outstanding[intent.conversation_id]
        if sent is not None:
            self._sent[sent] = None
            while len(self._sent) > KEPT_STATES:
                self._sent.popitem(last=False)

    def has_sent(self, one: MessageId | None) -> bool:
        """This message is known, without asking the ledger, to be this worker's."""
        return one in self._sent

    def is_under_way(self, message: Message) -> bool:
        """The message is what some intent of ours sends at this moment, or may have sent."""
        return any(
            ACTIONS_BY_KIND[intent.kind].recognises(intent.work, message)
            for intent in self.outstanding.get(message.conversation_id, {}).values()
            if intent.visible
        )

    async def ours(self, ids: Iterable[MessageId]) -> frozenset[MessageId]:
        """Those of `ids` that this worker is known to have sent."""
        wanted = list(ids)
        known = {one for one in wanted if one in self._sent}
        unknown = [one for one in wanted if one not in known]
        if unknown:
            known |= await self._ledger.accounted(self.account, unknown)
        return frozenset(known)

    def count_sends(self, intents: Iterable[Intent]) -> None:
        """The visible ones of these count for limits from their planning on."""
        self.history.sending(visible_send(one, one.created_at) for one in intents if one.visible)


def _merged(before: State, after: State, current: State) -> State:
    changes: dict[str, Any] = {
        name: getattr(after, name)
        for name in after.__struct_fields__
        if getattr(after, name) != getattr(before, name)
    }
    return replace(current, **changes) if changes else current
