"""What templates may name, and what is said of one that names more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Many:
    """A list whose items have this shape."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Lookup:
    """A mapping of any names to anything."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text that is always one of these."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """What is no value before it is called."""


Shape = Mapping[str, "Shape"] | Many | Lookup | OneOf | Method | str | None
"""Fields by name; a list; a mapping; one of some texts; a method; `text`, `time`, `local time` (in
a zone of its own), `bool` or `number`; None for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The names a template may use.

    Args:
        roots: the first names of dotted paths, each with what is below it.
        sometimes: roots that only some of the rule's events have, and dotted paths that may be
            missing below a root; a template must ask `is defined` or give a `default` for them.
        elsewhere: names that are known in other places, each with the reason it is not here.
        meant: other words for names below a root, by root.
    """

    roots: Mapping[str, Shape]
    sometimes: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    meant: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class TemplateProblem(ValueError):  # noqa: N818 - a complaint to an author, not a failure
    """A template that cannot be used.

    Attributes:
        offset: of the place, in characters from the template's start.
        more: what else is wrong with it, in order.
    """

    def __init__(
        self, message: str, hint: str = "", offset: int = 0, more: Sequence[TemplateProblem] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.offset = offset
        self.more = tuple(more)
