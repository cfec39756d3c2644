"""One YAML file as values with places: YAML 1.2 core rules on top of PyYAML's parser."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from worker.errors import Problem
from worker.model.rule import Place
from worker.ruleset.composer import Composer, RefusedError
from worker.ruleset.places import Branch, Part, SourceText
from worker.ruleset.syntax import Complaint, decode, first_forbidden, syntax_complaint


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and where each part of it stands. `root` None: nothing could be read."""

    source: SourceText
    value: Any
    root: Part | None
    problems: tuple[Problem, ...]

    def place(self, loc: tuple[int | str, ...], *, key: bool = False, offset: int = -1) -> Place:
        """Where the value at `loc` stands, or the nearest value around it that exists.

        Args:
            key: the place of the key rather than of its value, where the last step is a key.
            offset: a character inside the scalar's text; -1 for the scalar itself.
        """
        if self.root is None:
            return Place(self.source.path)
        return self.source.place(self.root, self.value, loc, key=key, offset=offset)

    def take(self, key: str) -> Iterator[Document]:
        """Each item of the list under a top-level key, as a document of its own; none without one.

        They are not in this document any more: what was read of the file is many times as large as
        what is made of it, and to let go of it all at once would stop every other thread.
        """
        value, root = self.value, self.root
        if not isinstance(root, Branch) or not isinstance(value, dict):
            return
        step, items = root.step(key), value.get(key)
        if step is None or not isinstance(items, list):
            return
        list_of = root.parts.pop(step)
        del root.keys[step], value[key]
        parts = list_of.parts if isinstance(list_of, Branch) else ()
        left = list(zip(items, parts, strict=True))
        del items, list_of, parts
        left.reverse()
        while left:
            yield Document(self.source, *left.pop(), ())


def read_document(path: str, content: bytes) -> Document:
    """The whole file is read; what is wrong with it as YAML is in `problems`, in file order."""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = decode(content)
    except UnicodeDecodeError as error:
        return _unreadable(path, content[: error.start], error.reason)
    source = SourceText(path, text)
    bad = first_forbidden(text)
    if bad is not None:
        return Document(source, None, None, (_told(source, bad),))
    composer = Composer(source)
    try:
        composer.compose()
    except RefusedError as refused:
        return Document(source, None, None, (_told(source, refused.complaint),))
    except yaml.MarkedYAMLError as error:
        return Document(source, None, None, (_told(source, syntax_complaint(error, text)),))
    problems = [_told(source, complaint) for complaint in sorted(composer.complaints)]
    problems += [_told(source, doubt, warning=True) for doubt in composer.doubts]
    return Document(source, composer.value, composer.root, tuple(problems))


def _told(source: SourceText, complaint: Complaint, *, warning: bool = False) -> Problem:
    at = source.at(complaint.at)
    return Problem(source.path, at.line, at.column, complaint.message, complaint.hint, warning)


def _unreadable(path: str, before: bytes, reason: str) -> Document:
    source = SourceText(path, before.decode("utf-8", "replace"))
    hint = "save the file as UTF-8"
    complaint = Complaint(len(source.text), f"this is not UTF-8 text ({reason})", hint)
    return Document(source, None, None, (_told(source, complaint),))
