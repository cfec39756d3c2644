"""How contacts and conversations stand now, against what a test expects of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from worker.conditions.fielded import FieldedCondition
from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.answers import converted
from worker.gateways.imbrace.wire import ContactRow, ConversationRow
from worker.ledger.memory import MemoryLedger
from worker.model.chat import Contact, Conversation
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import ContactId, ConversationId, EventId
from worker.model.verdict import Answer
from worker.rehearsal import told
from worker.rehearsal.cast import Cast, Customer
from worker.rehearsal.judge import Difference
from worker.rehearsal.service import ACCOUNT
from worker.ruleset.testing.expect import ExpectForm
from worker.sandbox import documents
from worker.sandbox.gateway import SandboxGateway


@dataclass(frozen=True, slots=True)
class Standing:
    """The platform and the ledger, as they are now."""

    gateway: SandboxGateway
    ledger: MemoryLedger
    cast: Cast

    async def differences(self, expect: ExpectForm) -> list[Difference]:
        """Every expectation about how things stand that does not hold."""
        found: list[Difference] = []
        for name, wanted in (expect.tags or {}).items():
            tags = await self._tags(self.cast.customer(name))
            if tags != frozenset(wanted):
                expected = f"tags: {told.names(sorted(wanted))}"
                got = f"tags: {told.names(sorted(tags))}"
                found.append(Difference(("tags", name), (expected,), (got,)))
        for name, silent in (expect.handed_over or {}).items():
            is_silent = await self._handed_over(self.cast.customer(name))
            if is_silent is not silent:
                lines = [f"handed_over: {str(one).lower()}" for one in (silent, is_silent)]
                found.append(Difference(("handed_over", name), (lines[0],), (lines[1],)))
        for name, condition in (expect.contact or {}).items():
            customer = self.cast.customer(name)
            tags = await self._tags(customer)
            facts = self._facts(contact=self._contact(customer), tags=tags)
            found += _misfits(("contact", name), condition, facts)
        for name, about in (expect.conversation or {}).items():
            conversation = self._conversation(self.cast.customer(name))
            found += _misfits(("conversation", name), about, self._facts(conversation=conversation))
        return found

    async def _tags(self, customer: Customer) -> frozenset[str]:
        contact = ContactId(customer.contact)
        state = (await self.ledger.contacts(ACCOUNT, [contact])).get(contact)
        return state.tags if state is not None else frozenset()

    async def _handed_over(self, customer: Customer) -> bool:
        conversation = ConversationId(self.cast.conversation(customer).id)
        state = (await self.ledger.conversations(ACCOUNT, [conversation])).get(conversation)
        if state is None:
            return False
        now = self.gateway.world.now()
        for_a_time = state.silent_until is not None and state.silent_until > now
        return state.silent_until_closed or for_a_time

    def _contact(self, customer: Customer) -> Contact:
        row = converted(self.gateway.stage.contact(customer.contact), ContactRow)
        if row is None:
            raise AssertionError("the sandbox's own contact cannot be read")
        return neutral.contact(row)

    def _conversation(self, customer: Customer) -> Conversation:
        record = self.cast.conversation(customer)
        document = documents.contact_conversation(self.gateway.world, record)
        row = converted(document, ConversationRow)
        found = neutral.conversation(row) if row is not None else None
        if found is None:
            raise AssertionError("the sandbox's own conversation cannot be read")
        assigned = self.cast.agent_name(record.assigned_to)
        return replace(found, assigned_to=assigned, channel=record.channel_type)

    def _facts(self, **more: Any) -> Facts:
        now = self.gateway.world.now()
        kind = EventKind.MESSAGE_RECEIVED
        event = Event(id=EventId("test"), account=ACCOUNT, kind=kind, at=now)
        return Facts(now=now, event=event, kinds=frozenset({kind}), **more)


def _misfits(
    loc: tuple[str, str], condition: FieldedCondition, facts: Facts
) -> Iterator[Difference]:
    """Each field that does not match, by itself."""
    for name, matcher in condition.fields.items():
        verdict = condition.model_copy(update={"fields": {name: matcher}}).decide(facts)
        if verdict.answer is not Answer.YES:
            said = matcher.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
            wanted = ", ".join(f"{key} {_plain(value)}" for key, value in said.items())
            expected = f"{loc[0]}: {name}: {wanted}"
            yield Difference((*loc, name), (expected,), (f"{loc[0]}: {verdict.because}",))


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return " or ".join(_plain(one) for one in value)
    return told.quoted(value) if isinstance(value, str) else str(value).lower()
