"""The scene of a test: what stimuli may move. The tests' runner builds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from worker.ruleset.testing.people import ContactForm, ConversationForm


class StimulusError(Exception):
    """A stimulus cannot be played now; the text says why, for the test's author."""


class Scene(Protocol):
    """The platform's people, and the worker. `who` names a contact; "" is the only one."""

    async def customer_sends(
        self, who: str, channel: str | None, message_type: str, content: Mapping[str, Any]
    ) -> None:
        """The customer has sent a message; a conversation is opened where there is none.

        Args:
            channel: None: where the customer wrote last.
        """
        ...

    async def customer_picks(self, who: str, option: int | str) -> None:
        """The customer has pressed a button of the newest menu.

        Args:
            option: its number from 1, its title or its payload.

        Raises:
            StimulusError: there is no such button.
        """
        ...

    async def agent_says(self, who: str, text: str, agent: str) -> None:
        """A person of the team has written to the customer; `agent` "": the usual one."""
        ...

    async def bot_says(self, who: str, text: str, *, workflow: bool) -> None:
        """The platform's own bot, or a workflow, has written to the customer."""
        ...

    async def notify(self, name: str, code: int, texts: Mapping[str, str], about: str) -> None:
        """A notification is new.

        Args:
            name: what the test calls it; "" for none.
            texts: `title`, `content`, `from`, `channel`, as far as given.
            about: the contact whose conversation it names; "" for none.
        """
        ...

    async def set_contact(self, who: str, form: ContactForm) -> None:
        """The contact exists and has these fields."""
        ...

    async def set_conversation(self, who: str, form: ConversationForm) -> None:
        """The contact's newest conversation exists and is so."""
        ...

    async def set_faults(self, faults: Sequence[str]) -> None:
        """These faults are played from now on, and no others.

        Raises:
            StimulusError: one of them does not read.
        """
        ...

    async def reload(self, rules: str | None) -> None:
        """The rule files were written again; `rules`: those of another file or directory.

        Raises:
            StimulusError: there is no such file or directory.
        """
        ...

    async def restart(self, *, kill: bool, away: timedelta) -> None:
        """The worker was stopped, or killed, and is back after a time."""
        ...
