"""`worker check`: are the settings that are set, and the rule files, all right?"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.past import SINCE_HELP, read_since
from worker.errors import Problem, SettingsError, errors_among

if TYPE_CHECKING:
    from worker.cli.against import Difference
    from worker.cli.parser import Verbs
    from worker.model.gateway import Capability
    from worker.settings import Settings


@dataclass
class _Found:
    """What a check brought to light."""

    settings: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    rules: int = 0
    versions: list[str] = field(default_factory=list)
    against: Difference | None = None

    @property
    def errors(self) -> int:
        return len(errors_among(self.problems)) + len(self.settings)

    @property
    def warnings(self) -> int:
        return len(self.problems) - len(errors_among(self.problems))

    @property
    def exit_code(self) -> int:
        if self.settings:
            return SettingsError.exit_code
        return 1 if self.errors else 0


def register(verbs: Verbs) -> None:
    """`check` is a verb."""
    parser = verbs.add_parser(
        "check",
        help="are settings and rules all right?",
        description="Checks the settings that are set and rule files; needs no account. "
        "Exit 0: no errors; 1: errors in rules; 2: wrong settings or a missing path. "
        "With --against: also what the change does to customers, on the recorded past, or without "
        "a ledger on the messages of the rules' own tests; a difference is no error.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="file or directory, each a rule set of its own (default: WORKER_RULES)",
    )
    parser.add_argument("--format", choices=("text", "json", "github"), default="text")
    parser.add_argument(
        "--against",
        metavar="DIRECTORY|COMMIT",
        help="the rules before the change: a directory or file, else what git calls a commit "
        "(main, HEAD~1)",
    )
    parser.add_argument("--since", metavar="WHEN", help=f"with --against: {SINCE_HELP}")
    parser.set_defaults(call=run)


def run(arguments: argparse.Namespace) -> int:
    """Every problem was printed."""
    from worker.settings import Settings, load_settings

    found = _Found()
    settings = Settings()
    try:
        settings = load_settings()
    except SettingsError as error:
        found.settings = tuple(str(error).splitlines())
        # The rules are worth checking all the same, for the settings that are needed to do so.
        settings = Settings(rules=Path(os.environ.get("WORKER_RULES") or settings.rules))
    paths: Sequence[Path] = arguments.paths or [settings.rules]
    if arguments.since is not None and arguments.against is None:
        raise SettingsError("--since is for --against")
    if arguments.against is not None and len(paths) > 1:
        raise SettingsError("--against compares one rule set: name one path")
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        whose = "" if arguments.paths else "WORKER_RULES: "
        absent = (f"{whose}{path}: there is no such file or directory" for path in missing)
        raise SettingsError("\n".join((*found.settings, *absent)))
    _check(found, paths, settings)
    if arguments.against is not None:
        found.against = _against(found, paths[0], arguments, settings)
    _WAYS[arguments.format](found)
    return found.exit_code


def _check(found: _Found, paths: Sequence[Path], settings: Settings) -> None:
    from worker.ruleset.load import check_rules

    for path in paths:
        ruleset, problems = check_rules(
            path,
            platform=settings.platform,
            capabilities=capabilities_of(settings.platform),
            webhook_allow=settings.webhook_allow,
        )
        found.problems += problems
        if ruleset is not None:
            found.rules += len(ruleset.rules)
            found.versions.append(ruleset.version)


def _against(
    found: _Found, path: Path, arguments: argparse.Namespace, settings: Settings
) -> Difference:
    from worker.cli.against import Difference, difference
    from worker.clock import SystemClock

    now = SystemClock().now()
    since = read_since(arguments.since or "7d", now)
    if found.errors:
        return Difference("not compared: the errors above come first")
    return difference(path, arguments.against, since, now, settings)


def capabilities_of(platform: str) -> frozenset[Capability] | None:
    """What the platform can do; None: that is not known yet."""
    from worker.model.gateway import Capability

    # Every action can be done on iMBRACE. None: not known yet, so nothing is refused for it.
    return frozenset(Capability) if platform == "imbrace" else None


def _text(found: _Found) -> None:
    from worker.log import one_line

    for line in (*found.settings, *map(str, found.problems)):
        print(one_line(line))
    print(_summary(found))
    _tell_difference(found.against, examples=True)


def _tell_difference(found: Difference | None, *, examples: bool) -> None:
    from worker.cli.backtest import show
    from worker.report.text import ONE_SCREEN, Amount, lines

    if found is None:
        return
    print()
    if found.report is None:
        print(found.problem)
        return
    show(lines(found.report, ONE_SCREEN if examples else Amount(ONE_SCREEN.rules, 0)))


def _summary(found: _Found) -> str:
    counts = (
        (found.rules, "rule"),
        (found.errors, "error"),
        (found.warnings, "warning"),
    )
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _json(found: _Found) -> None:
    told = {
        "ok": not found.errors,
        "rules": found.rules,
        "versions": found.versions,
        "errors": found.errors,
        "warnings": found.warnings,
        "settings": list(found.settings),
        "problems": [asdict(problem) for problem in found.problems],
    }
    if found.against is not None:
        from worker.report.plain import as_json

        report = found.against.report
        told["against"] = {
            "problem": found.against.problem,
            "report": None if report is None else as_json(report),
        }
    print(json.dumps(told, indent=2))


def _github(found: _Found) -> None:
    for line in found.settings:
        print(f"::error::{_escaped(line)}")
    for one in found.problems:
        level = "warning" if one.warning else "error"
        text = f"{one.message}; {one.hint}" if one.hint else one.message
        where = f"file={_property(one.path)},line={one.line},col={one.column}"
        print(f"::{level} {where}::{_escaped(text)}")
    print(_summary(found))
    if found.against is not None:
        from worker.cli.against import notices

        for path, row, words in notices(found.against):
            where = f" file={_property(path)},line={row}" if path else ""
            print(f"::notice{where}::{_escaped(words)}")
        # a log that many can read is no place for what customers wrote
        _tell_difference(found.against, examples=not found.against.private)


def _escaped(text: str) -> str:
    """Source: the runner's own rules for workflow commands: `%`, CR and LF are escaped."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


_WAYS = {"text": _text, "json": _json, "github": _github}
