"""The scene of a test, on the sandbox; see `worker.ruleset.testing.scene.Scene`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from worker.ledger.memory import MemoryLedger
from worker.model.ids import ContactId
from worker.model.ledger import Receipt
from worker.model.state import ContactState
from worker.rehearsal.cast import DEFAULT_CHANNEL, Cast, Customer
from worker.rehearsal.rules import Library, RulesInForce
from worker.rehearsal.service import ACCOUNT
from worker.ruleset.testing.people import ContactForm, ConversationForm
from worker.ruleset.testing.scene import StimulusError
from worker.sandbox.faults import FaultError
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.stage import StageError

Restart = Callable[[bool, timedelta], Awaitable[None]]


class PlayedScene:
    """People on the sandbox, and the worker beside it.

    Args:
        folder: where the test's file stands.
        restart: restarts the worker.

    Attributes:
        awaited: ids of events that the worker must find for what was played.
    """

    def __init__(
        self,
        gateway: SandboxGateway,
        ledger: MemoryLedger,
        library: Library,
        rules: RulesInForce,
        folder: Path,
        restart: Restart,
    ) -> None:
        self.cast = Cast(gateway)
        self.awaited: set[str] = set()
        self._gateway = gateway
        self._ledger = ledger
        self._library = library
        self._rules = rules
        self._folder = folder
        self._restart = restart

    async def customer_sends(
        self, who: str, channel: str | None, message_type: str, content: Mapping[str, Any]
    ) -> None:
        """See `Scene`."""
        customer = self.cast.customer(who)
        if channel is not None and channel not in customer.contacts:
            self._create(customer, channel, {})
        customer.channel = channel or customer.channel
        conversation = self.cast.conversation(customer).id
        sent = self._gateway.stage.customer_sends(conversation, message_type, dict(content))
        self.awaited.add(f"message:{sent}")

    async def customer_picks(self, who: str, option: int | str) -> None:
        """See `Scene`."""
        conversation = self.cast.conversation(self.cast.customer(who)).id
        try:
            sent = self._gateway.stage.customer_picks(conversation, option)
        except StageError as error:
            raise StimulusError(str(error)) from None
        self.awaited.add(f"message:{sent}")

    async def agent_says(self, who: str, text: str, agent: str) -> None:
        """See `Scene`."""
        conversation = self.cast.conversation(self.cast.customer(who)).id
        self._gateway.stage.agent_says(conversation, text, self.cast.agent(agent))

    async def bot_says(self, who: str, text: str, *, workflow: bool) -> None:
        """See `Scene`."""
        conversation = self.cast.conversation(self.cast.customer(who)).id
        stage = self._gateway.stage
        (stage.publisher_says if workflow else stage.bot_says)(conversation, text)

    async def notify(self, name: str, code: int, texts: Mapping[str, str], about: str) -> None:
        """See `Scene`."""
        action_to = {}
        if about:
            world = self._gateway.world
            conversation = self.cast.conversation(self.cast.customer(about))
            tcu = world.tcu_of(conversation, world.worker.id)
            action_to = {"team_conversation_user_id": tcu}
        made = self._gateway.stage.notify(
            type=code,
            title=texts.get("title", ""),
            content=texts.get("content", ""),
            sender=texts.get("from", ""),
            channel=texts.get("channel", ""),
            action_to=action_to,
        )
        if name:
            self.cast.notices[made] = name
        self.awaited.add(f"notification:{made}")

    async def set_contact(self, who: str, form: ContactForm) -> None:
        """See `Scene`."""
        fields = form.texts()
        if who not in self.cast:
            customer = Customer(who, form.channel or DEFAULT_CHANNEL)
            self._create(customer, customer.channel, fields)
            self.cast.add(customer)
            await self._remember(customer.contact, form)
            return
        if form.tags is not None or form.opted_out is not None:
            hint = "give them in 'contacts'"
            raise StimulusError(f"tags and opt-outs are the worker's own; {hint}")
        customer = self.cast.customer(who)
        if form.channel is not None and form.channel not in customer.contacts:
            self._create(customer, form.channel, fields)
        for contact in customer.contacts.values():
            self._gateway.stage.set_contact(contact, fields)

    def _create(self, customer: Customer, channel: str, fields: Mapping[str, str]) -> None:
        """The customer is on the channel; a second contact is like the first."""
        world = self._gateway.world
        if customer.contacts:
            fields = {**world.contacts[customer.contact].fields, **fields}
        customer.contacts[channel] = self._gateway.stage.create_contact(
            channel=channel,
            language=fields.get("language", ""),
            display_name=fields.get("display_name", ""),
            fields=fields,
        )

    async def _remember(self, contact: str, form: ContactForm) -> None:
        """The worker knows of the contact what only it can know."""
        if not (form.tags or form.opted_out):
            return
        state = ContactState(
            id=ContactId(contact),
            tags=frozenset(form.tags or ()),
            opted_out_at=self._gateway.world.now() if form.opted_out else None,
        )
        await self._ledger.receive(Receipt(account=ACCOUNT, contacts=(state,)))

    async def set_conversation(self, who: str, form: ConversationForm) -> None:
        """See `Scene`."""
        customer = self.cast.customer(who)
        stage = self._gateway.stage
        if form.new:
            stage.create_conversation(customer.contact)
        conversation = self.cast.conversation(customer)
        if form.team is not None:
            conversation.team_id = self.cast.team(form.team)
            self._gateway.world.touch(conversation)
        if form.assigned_to is not None:
            stage.agent_assigns(conversation.id, self.cast.agent(form.assigned_to))
        if form.mode is not None:
            stage.set_mode(conversation.id, form.mode)
        if form.status is not None:
            stage.set_status(conversation.id, form.status)

    async def set_faults(self, faults: Sequence[str]) -> None:
        """See `Scene`."""
        self._gateway.faults.clear()
        for fault in faults:
            try:
                self._gateway.faults.add(fault)
            except FaultError as error:
                raise StimulusError(str(error)) from None

    async def reload(self, rules: str | None) -> None:
        """See `Scene`."""
        if rules is None:
            self._rules.written_again()
            return
        path = self._folder / rules
        if not path.exists():
            raise StimulusError(f"there is no file or directory {path}")
        self._rules.put(self._library.load(path))
        self.cast.hire(self._rules.live.ruleset.rules)

    async def restart(self, *, kill: bool, away: timedelta) -> None:
        """See `Scene`."""
        await self._restart(kill, away)
