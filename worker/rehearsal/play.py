"""One test, played from its first step to its last, in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from worker.ledger.memory import MemoryLedger
from worker.log import describe
from worker.model.action import Intent, IntentState
from worker.model.rule import Place
from worker.rehearsal.clock import RehearsalClock
from worker.rehearsal.dues import ALL, first_due
from worker.rehearsal.judge import Case, Difference, differences, totals
from worker.rehearsal.rules import Library, RulesInForce
from worker.rehearsal.scene import PlayedScene
from worker.rehearsal.service import ACCOUNT, READY_S, Posts, Service
from worker.rehearsal.standing import Standing
from worker.rehearsal.window import Watcher, Window
from worker.ruleset.testing.expect import ExpectForm
from worker.ruleset.testing.part import Loc
from worker.ruleset.testing.people import CUSTOMER, ContactForm
from worker.ruleset.testing.scene import StimulusError
from worker.ruleset.testing.written import WrittenTest
from worker.runtime.live import Live
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.switches import Switches
from worker.virtual_time import run_virtually

PATIENCE_S = 60.0
"""An `expect` waits at most so long for what the steps before it led to."""

LOOK_S = 0.01
"""All work that takes no time is done when so much virtual time has passed."""

DUE_S = 0.001
"""A look is made so long after something was due: a float of seconds is no exact time."""

TRIES = 20

SHORTEST_S, LONGEST_S = 0.05, 1.0
"""Between two looks whether the worker is done."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in a test, and where the test says otherwise."""

    place: Place
    difference: Difference | None = None
    message: str = ""


@dataclass(slots=True, repr=False)
class Outcome:
    """What became of one test; `windows` is what coverage is counted from.

    Without a `repr` of all that happened, which the event loop would make of its last result.
    """

    test: WrittenTest
    failures: list[Failure] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)


def play(test: WrittenTest, live: Live, library: Library) -> Outcome:
    """The test has been played by these rules; what became of it."""
    return run_virtually(_Play(test, live, library).run())


def recorded(test: WrittenTest, live: Live, library: Library) -> MemoryLedger:
    """The test has been played; what its worker recorded, whatever was expected of it."""
    played = _Play(test, live, library)
    played.to_the_end = True
    run_virtually(played.run())
    return played.ledger


