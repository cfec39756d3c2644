"""`worker explain`: why each rule did or did not act."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import SettingsError

if TYPE_CHECKING:
    from worker.cli.parser import Parser, Verbs
    from worker.engine.made_up import MadeUp
    from worker.model.rule import RuleSet
    from worker.report.case import Case
    from worker.settings import Settings

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)

_WITH_TEXT = ("channel", "language", "contact_tag", "first_message", "at")


def register(verbs: Verbs) -> None:
    """`explain` is a verb."""
    parser = verbs.add_parser(
        "explain",
        help="why did it (not) answer?",
        description="Tells for one event which rules acted, which did not and why, and which came "
        "nearest. A made-up message needs neither account nor ledger. "
        "Exit 1: there is no such event, or the rules have errors; 3: there is no readable ledger.",
    )
    _what(parser)
    parser.add_argument("--channel", metavar="NAME", help="where it was said, for instance web")
    parser.add_argument("--language", metavar="TAG", help="the contact's, for instance th")
    parser.add_argument(
        "--contact-tag", action="append", metavar="TAG", help="the contact has it; may be repeated"
    )
    parser.add_argument(
        "--first-message", action="store_true", help="the contact never wrote before"
    )
    parser.add_argument("--at", metavar="TIME", help="when it is said (default: now)")
    parser.add_argument(
        "--rules", type=Path, metavar="PATH", help="file or directory (default: WORKER_RULES)"
    )
    parser.add_argument(
        "--json", action="store_true", help="for a machine; holds what the customer wrote"
    )
    parser.set_defaults(call=run)


def _what(parser: Parser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", metavar="TEXT", help="a made-up message; with --channel")
    what.add_argument("--event", metavar="ID", help="a recorded event, or a message (msg_…)")
    what.add_argument("--conversation", metavar="ID", help="its last event")


def run(arguments: argparse.Namespace) -> int:
    """The explanation was printed."""
    from worker.settings import load_settings

    _refuse_misuse(arguments)
    settings = load_settings()
    if arguments.text is not None:
        case = _made_up(arguments, settings)
    else:
        import asyncio

        from worker.cli.explain_recorded import recorded

        case = asyncio.run(
            recorded(
                settings,
                event=arguments.event,
                conversation=arguments.conversation,
                rules=arguments.rules,
            )
        )
    _show(case, as_json=arguments.json)
    return 0


def _refuse_misuse(arguments: argparse.Namespace) -> None:
    if arguments.text is None:
        given = [name for name in _WITH_TEXT if getattr(arguments, name)]
        if given:
            option = f"--{given[0].replace('_', '-')}"
            raise SettingsError(f"{option} goes with --text: what was recorded has its own")
    elif not arguments.channel:
        raise SettingsError("--text needs --channel: rules ask where a message was written")


def _made_up(arguments: argparse.Namespace, settings: Settings) -> Case:
    from worker.cli.backtest import existing, rules_of
    from worker.engine.explain import explain
    from worker.engine.made_up import EVENT, MadeUp
    from worker.report.case import Case, explained

    at = _when(arguments.at)
    said = MadeUp(
        text=arguments.text,
        channel=arguments.channel,
        at=at.astimezone(UTC),
        language=arguments.language or "",
        tags=frozenset(arguments.contact_tag or ()),
        first_message=arguments.first_message,
    )
    ruleset = rules_of(existing(arguments.rules or settings.rules), settings)
    facts = said.facts(ruleset.names)
    told = explain(facts, [EVENT], ruleset, said.standing)
    return Case(
        event=facts.event,
        made_up=True,
        told=(*_told(said), at.isoformat(timespec="seconds")),
        said=facts.text,
        sections=(explained(told, title=_counted(ruleset), version=ruleset.version),),
    )


def _told(said: MadeUp) -> list[str]:
    tags = ", ".join(sorted(said.tags))
    return [
        "a made-up message",
        f"channel {said.channel}",
        f"language {said.language}" if said.language else "no contact language",
        f"tags {tags}" if tags else "no tags",
        "first message" if said.first_message else "not the first message",
    ]


def _counted(ruleset: RuleSet) -> str:
    count = len(ruleset.rules)
    return "1 rule" if count == 1 else f"{count} rules, in the order they are asked"


def _when(written: str | None) -> datetime:
    from worker.clock import SystemClock

    now = SystemClock().now()
    if written is None:
        return now
    try:
        when = datetime.fromisoformat(written)
        when = when if when.tzinfo is not None else when.astimezone()
        told = when.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise SettingsError(
            f"--at {written}: expected a time such as 2026-10-05T10:00+08:00"
        ) from error
    if not _EARLIEST <= told < _LATEST:
        raise SettingsError(f"--at {written}: expected a time from 1970 to 2999")
    return when


def _show(case: Case, *, as_json: bool) -> None:
    if as_json:
        from worker.report.case_json import as_json as told

        print(json.dumps(told(case), indent=2))
        return
    from rich.console import Console

    from worker.cli.explain_tree import drawn

    console = Console(highlight=False)
    plain = not console.is_terminal or console.no_color
    if plain:
        width = console.width if console.is_terminal else _UNBROKEN
        console = Console(highlight=False, force_terminal=False, width=width)
    console.print(drawn(case, marks=plain))


_UNBROKEN = 2_000
"""Columns where nobody watches: lines are for other programs to break."""
