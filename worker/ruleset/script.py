"""A rule that waits, written down so that it can go on when its file has changed or gone.

The text names everything the remaining steps need: the steps as written, names for templates, the
phrases they mention, the guards. The rule is kept once, by a hash of the text, however many
customers it waits for. A webhook's secret is not written down: its hash is, and the rules in force
must still hold it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b, sha256
from typing import Any

from pydantic import ValidationError

from worker.actions.part import read_steps
from worker.actions.webhook import WebhookAction
from worker.conditions.part import LoadContext
from worker.model.event import EventKind
from worker.model.flow import SUSPENDING
from worker.model.ids import RuleId
from worker.model.limit import Limit
from worker.model.rule import Place, Rule, Script, places
from worker.ruleset.steps import built

_HASHED = "sha256:"


class ScriptError(Exception):
    """The rule cannot go on; the text says why."""


def script_of(rule: Rule, do: Sequence[Any], context: LoadContext) -> Script | None:
    """The rule, written down; None where it never waits.

    Args:
        do: its steps as they stand in the file.
        context: what they were read with.
    """
    if not any(step.action.kind in SUSPENDING for _, step in places(rule.steps)):
        return None
    texts = set(_texts(do))
    told = {
        "id": rule.id,
        "description": rule.description,
        "priority": rule.priority,
        "vars": {**context.vars, **rule.vars},
        "phrases": {
            name: phrases for name, phrases in context.phrases.items() if f"@{name}" in texts
        },
        "kinds": sorted(context.kinds),
        "folder": context.folder,
        "limits": [[one.max, one.within.total_seconds(), one.per] for one in rule.limits],
        "expires_after_s": rule.expires_after.total_seconds(),
        "human_quiet_s": rule.human_quiet.total_seconds(),
        "continue_on_error": rule.continue_on_error,
        "do": _without_secrets(do),
    }
    body = json.dumps(told, ensure_ascii=False, sort_keys=True)
    name = blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Script(name, body)


def read_script(name: str, body: str, live: LoadContext, secrets: Iterable[str]) -> Rule:
    """The rule that was written down, without what it waits for.

    Args:
        live: webhook permissions in force.
        secrets: those of the webhooks in force.

    Raises:
        ScriptError: it cannot be read any more.
    """
    told = json.loads(body)
    known = {_digest(secret): secret for secret in secrets}
    context = replace(
        live,
        phrases={name: tuple(phrases) for name, phrases in told["phrases"].items()},
        vars={},
        rule_vars=told["vars"],
        kinds=frozenset(EventKind(kind) for kind in told["kinds"]),
        folder=told["folder"],
        calendars=None,  # one that is gone is a fact that is missing, when it is asked for
        capabilities=None,
        found=None,
    )
    try:
        do = _with_secrets(told["do"], known)
        parts = read_steps(do, context)
    except ValidationError as error:
        raise ScriptError(_told(error)) from None
    return Rule(
        id=RuleId(told["id"]),
        order=-1,
        triggers=(),
        conditions=(),
        steps=built(parts, do, (), lambda _: Place()),
        description=told["description"],
        priority=told["priority"],
        vars=told["vars"],
        limits=tuple(
            Limit(most, timedelta(seconds=within_s), per) for most, within_s, per in told["limits"]
        ),
        expires_after=timedelta(seconds=told["expires_after_s"]),
        human_quiet=timedelta(seconds=told["human_quiet_s"]),
        continue_on_error=told["continue_on_error"],
        script=Script(name, body),
    )


def secrets_of(rules: Iterable[Rule]) -> Iterator[str]:
    """The secrets of all webhooks."""
    for rule in rules:
        for _, step in places(rule.steps):
            if isinstance(step.action, WebhookAction) and step.action.secret is not None:
                yield step.action.secret


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"its steps cannot be read any more: {place}: {first['msg']}"


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, Mapping):
        for inner in raw.values():
            yield from _texts(inner)
    elif isinstance(raw, list | tuple):
        for inner in raw:
            yield from _texts(inner)


def _digest(secret: str) -> str:
    return _HASHED + sha256(secret.encode()).hexdigest()


def _hidden(secret: Any) -> Any:
    return _digest(secret) if isinstance(secret, str) else secret


def _without_secrets(raw: Any) -> Any:
    return _mapped(raw, _hidden)


def _with_secrets(raw: Any, known: Mapping[str, str]) -> Any:
    def shown(hidden: Any) -> str:
        if hidden not in known:
            raise ScriptError("the secret of its webhook is in no rule any more")
        return known[hidden]

    return _mapped(raw, shown)


def _mapped(raw: Any, change: Callable[[Any], Any]) -> Any:
    """The steps with each webhook's secret changed."""
    if isinstance(raw, Mapping):
        return {
            key: {**inner, "secret": change(inner["secret"])}
            if key == WebhookAction.key and isinstance(inner, Mapping) and "secret" in inner
            else _mapped(inner, change)
            for key, inner in raw.items()
        }
    if isinstance(raw, list | tuple):
        return [_mapped(inner, change) for inner in raw]
    return raw