class _Play:
    """The steps of one test, one after the other.

    `mark` is the time of the last step in the loop's seconds: `after` counts from it, however long
    an `expect` waited meanwhile. `to_the_end`: what the last step leads to is waited for, too.
    """

    def __init__(self, test: WrittenTest, live: Live, library: Library) -> None:
        self.test = test
        self.outcome = Outcome(test)
        self.begin = test.form.begin
        self.clock = RehearsalClock(self.begin - timedelta(seconds=READY_S))
        refused = frozenset(test.form.no_buttons)
        self.gateway = SandboxGateway(self.clock, switches=Switches(response_refused_on=refused))
        self.ledger = MemoryLedger(clock=self.clock)
        self.rules = RulesInForce(live)
        self.posts = Posts()
        allow = library.webhook_allow
        self.service = Service(self.clock, self.gateway, self.ledger, self.rules, self.posts, allow)
        folder = Path(test.path).parent
        self.scene = PlayedScene(
            self.gateway, self.ledger, library, self.rules, folder, self.restart
        )
        self.watcher = Watcher(self.gateway, self.ledger, self.rules, self.posts, self.scene.cast)
        self.mark = READY_S
        self.fresh = False
        self.to_the_end = False
        self.back_at: float | None = None

    async def run(self) -> Outcome:
        """All steps, or up to the first that cannot be played."""
        form = self.test.form
        self.scene.cast.hire(self.rules.live.ruleset.rules)
        contacts = form.contacts or ({} if form.conversations else {CUSTOMER: ContactForm()})
        for name in form.conversations:
            contacts.setdefault(name, ContactForm())
        for name, contact in contacts.items():
            await self.scene.set_contact(name, contact)
        for name, conversation in form.conversations.items():
            await self.scene.set_conversation(name, conversation)
        try:
            try:
                await self._steps()
            finally:
                await self.service.close()
        except Exception as error:  # noqa: BLE001 - a worker that fails fails the test, not the run
            self._failed((), f"the worker failed: {describe(error)}")
        return self.outcome

    async def _steps(self) -> None:
        await self.service.start()
        for position in range(len(self.test.form.steps)):
            if not await self._step(position):
                break
        if self.to_the_end:
            await self._quiet(self.clock.monotonic() + PATIENCE_S)
        self.outcome.windows.append(await self.watcher.look())

    def _failed(self, loc: Loc, message: str) -> None:
        self.outcome.failures.append(Failure(self.test.place(loc), message=message))

    async def _step(self, position: int) -> bool:
        """The step is played; False: the rest makes no sense any more."""
        step = self.test.form.steps[position]
        loc: Loc = ("steps", position)
        if step.after is not None or step.at is not None:
            target = self._target(position)
            if target < self.mark:
                is_it = (self.begin + timedelta(seconds=self.mark - READY_S)).astimezone(
                    step.at.tzinfo if step.at is not None else None
                )
                told = f"that time is past: it is {is_it.isoformat(timespec='seconds')} already"
                self._failed((*loc, "at"), told)
                return False
            await self._pass_until(target)
            self.mark = target
            self.fresh = False
        part = step.part
        if isinstance(part, ExpectForm):
            await self._settle(position)
            await self._judge(part, (*loc, part.key))
        elif part is not None:
            self.mark = max(self.mark, self.clock.monotonic())
            try:
                await part.play(self.scene)
            except StimulusError as error:
                self._failed((*loc, part.key), str(error))
                return False
            self.fresh = True
        self.service.check()
        return True

    def _target(self, position: int) -> float:
        """When the step is to be, if it says so, counted from `mark`."""
        step = self.test.form.steps[position]
        if step.at is not None:
            return (step.at - self.begin).total_seconds() + READY_S
        return self.mark + step.after.total_seconds() if step.after is not None else self.mark

    # -- time ------------------------------------------------------------------------------------

    async def _settle(self, position: int) -> None:
        """What was played has led to all it leads to, or the next step's time has come.

        Where time has passed since, what was due by now is done, and nothing is waited for.
        """
        if not self.fresh:
            await self._look()
            due = self.clock.now()
            for _ in range(TRIES):  # a timer waits until messages have been read up to its time
                if not await self.ledger.timers(ACCOUNT, before=due, limit=1):
                    return
                await self.clock.sleep(SHORTEST_S)
            return
        until = self.clock.monotonic() + PATIENCE_S
        for later, step in enumerate(self.test.form.steps[position + 1 :], position + 1):
            if step.after is not None or step.at is not None:
                until = min(until, self._target(later))
                break
            if not isinstance(step.part, ExpectForm):
                break
        await self._quiet(until)

    async def _look(self) -> None:
        """Everybody has looked, and what takes no time is done."""
        self.clock.stir()
        await self.clock.sleep(LOOK_S)

    async def _quiet(self, until: float) -> None:
        """The worker has nothing left to do now, or that time has come."""
        await self._look()
        pause = SHORTEST_S
        while self.clock.monotonic() < until:
            if not await self._busy():
                await self._look()  # what was just done may have led to more
                if not await self._busy():
                    return
            await self.clock.sleep(min(pause, until - self.clock.monotonic()))
            pause = min(LONGEST_S, pause * 1.3)

    async def _pass_until(self, target: float) -> None:
        """It is that late, and what was due meanwhile was done when it was due."""
        while self.clock.monotonic() < target:
            stop = target
            if self.back_at is not None:
                stop = min(stop, self.back_at)
            await self._quiet(min(stop, self.clock.monotonic() + PATIENCE_S))
            await self._stand_still(stop)
            if self.back_at is not None and self.clock.monotonic() >= self.back_at:
                self.back_at = None
                await self.service.start()

    async def _stand_still(self, until: float) -> None:
        """It is that late, or the worker has something to do."""
        if self.service.running:
            rules = self.rules.live.ruleset
            due = await first_due(self.ledger, rules, self.clock.now())
            if due is not None:
                until = min(until, self.clock.when(due) + DUE_S)
        if self.clock.monotonic() < until:
            await self.clock.still_until(until)

    async def _busy(self) -> bool:
        """Something that was played has not been decided, or what was decided is not done."""
        if not self.service.running:
            return False
        self.service.check()
        known = await self.ledger.events(ACCOUNT, limit=ALL)
        self.scene.awaited -= {one.event.id for one in known}
        if self.scene.awaited or await self.ledger.unplanned(ACCOUNT):
            return True
        if await self.ledger.timers(ACCOUNT, before=self.clock.now(), limit=1):
            return True
        return any(True for _ in self._due(await self.ledger.open_intents(ACCOUNT)))

    def _due(self, intents: tuple[Intent, ...]) -> Iterator[Intent]:
        """Without those that are to be done later, and what stands behind them."""
        now = self.clock.now()
        later = set()
        for intent in intents:
            cause = (intent.event_id, intent.rule_id)
            waits = intent.not_before is not None and intent.not_before > now
            if intent.state is IntentState.PENDING and (waits or cause in later):
                later.add(cause)
            else:
                yield intent

    async def restart(self, kill: bool, away: timedelta) -> None:  # noqa: FBT001 - as `Restart`
        """The worker is gone, and back after `away`."""
        await (self.service.kill() if kill else self.service.stop())
        if away:
            self.back_at = self.clock.monotonic() + away.total_seconds()
        else:
            await self.service.start()

    # -- looking ---------------------------------------------------------------------------------

    async def _judge(self, expect: ExpectForm, loc: Loc) -> None:
        window = await self.watcher.look()
        self.outcome.windows.append(window)
        case = Case(expect, window, self.rules.find)
        sent = Counter(one.to for one in self.watcher.sent)
        sent[""] = len(self.watcher.sent)
        standing = Standing(self.gateway, self.ledger, self.scene.cast)
        found = [*differences(case), *totals(expect, sent), *await standing.differences(expect)]
        self.outcome.failures += [Failure(self.test.place(loc + one.loc), one) for one in found]
