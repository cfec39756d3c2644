"""Faults the sandbox can play, and the short text that names one.

    [METHOD] TARGET: KIND [NAME=VALUE ...]

METHOD: GET, POST, PUT, DELETE; left out or `*` for any. TARGET: an endpoint's name
(`send_message`), or a path with `*` for any characters, whole (`/3rd/*`) or below the prefix
(`contacts/*/files`); `*` alone for everything. KIND: one of those below, and where it makes sense
`-before` or `-after`, which says whether the call's effect takes place. Values:

    p=0.2       probability of each matching call, 0 to 1 (default 1), from a seeded generator
    count=3     times it is played at most (default: no end)
    skip=2      matching calls that pass before it is played (default 0)
    seconds=30  how long `stall`, `close`, `late` take; what Retry-After of `429-…` says

Kinds without an answer:
    refuse      no connection (in process); over HTTP the connection is reset, without effect
    reset       the connection is reset
    close       it is closed without an answer after `seconds` (0): the platform's own way to fail
    stall       before: 504 after `seconds` (30), no effect; after: effect at once, late answer
    late        the effect itself comes after `seconds` (30), even if nobody waits any more
Kinds with an error status:
    400 (says Not Found), 401, 403, 404, 429 (text, no header), 429-seconds, 429-date, 500, 502,
    503, 504, unknown-conversation (the 500 of a send to no conversation)
Kinds with a broken 200, after the effect unless `-before` is given:
    html, empty (no body), truncated (JSON cut in half), wrong-types (fields of other types)
Kinds that bend the call:
    duplicate-rows, reorder-rows, ignore-skip (lists), lose-body (it is gone, 200 all the same),
    empty-from (the message is stored without author)

Examples: `POST conversation_messages: 503-after p=0.2`, `list_messages: stall seconds=40 count=1`,
`*: reset p=0.01`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from worker.model.http import Request
from worker.sandbox.routes import ENDPOINTS, Route

_ANY = "*"
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH"})
# kind → does the effect take place when the text does not say; None: the question does not arise
KINDS: dict[str, bool | None] = {
    "refuse": None,
    "reset": False,
    "close": False,
    "stall": False,
    "late": None,
    "400": False,
    "401": False,
    "403": False,
    "404": False,
    "429": False,
    "429-seconds": False,
    "429-date": False,
    "500": False,
    "502": False,
    "503": False,
    "504": False,
    "unknown-conversation": None,
    "html": True,
    "empty": True,
    "truncated": True,
    "wrong-types": True,
    "duplicate-rows": None,
    "reorder-rows": None,
    "ignore-skip": None,
    "lose-body": None,
    "empty-from": None,
}
_SECONDS = {"stall": 30.0, "late": 30.0, "close": 0.0, "429-seconds": 2.0, "429-date": 2.0}
_NAMES = frozenset(endpoint.name for endpoint in ENDPOINTS)


class FaultError(ValueError):
    """A fault's text or values are wrong; the message says what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One fault and the calls it is played on.

    Args:
        kind: a key of `KINDS`.
        effect: the call's effect takes place all the same.
        method, target: as in the text form; `*` for any.
        probability: of each matching call, 0 to 1.
        count: times it is played at most; None: no end.
        skip: matching calls that pass first.
        seconds: for kinds that take time.
    """

    kind: str
    effect: bool = False
    method: str = _ANY
    target: str = _ANY
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    seconds: float = 0.0

    def matches(self, request: Request, route: Route | None) -> bool:
        """The call is one of those it is played on."""
        if self.method not in {_ANY, request.method}:
            return False
        if self.target == _ANY:
            return True
        if route is not None and (
            self.target == route.endpoint.name or fnmatchcase(route.path, self.target)
        ):
            return True
        return fnmatchcase(request.path, self.target)

    def __str__(self) -> str:
        kind = self.kind
        if KINDS[kind] is not None:
            kind += "-after" if self.effect else "-before"
        parts = [f"{self.method} {self.target}: {kind}"]
        if self.probability < 1:
            parts.append(f"p={self.probability:g}")
        if self.count is not None:
            parts.append(f"count={self.count}")
        if self.skip:
            parts.append(f"skip={self.skip}")
        if self.kind in _SECONDS:
            parts.append(f"seconds={self.seconds:g}")
        return " ".join(parts)


def parse_fault(text: str) -> FaultRule:
    """The rule that the text describes.

    Raises:
        FaultError: it does not read as this module's grammar; the message names the word.
    """
    head, colon, tail = text.partition(":")
    words = tail.split()
    if not colon or not words:
        raise FaultError(
            f"fault {text!r}: expected '[METHOD] TARGET: KIND [NAME=VALUE ...]', for example "
            "'POST conversation_messages: 503-after p=0.2'"
        )
    method, target = _whose(text, head.split())
    kind, effect = _kind(text, words[0])
    values = _values(text, words[1:])
    if "seconds" in values and kind not in _SECONDS:
        raise FaultError(f"fault {text!r}: {kind} takes no seconds; {', '.join(_SECONDS)} do")
    return FaultRule(
        kind=kind,
        effect=effect,
        method=method,
        target=target,
        probability=values.get("p", 1.0),
        count=int(values["count"]) if "count" in values else None,
        skip=int(values.get("skip", 0)),
        seconds=values.get("seconds", _SECONDS.get(kind, 0.0)),
    )


def _whose(text: str, words: list[str]) -> tuple[str, str]:
    *first, target = words or [""]
    if not target or len(first) > 1:
        raise FaultError(f"fault {text!r}: before the colon stands '[METHOD] TARGET'")
    method = _ANY
    if first:
        method = first[0].upper()
        if method not in _METHODS | {_ANY}:
            raise FaultError(f"fault {text!r}: no method {method!r}; {', '.join(sorted(_METHODS))}")
    if target != _ANY and target not in _NAMES and not _possible_path(target):
        raise FaultError(
            f"fault {text!r}: no endpoint or path {target!r}; "
            f"endpoints: {', '.join(sorted(_NAMES))}"
        )
    return method, target


def _possible_path(target: str) -> bool:
    """A path starts with `/`, holds `*`, or is the path of an endpoint without parameters."""
    if target.startswith("/") or _ANY in target:
        return True
    return any(target == endpoint.path for endpoint in ENDPOINTS) or "/" in target


def _kind(text: str, word: str) -> tuple[str, bool]:
    if word in KINDS:
        return word, bool(KINDS[word])
    kind, _, when = word.rpartition("-")
    if when in {"before", "after"} and kind in KINDS:
        if KINDS[kind] is None:
            raise FaultError(f"fault {text!r}: {kind} knows no -{when}")
        return kind, when == "after"
    raise FaultError(f"fault {text!r}: no kind {word!r}; kinds: {', '.join(KINDS)}")


def _values(text: str, words: list[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in {"p", "count", "skip", "seconds"} or name in values:
            raise FaultError(f"fault {text!r}: {word!r}; expected p=, count=, skip=, seconds=")
        try:
            number = float(value) if name in {"p", "seconds"} else float(int(value))
        except ValueError:
            raise FaultError(f"fault {text!r}: {value!r} is no number for {name}") from None
        if not (0 <= number <= (1 if name == "p" else 1e9)):
            raise FaultError(f"fault {text!r}: {name}={value} is out of bounds")
        values[name] = number
    return values


@dataclass(slots=True)
class _Standing:
    """A rule with how often it was met and played."""

    rule: FaultRule
    met: int = 0
    played: int = 0


@dataclass(slots=True)
class FaultRules:
    """The rules in force, in order; the first that fires is played."""

    seed: int = 0
    _standing: list[_Standing] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # repeatable; no secret

    def __bool__(self) -> bool:
        return bool(self._standing)

    def add(self, fault: FaultRule | str) -> FaultRule:
        """The fault is in force, after those already there.

        Raises:
            FaultError: the text is wrong.
        """
        rule = parse_fault(fault) if isinstance(fault, str) else fault
        if rule.kind not in KINDS:
            raise FaultError(f"no kind {rule.kind!r}; kinds: {', '.join(KINDS)}")
        self._standing.append(_Standing(rule))
        return rule

    def clear(self) -> None:
        """No fault is in force; the generator goes on where it was."""
        self._standing.clear()

    def pick(self, request: Request, route: Route | None) -> FaultRule | None:
        """The fault to play on this call."""
        for standing in self._standing:
            rule = standing.rule
            if not rule.matches(request, route):
                continue
            standing.met += 1
            if standing.met <= rule.skip:
                continue
            if rule.count is not None and standing.played >= rule.count:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            standing.played += 1
            return rule
        return None

    def played(self) -> dict[str, int]:
        """How often each rule was played, by its text."""
        return {str(standing.rule): standing.played for standing in self._standing}
