"""The parser's events become values and places, without recursion and within bounds.

Nothing is executed and nothing unbounded is built: only YAML's own tags, a bound on nesting, and a
bound on what aliases stand for, all held while the file is still being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from worker.ruleset.places import Branch, Part, SourceText
from worker.ruleset.scalars import (
    LIST_TAGS,
    MAPPING_TAGS,
    plain_value,
    shown_tag,
    tagged_value,
)
from worker.ruleset.syntax import Complaint, unquoted_template

MAX_DEPTH = 64
"""Deepest nesting; far beyond any sensible rule, far below what could exhaust the stack."""

MAX_ALIASED = 8 * 1024 * 1024
"""Bound on what all aliases of a file stand for, in characters with a few more for each value."""

_NODE_WEIGHT = 8
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CUT = re.compile(r"[ \t]+(?P<rest>#[^\s#][^\n\r]*?)[ \t]*(?=[\r\n]|$)")
"""What follows a text without quotes and is no ordinary comment: `#`, something right behind it."""

_SHOWN = 60  # characters of a text that a hint repeats
_TAG_HINT = "write the value without a tag"


class RefusedError(Exception):
    """The file is not worth reading on."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.message)
        self.complaint = complaint


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read.

    `first`: where each of its keys was met first. `template`: it is a `{{ … }}` without quotes.
    """

    branch: Branch
    anchor: str | None
    weight: int = _NODE_WEIGHT
    key: str | None = None
    key_at: int = 0
    awaits_value: bool = False
    template: bool = False
    first: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Anchored:
    value: Any
    part: Part
    weight: int


@dataclass(slots=True)
class Composer:
    """Turns parser events into values and places, without recursion."""

    source: SourceText
    value: Any = None
    root: Part | None = None
    complaints: list[Complaint] = field(default_factory=list)
    doubts: list[Complaint] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    aliased: int = 0
    documents: int = 0

    def compose(self) -> None:
        """`value`, `root` and `complaints` are those of the whole text.

        Raises:
            RefusedError: a bound was reached, or there is more than one document.
            MarkedYAMLError: it is not YAML.
        """
        for event in _events(self.source.text):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._start(event, {}, MAPPING_TAGS)
            elif kind is yaml.SequenceStartEvent:
                self._start(event, [], LIST_TAGS)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                self._end(event)
            elif kind is yaml.DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    message = "a second YAML document starts here; expected one document a file"
                    hint = "remove the line '---' or make it a file of its own"
                    raise RefusedError(Complaint(event.start_mark.index, message, hint))

    def _complain(self, at: int, message: str, hint: str = "") -> None:
        self.complaints.append(Complaint(at, message, hint))

    def _scalar(self, event: Any) -> None:
        at, text = event.start_mark.index, event.value
        value: Any
        if event.tag is None:
            value = plain_value(text) if event.implicit[0] else text
        else:
            try:
                value = tagged_value(text, event.tag)
            except ValueError as error:
                self._complain(at, str(error), _TAG_HINT)
                value = text
        if not event.style and isinstance(value, str):
            self._look_behind(at, text, event.end_mark.index)
        weight = _NODE_WEIGHT + len(text)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, at, weight)
        merges = event.tag is None and text == "<<" and event.implicit[0]
        self._put(value, at, at, weight, merges=merges)

    def _look_behind(self, at: int, text: str, end: int) -> None:
        """A text without quotes may have been meant to go on behind ` #`."""
        source = self.source.text
        end = at + len(text) if source.startswith(text, at) else end
        cut = _CUT.match(source, end)
        if cut is not None and text:
            message = f"this text ends before '{cut['rest']}': what follows ' #' is a comment"
            whole = f"{text}{cut[0]}"
            fits = len(whole) <= _SHOWN and not set(whole) & set('"\\')
            hint = f'quote it: "{whole}"' if fits else "quote the whole text"
            self.doubts.append(Complaint(at, message, hint))

    def _start(self, event: Any, value: Any, tags: frozenset[str]) -> None:
        at = event.start_mark.index
        if event.tag is not None and event.tag not in tags:
            self._complain(at, f"the tag {shown_tag(event.tag)} is not allowed here", _TAG_HINT)
        if len(self.frames) >= MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} deep"
            raise RefusedError(Complaint(at, message, "split it into simpler parts"))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(Branch(value, at), event.anchor))

    def _end(self, event: Any) -> None:
        frame = self.frames.pop()
        value, at = frame.branch.value, frame.branch.at
        part: Part = frame.branch
        if frame.template:  # read on as the text that was meant, so that it is checked as one
            value, part = self.source.text[at : event.end_mark.index], at
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Anchored(value, part, frame.weight)
        self._put(value, part, at, frame.weight)

    def _alias(self, event: Any) -> None:
        at, name = event.start_mark.index, event.anchor
        if name not in self.anchors:
            self._complain(at, f"there is no anchor '&{name}' before '*{name}'", "define it first")
            self._put(None, at, at, 0)
            return
        anchored = self.anchors[name]
        if anchored is None:
            hint = "an alias can only repeat what is complete"
            raise RefusedError(Complaint(at, f"'*{name}' stands inside what it repeats", hint))
        self.aliased += anchored.weight
        if self.aliased > MAX_ALIASED:
            message = f"the aliases of this file stand for more than {MAX_ALIASED} characters"
            raise RefusedError(Complaint(at, message, "use fewer or smaller aliases"))
        self._put(anchored.value, anchored.part, at, anchored.weight)

    def _put(self, value: Any, part: Part, at: int, weight: int, *, merges: bool = False) -> None:
        """The finished value has its place in what is being read."""
        if not self.frames:
            self.value, self.root = value, part
            return
        frame = self.frames[-1]
        frame.weight += weight
        branch = frame.branch
        if isinstance(branch.value, list):
            branch.value.append(value)
            branch.parts.append(part)
        elif frame.awaits_value:
            frame.awaits_value = False
            if frame.key is not None:
                branch.value[frame.key] = value
                branch.parts.append(part)
                branch.keys.append(frame.key_at)
        else:
            frame.awaits_value = True
            frame.key_at = at
            if isinstance(value, dict) and self.source.text.startswith("{{", branch.at):
                self.complaints.append(unquoted_template(branch.at))
                frame.template = True
                return
            frame.key = self._key(frame.first, value, at, merges=merges)

    def _key(self, first: dict[str, int], value: Any, at: int, *, merges: bool) -> str | None:
        """The key, or None after a complaint: then its value is passed over."""
        if merges:
            message = "'<<' merges are not part of YAML 1.2"
            self._complain(at, message, "write the keys out, or use an alias for a whole value")
            return None
        if not isinstance(value, str):
            scalar = not isinstance(value, dict | list)
            written = self.source.text[at : at + 40].split(":")[0].strip() if scalar else ""
            message = f"a key must be a text, found {written or 'a list or mapping'}"
            self._complain(at, message, f'quote it: "{written}"' if written else "")
            return None
        if first.setdefault(value, at) != at:
            line = self.source.at(first[value]).line
            message = f"the key '{value}' stands here twice, first in line {line}"
            self._complain(at, message, "remove or rename one of them")
            return None
        return value


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
