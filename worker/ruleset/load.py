"""Rule files become one rule set, or every problem of theirs is told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.conditions.part import LoadContext
from worker.errors import Problem, RulesError, errors_among
from worker.model.action import Action
from worker.model.gateway import Capability
from worker.model.rule import Rule, RuleSet
from worker.ruleset.building import RuleReader
from worker.ruleset.calendars import ReadCalendars, read_calendars
from worker.ruleset.document import Document, read_document
from worker.ruleset.files import RuleFile, read_rule_files
from worker.ruleset.forms import DefaultsForm
from worker.ruleset.lint import Doubts
from worker.ruleset.opting import (
    CONFIRMATIONS,
    START,
    STOP,
    Wish,
    confirmation_of,
    default_texts,
)
from worker.ruleset.shared import Shared
from worker.ruleset.testing.written import WrittenTest

_VERSION_LENGTH = 12

_Target = tuple[str, frozenset[Capability] | None, tuple[str, ...]]
"""Platform, capabilities, and hosts that webhooks may reach."""


def load_rules(
    path: str | Path,
    *,
    platform: str = "imbrace",
    capabilities: frozenset[Capability] | None = None,
    webhook_allow: tuple[str, ...] = (),
) -> RuleSet:
    """The rule set of a directory or file, whole.

    Args:
        platform: what rules are for, as told to authors.
        capabilities: what it can do; None: not checked.
        webhook_allow: hosts and networks that webhooks may reach though they are private.

    Raises:
        RulesError: with every problem, in path order.
    """
    loaded = _load(path, (platform, capabilities, webhook_allow), warn=False)
    return loaded.whole()


def check_rules(
    path: str | Path,
    *,
    platform: str = "imbrace",
    capabilities: frozenset[Capability] | None = None,
    webhook_allow: tuple[str, ...] = (),
) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    """The rule set, None where there are errors; and all errors and warnings in path order."""
    loaded = _load(path, (platform, capabilities, webhook_allow), warn=True)
    return loaded.ruleset, loaded.problems


def load_tests(
    path: str | Path,
    *,
    platform: str = "imbrace",
    capabilities: frozenset[Capability] | None = None,
    webhook_allow: tuple[str, ...] = (),
) -> tuple[RuleSet, tuple[WrittenTest, ...]]:
    """The rule set, whole, and its tests in path order.

    Raises:
        RulesError: with every problem of rules and tests, in path order.
    """
    loaded = _load(path, (platform, capabilities, webhook_allow), warn=False)
    return loaded.whole(), loaded.tests


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What files hold; `ruleset` is None where there are errors."""

    ruleset: RuleSet | None
    problems: tuple[Problem, ...]
    tests: tuple[WrittenTest, ...] = ()

    def whole(self) -> RuleSet:
        """The rule set.

        Raises:
            RulesError: there are errors.
        """
        if self.ruleset is None:
            raise RulesError(errors_among(self.problems))
        return self.ruleset


def _load(path: str | Path, target: _Target, *, warn: bool) -> _Loaded:
    files = read_rule_files(Path(path))
    problems, documents = _documents(files)
    shared = Shared(whole=not errors_among(problems))
    for file, document in documents:
        shared.add(document, tests_only=file.for_tests)
    shared.with_default_stop()
    opening = read_calendars(shared)
    context = _context(shared, opening, target)
    shared.check_defaults(context)
    reader = RuleReader(shared, context)
    ids: dict[str, str] = {}
    doubts = Doubts(context.platform, shared.vars) if warn else None
    rules = _rules(reader, documents, problems, ids, doubts)
    rules.sort(key=lambda rule: (-rule.priority, rule.order))
    stopped, started = (_confirmation(name, shared, context, problems) for name in CONFIRMATIONS)
    problems += shared.problems + opening.problems + reader.problems
    named = ids if shared.whole else None
    problems += [one for test in shared.tests for one in test.problems(named)]
    if doubts is not None:
        problems += doubts.all(rules, shared)
        if not rules and not errors_among(problems) and Path(path).is_dir():
            hint = "files of rules end in .yaml or .yml, and have them below 'rules'"
            message = "there is no rule here: nobody is answered"
            problems.append(Problem(str(path), 1, 1, message, hint, warning=True))
    told = _in_path_order((*files, *opening.files), problems)
    if errors_among(told):
        return _Loaded(None, told)
    defaults = DefaultsForm.model_validate(shared.defaults, context=context)
    ruleset = RuleSet(
        rules=tuple(rules),
        version=_version((*files, *opening.files)),
        limits=reader.limits,
        settle=defaults.settle,
        stop_phrases=Wish(shared.phrases[STOP]),
        stop_confirmation=stopped,
        start_phrases=Wish(shared.phrases[START]),
        start_confirmation=started,
        vars=shared.vars,
        calendars=opening.calendars,
        files=tuple(file.path for file in (*files, *opening.files)),
    )
    return _Loaded(ruleset, told, tuple(shared.tests))


