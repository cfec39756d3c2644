"""Plays the script: customers, an agent and a crash on the sandbox; the worker is the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from worker.clock import Clock
from worker.demo.screen import Screen
from worker.demo.script import (
    CUSTOMERS,
    AgentLine,
    Await,
    Beat,
    Crash,
    Customer,
    Line,
    Pick,
    Scene,
    Silence,
)
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.server import SandboxServer
from worker.text.language import script_language

NEW_CONVERSATION = 201
PATIENCE_S = 14.0
"""A scene goes on after this, and the summary tells what was missing."""

LOOK_S = 0.1
TYPING_S = 0.4
LATE_S = 2.0
"""At the end, an answer too many has this long to show itself."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a customer sits in the sandbox."""

    contact: str
    conversation: str


class Play:
    """The sandbox side of the demo."""

    def __init__(
        self,
        gateway: SandboxGateway,
        server: SandboxServer,
        screen: Screen,
        clock: Clock,
        *,
        speed: float,
        decided: Callable[[], Any],
    ) -> None:
        self._gateway = gateway
        self._server = server
        self._screen = screen
        self._clock = clock
        self._speed = speed
        self._decided = decided
        self._shown = 0
        self.seats: dict[Customer, Seat] = {}

    async def perform(self, scene: Scene) -> None:
        """All beats of a scene, one after the other."""
        self._screen.heading(scene.title)
        for beat in scene.beats:
            await self._beat(beat)

    async def _beat(self, beat: Beat) -> None:
        match beat:
            case Line(who, text):
                self._screen.customer(who, text)
                self._gateway.stage.customer_says(self._seat(who).conversation, text)
                await self._pass(TYPING_S / self._speed)
            case Pick(who, number):
                self._screen.customer(who, f"(taps option {number})")
                self._gateway.stage.customer_picks(self._seat(who).conversation, number)
            case AgentLine(who, text):
                self._screen.agent(who, text)
                self._gateway.stage.agent_joins(self._seat(who).conversation)
                self._gateway.stage.agent_says(self._seat(who).conversation, text)
            case Crash(seconds):
                await self._crash(seconds)
            case Await(answers):
                await self._await(answers)
            case Silence(seconds):
                await self._pass(seconds)
            case _:
                assert_never(beat)

    async def _crash(self, seconds: float) -> None:
        self._screen.trouble(
            f"the gateway takes the next answer, dies before it says so, is gone for {seconds:g} s"
        )
        self._gateway.faults.add("POST conversation_messages: stall-after seconds=30 count=1")
        sent = len(self._gateway.journal)
        self._crash_when = (sent, seconds)

    _crash_when: tuple[int, float] | None = None

    async def _maybe_crash(self) -> None:
        """Once the faulty send has happened, the gateway is gone for a while."""
        if self._crash_when is None:
            return
        since, seconds = self._crash_when
        if not any(True for _ in self._gateway.journal.entries(after=since, kind="send")):
            return
        self._crash_when = None
        self._screen.trouble("stored, and the connection is dead: was the answer sent or not?")
        await self._server.down()
        await self._clock.sleep(seconds)
        await self._server.up()
        self._screen.trouble("the gateway is back; the worker reads the conversation first")

    async def _await(self, answers: tuple[tuple[Customer, int], ...]) -> None:
        until = self._clock.monotonic() + PATIENCE_S
        while self._clock.monotonic() < until:
            await self._pass(LOOK_S)
            if all(len(self.answers(who)) >= count for who, count in answers):
                return

    async def _pass(self, seconds: float) -> None:
        """Time passes; what arrives meanwhile is shown."""
        until = self._clock.monotonic() + seconds
        while True:
            await self._show()
            await self._maybe_crash()
            left = until - self._clock.monotonic()
            if left <= 0:
                return
            await self._clock.sleep(min(LOOK_S, left))

    async def _show(self) -> None:
        for text in await self._decided():
            self._screen.decision(text)
        by_conversation = {seat.conversation: who for who, seat in self.seats.items()}
        for entry in self._gateway.journal.entries(after=self._shown):
            self._shown = entry.sequence
            if entry.kind == "send" and entry.ids[0] in by_conversation:
                content = self._gateway.world.messages[entry.ids[1]].content
                options = [str(one["title"]) for one in content.get("quick_replies", ())]
                said = str(content.get("text") or content.get("url", ""))
                self._screen.worker(by_conversation[entry.ids[0]], said, options)
            elif entry.kind == "dismiss":
                self._screen.decision(f"dismissed {len(entry.ids)} notification(s)")
            elif entry.kind == "update_contact":
                self._screen.decision("the contact's remark shows the tag to agents")

    def _seat(self, who: Customer) -> Seat:
        seat = self.seats.get(who)
        if seat is None:
            stage = self._gateway.stage
            contact = stage.create_contact(
                channel=who.channel,
                language=who.language,
                display_name=who.name,
                fields={"first_name": who.name},
            )
            seat = self.seats[who] = Seat(contact, stage.create_conversation(contact))
        return seat

    def answers(self, who: Customer) -> list[dict[str, Any]]:
        """Contents of the worker's messages to a customer, in order."""
        if who not in self.seats:
            return []
        sends = self._gateway.stage.sends().get(self.seats[who].conversation, ())
        return [dict(message.content) for message in sends]

    async def settle(self) -> None:
        """Whatever is still under way has come to its end, or had its time."""
        until = self._clock.monotonic() + PATIENCE_S
        while self._clock.monotonic() < until and not all(row[3] for row in self.checked()):
            await self._pass(LOOK_S)
        await self._pass(LATE_S)

    def checked(self) -> list[tuple[str, str, str, bool]]:
        """Every expectation beside what the gateway saw: (what, expected, seen, right)."""
        rows = []
        for who in CUSTOMERS:
            answers = self.answers(who)
            languages = sorted({_language(str(one.get("text", ""))) for one in answers})
            fine = len(answers) == who.answers and set(languages) <= {who.speaks}
            expected = f"{who.answers} × {who.speaks}" if who.answers else "silence"
            seen = f"{len(answers)} × {', '.join(languages)}" if answers else "silence"
            rows.append((f"answers to {who.name}", expected, seen, fine))
            if who.menu:
                menus = sum(1 for one in answers if one.get("quick_replies"))
                rows.append((f"menus for {who.name}", "1", str(menus), menus == 1))
            if who.tag:
                remark = str(self._gateway.stage.contact(self.seats[who].contact)["remark"])
                tagged = f"#{who.tag}" in remark.split()
                rows.append((f"tag on {who.name}", f"#{who.tag}", remark, tagged))
        left = [
            one for one in self._gateway.stage.notifications() if one["type"] == NEW_CONVERSATION
        ]
        rows.append(("notifications left", "0", str(len(left)), not left))
        return rows


def _language(text: str) -> str:
    return script_language(text) or "en"
