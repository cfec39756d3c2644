"""Where things stand in a file: from a path of keys, or a character, to line and column."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.model.rule import Place
from worker.ruleset.alignment import plain_at, source_index

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(slots=True)
class Branch:
    """A list or mapping and where it and its parts stand, as characters from the file's start.

    `parts` and `keys` are in the order of `value`; a part is a `Branch`, or the place of a scalar.
    Files hold hundreds of thousands of scalars: one number each is what keeps them small.
    """

    value: Any
    at: int
    parts: list[Part] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)

    def step(self, name: int | str) -> int | None:
        """The position of the part with this key or index; None: there is none."""
        if isinstance(self.value, list):
            return name if isinstance(name, int) and 0 <= name < len(self.parts) else None
        if name not in self.value:
            return None
        return list(self.value).index(name)


Part = Branch | int


class SourceText:
    """A file's text, asked for places."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.folder = str(Path(path).parent)
        self.text = text
        self._starts: list[int] = []

    def at(self, index: int) -> Place:
        """Line and column of the character at `index`, counted from 1."""
        if not self._starts:
            self._starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        index = min(index, len(self.text))
        line = bisect_right(self._starts, index)
        return Place(self.path, line, index - self._starts[line - 1] + 1)

    def plain(self, place: Place) -> str:
        """The characters of the scalar without quotes at a place of this file; "": there is none.

        Texts of several words are not read to their end.
        """
        if place.path != self.path or not self._starts:
            return ""
        return plain_at(self.text, self._starts[place.line - 1] + place.column - 1)

    def place(
        self, root: Part, value: Any, loc: tuple[int | str, ...], *, key: bool, offset: int
    ) -> Place:
        """The place of the longest part of `loc` that exists; other names are skipped."""
        part, at = root, root if isinstance(root, int) else root.at
        last_is_key = False
        for name in loc:
            if not isinstance(part, Branch):
                break
            step = part.step(name)
            last_is_key = step is not None and bool(part.keys)
            if step is None:
                continue
            at = part.keys[step] if key and part.keys else 0
            value = part.value[name]
            part = part.parts[step]
            if not (key and last_is_key):
                at = part if isinstance(part, int) else part.at
        if key and not last_is_key:
            at = part if isinstance(part, int) else part.at
        if offset >= 0 and isinstance(part, int) and isinstance(value, str) and not key:
            at = source_index(self.text, part, value, offset)
        return self.at(at)