def _context(shared: Shared, opening: ReadCalendars, target: _Target) -> LoadContext:
    """What every rule is read with."""
    platform, capabilities, webhook_allow = target
    return LoadContext(
        phrases=shared.phrases,
        vars=shared.vars,
        whole=shared.whole,
        calendars=opening.calendars if shared.whole else None,
        platform=platform,
        capabilities=capabilities,
        webhook_allow=webhook_allow,
    )


def _in_path_order(files: tuple[RuleFile, ...], problems: list[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file, line and column."""
    order = {file.path: position for position, file in enumerate(files)}
    found = sorted(problems, key=lambda p: (order.get(p.path, -1), p.line, p.column, p.message))
    return tuple(dict.fromkeys(found))


def _documents(
    files: tuple[RuleFile, ...],
) -> tuple[list[Problem], list[tuple[RuleFile, Document]]]:
    problems: list[Problem] = []
    documents = []
    for file in files:
        if file.problem is not None:
            problems.append(file.problem)
            continue
        document = read_document(file.path, file.content)
        problems += document.problems
        documents.append((file, document))
    return problems, documents


def _rules(
    reader: RuleReader,
    documents: list[tuple[RuleFile, Document]],
    problems: list[Problem],
    first: dict[str, str],
    doubts: Doubts | None,
) -> list[Rule]:
    """Every rule that could be read; ids are unique over all files, and each is then in `first`
    with its place. `documents` is empty then.

    What was read of a rule is let go as soon as the rule was made of it.
    """
    rules: list[Rule] = []
    order = 0
    documents.reverse()
    while documents:
        file, document = documents.pop()
        if file.for_tests:
            continue
        for read in document.take("rules"):
            written = reader.read(read, order)
            order += 1
            if written is not None:
                rules.append(written.rule)
                if doubts is not None:
                    doubts.add(written)
            if isinstance(read.value, dict) and isinstance(read.value.get("id"), str):
                problems += _id_problem(read, first)
    return rules


def _id_problem(read: Document, first: dict[str, str]) -> Iterator[Problem]:
    name, at = read.value["id"], read.place(("id",))
    if name in first:
        message = f"the id '{name}' is used twice, first at {first[name]}"
        hint = "ids are unique over all files; rename one of them"
        yield Problem(at.path, at.line, at.column, message, hint)
    else:
        first[name] = str(at)


def _confirmation(
    name: str, shared: Shared, context: LoadContext, problems: list[Problem]
) -> Action | None:
    """The reply that confirms an opt-out or its end."""
    if name not in shared.confirmations:
        texts = dict(default_texts(name, shared.phrases))
        return confirmation_of(texts, None, context, problems)
    raw, at = shared.confirmations[name]
    return confirmation_of(raw, (at.document, at.loc), context, problems)


def _version(files: tuple[RuleFile, ...]) -> str:
    """Same names with the same content, same version; on every machine."""
    digest = hashlib.sha256()
    for file in files:
        if not file.for_tests:
            name = file.name.encode("utf-8", "surrogateescape")
            digest.update(b"%d:%b%d:%b" % (len(name), name, len(file.content), file.content))
    return digest.hexdigest()[:_VERSION_LENGTH]
