"""Who plays in a test: its short names, and what stands behind them on the platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from worker.model.rule import Rule
from worker.ruleset.testing.per_contact import ONLY
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.records import Conversation, Team, User

DEFAULT_CHANNEL = "web"


@dataclass(slots=True)
class Customer:
    """One customer: on this platform a contact of its own on each channel.

    Attributes:
        contacts: the contact's id by channel.
        channel: where the customer wrote last.
    """

    name: str
    channel: str
    contacts: dict[str, str] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """The contact on the channel where the customer wrote last."""
        return self.contacts[self.channel]


class Cast:
    """Everybody by name."""

    def __init__(self, gateway: SandboxGateway) -> None:
        self._gateway = gateway
        self._customers: dict[str, Customer] = {}
        self._agents: dict[str, str] = {}
        self.notices: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._customers

    def add(self, customer: Customer) -> None:
        """The customer is known."""
        self._customers[customer.name] = customer

    def customer(self, name: str) -> Customer:
        """The customer of this name; `ONLY`: the first one."""
        if name == ONLY:
            return next(iter(self._customers.values()))
        return self._customers[name]

    def customers(self) -> Iterator[Customer]:
        """All of them."""
        return iter(self._customers.values())

    def name_of(self, contact_id: str) -> str:
        """What the test calls the contact."""
        for customer in self._customers.values():
            if contact_id in customer.contacts.values():
                return customer.name
        return contact_id

    def conversation(self, customer: Customer) -> Conversation:
        """The customer's newest conversation; opened, and announced, where there is none."""
        world = self._gateway.world
        contact = world.contacts[customer.contact]
        if not contact.conversations:
            self._gateway.stage.create_conversation(contact.id)
        return world.conversations[contact.conversations[-1]]

    def agent(self, name: str) -> str:
        """The person's user id; "" for the usual one."""
        world = self._gateway.world
        if name in ("", world.agent.name):
            return world.agent.id
        if name in world.users:
            return name
        if name not in self._agents:
            self._agents[name] = self._gateway.stage.add_agent(name)
        return self._agents[name]

    def agent_name(self, user_id: str) -> str:
        """What the test calls the person, else the id."""
        return next((name for name, known in self._agents.items() if known == user_id), user_id)

    def team(self, team_id: str) -> str:
        """The team exists; its id."""
        world = self._gateway.world
        if team_id not in world.teams:
            world.teams[team_id] = Team(team_id, team_id, members=[world.worker.id])
        return team_id

    def hire(self, rules: Iterable[Rule]) -> None:
        """The teams and people exist whom rules name by their ids."""
        world = self._gateway.world
        for rule in rules:
            for step in rule.steps:
                team = getattr(step.action, "team", None)
                if isinstance(team, str) and "{" not in team:
                    self.team(team)
                user = getattr(step.action, "user", None)
                if isinstance(user, str) and "{" not in user:
                    world.users.setdefault(user, User(user, user, ""))
