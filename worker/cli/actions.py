"""`worker actions`: the dead and the in-doubt ones are looked at, and settled by hand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.cli.actions_shown import as_json, as_row, as_text
from worker.cli.opened import account_of, opened

if TYPE_CHECKING:
    from worker.cli.parser import Verbs
    from worker.model.action import Intent
    from worker.model.hand import Act
    from worker.model.ids import AccountId
    from worker.model.ledger import Ledger, StoredEvent
    from worker.settings import Settings

_ANSWER_WITHIN_S = 10.0  # a running worker looks every second
_ASK_EVERY_S = 0.1
_LISTED = 100
_SEARCHED = 10_000  # how many of the newest actions of any state a short key may mean


class _NotFoundError(Exception):
    """The key names no action, or more than one."""


def register(verbs: Verbs) -> None:
    """`actions` is a verb with verbs of its own."""
    parser = verbs.add_parser(
        "actions",
        help="dead and in-doubt actions, by hand",
        description="Shows the actions that wait for a person, and settles them. Works beside a "
        "running worker, which carries the decision out within a second, and without one. "
        "Exit 1: no such action, or it waits for nobody. Exit 3: no readable ledger, or the "
        "running worker did not answer; then nothing was changed.",
    )
    inner: Verbs = parser.add_subparsers(metavar="WHAT", required=True)
    listing = inner.add_parser("list", help="what waits for a person", description="Newest first.")
    listing.add_argument(
        "--state",
        action="append",
        choices=(
            "pending",
            "sending",
            "retrying",
            "unknown",
            "done",
            "skipped",
            "dead",
            "in_doubt",
        ),
        help="only these; may be given repeatedly; default: dead and in_doubt",
    )
    listing.add_argument("--limit", type=_positive, default=_LISTED, help=f"default {_LISTED}")
    listing.add_argument("--json", action="store_true", help="for a machine")
    listing.set_defaults(call=_list)
    showing = inner.add_parser(
        "show", help="all about one", description="What it is, why it waits, what can be done."
    )
    _takes_key(showing)
    showing.set_defaults(call=_show)
    for name, text in (
        ("retry", "do it after all; the guards are asked again, and its deadline begins anew"),
        ("drop", "never do it"),
        ("confirm", "it was done; a person has seen it on the platform"),
    ):
        acting = inner.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        _takes_key(acting)
        if name == "confirm":
            acting.add_argument("--message-id", metavar="ID", help="the message that it sent")
        acting.set_defaults(call=_settle, act=name, message_id=None)


def _takes_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="the action's key, or the beginning of it")
    parser.add_argument("--json", action="store_true", help="for a machine")


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return int(text)


def _list(arguments: argparse.Namespace) -> int:
    """The actions were printed; none is fine too."""
    import asyncio

    from worker.settings import load_settings

    settings = load_settings()
    found = asyncio.run(_found(settings, arguments.state, arguments.limit))
    if arguments.json:
        _print(settings, json.dumps([as_json(one) for one in found], indent=2))
    else:
        _print(settings, *(as_row(one) for one in found))
        if not found and not arguments.state:
            _print(settings, "no action waits for a person")
    return 0


async def _found(settings: Settings, names: Sequence[str] | None, limit: int) -> tuple[Intent, ...]:
    from worker.model.action import IntentState
    from worker.runtime.by_hand import HELD

    states = [IntentState(name) for name in names] if names else sorted(HELD)
    async with opened(settings, read_only=True) as ledger:
        return await ledger.intents(account_of(settings), states, limit)


def _show(arguments: argparse.Namespace) -> int:
    """All about the action was printed."""
    import asyncio

    from worker.settings import load_settings

    settings = load_settings()
    try:
        intent, event = asyncio.run(_one(settings, arguments.key))
    except _NotFoundError as error:
        return _refused(settings, arguments, str(error))
    if arguments.json:
        _print(settings, json.dumps(as_json(intent, event), indent=2))
    else:
        _print(settings, *as_text(intent, event))
    return 0


async def _one(settings: Settings, key: str) -> tuple[Intent, StoredEvent | None]:
    async with opened(settings, read_only=True) as ledger:
        intent = await _meant(ledger, account_of(settings), key)
        return intent, await ledger.event(intent.account, intent.event_id)


async def _meant(ledger: Ledger, account: AccountId, key: str) -> Intent:
    """The one action whose key begins so; those that wait for a person are looked at first."""
    from worker.model.action import IntentState
    from worker.model.ids import IntentKey
    from worker.runtime.by_hand import HELD

    exact = await ledger.intent(IntentKey(key))
    if exact is not None and exact.account == account:
        return exact
    for states in (tuple(HELD), tuple(IntentState)):
        several = await ledger.intents(account, states, _SEARCHED)
        meant = [one for one in several if key and one.key.startswith(key)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            some = ", ".join(one.key for one in meant[:3])
            raise _NotFoundError(f"{key} begins {len(meant)} keys: {some}")
    raise _NotFoundError(f"there is no action {key}; `worker actions list` shows what waits")


def _settle(arguments: argparse.Namespace) -> int:
    """The decision was carried out."""
    import asyncio

    from worker.model.hand import Act
    from worker.settings import load_settings

    settings = load_settings()
    try:
        told = asyncio.run(
            _carried_out(settings, arguments.key, Act(arguments.act), arguments.message_id)
        )
    except _NotFoundError as error:
        return _refused(settings, arguments, str(error))
    if arguments.json:
        _print(settings, json.dumps({"done": True, "told": told}))
    else:
        _print(settings, told)
    return 0


async def _carried_out(settings: Settings, key: str, act: Act, message_id: str | None) -> str:
    from worker.clock import SystemClock
    from worker.errors import LedgerHeldError
    from worker.runtime.by_hand import REFUSED, ActRefusedError, at_rest, decision, may_act

    async with opened(
        settings, read_only=True
    ) as ledger:  # before anything: no ledger is made by looking
        intent = await _meant(ledger, account_of(settings), key)
    hand = decision(intent, act, SystemClock().now(), message_id)
    try:
        may_act(intent, hand)
        async with opened(settings) as alone:
            return await at_rest(alone, hand)
    except ActRefusedError as refusal:
        raise _NotFoundError(str(refusal)) from None
    except LedgerHeldError:
        pass
    async with opened(settings, beside=True) as beside:
        answer = await _asked(beside, await beside.ask(hand))
    if answer.startswith(REFUSED):
        raise _NotFoundError(answer.removeprefix(REFUSED))
    return answer


async def _asked(beside: Ledger, number: int) -> str:
    """The running worker's answer.

    Raises:
        LedgerError: there was none, and the decision has been taken back.
    """
    from worker.clock import SystemClock
    from worker.errors import LedgerError

    clock = SystemClock()
    until = clock.monotonic() + _ANSWER_WITHIN_S
    while True:
        answer = await beside.answered(number)
        if answer is not None:
            return answer
        if clock.monotonic() >= until and await beside.withdraw(number):
            raise LedgerError(
                f"the process that holds the ledger did not answer within {_ANSWER_WITHIN_S:.0f} s;"
                " nothing was changed; it looks for decisions once it has reached the platform"
                "; is it alive, and of this version?"
            )
        await clock.sleep(_ASK_EVERY_S)


def _refused(settings: Settings, arguments: argparse.Namespace, why: str) -> int:
    import sys

    if arguments.json:
        _print(settings, json.dumps({"done": False, "told": why}))
    else:
        from worker.log import hide, one_line

        print(f"worker: {hide(one_line(why), settings.secrets())}", file=sys.stderr)
    return 1


def _print(settings: Settings, *lines: str) -> None:
    """The lines, without any secret that is known."""
    from worker.log import hide

    for line in lines:
        print(hide(line, settings.secrets()))
