"""From a character of a scalar's value back to the character of the file that wrote it."""

from __future__ import annotations

import re

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)+")
_PLAIN = re.compile(r"[-+.\w]+")
_FOLD = re.compile(r"[ \t]*(?:\r\n|\r|\n)[\s]*")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|(?:\r\n|\r|\n)[ \t]*|.)", re.DOTALL)
_HEADER = re.compile(r"[|>][-+0-9]*[^\r\n]*(?:\r\n|\r|\n)")
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|$)")


def source_index(text: str, at: int, value: str, offset: int) -> int:
    """The index in `text` of the character `value[offset]`, for a scalar that starts at `at`.

    Knows plain, quoted and block scalars, folding and escapes. Where the text does not spell the
    value that way, the answer is the start of the scalar.
    """
    properties = _PROPERTIES.match(text, at)
    start = properties.end() if properties else at
    opening = text[start : start + 1]
    if opening in ("|", ">"):
        found = _in_block(text, start, value, offset)
    else:
        found = _in_line(text, start + (opening in ("'", '"')), value, offset, opening)
    return at if found is None else found


def plain_at(text: str, at: int) -> str:
    """The word without quotes that starts at `at`, behind a tag or anchor; "": none does."""
    properties = _PROPERTIES.match(text, at)
    word = _PLAIN.match(text, properties.end() if properties else at)
    return word[0] if word else ""


def _in_line(text: str, index: int, value: str, offset: int, quote: str) -> int | None:
    read = 0
    while read < min(offset, len(value)) and index < len(text):
        fold = _FOLD.match(text, index)
        if fold:
            breaks = len(re.findall(r"\r\n|\r|\n", fold[0]))
            index, read = fold.end(), read + max(breaks - 1, 1)
            continue
        if quote == '"' and text[index] == "\\":
            escape = _ESCAPE.match(text, index)
            if escape is None:
                return None
            index = escape.end()
            read += escape[0][1] not in "\r\n"
            continue
        if text[index] != value[read]:
            return None
        index += 2 if quote == "'" and text[index] == "'" else 1
        read += 1
    return index


def _in_block(text: str, start: int, value: str, offset: int) -> int | None:
    header = _HEADER.match(text, start)
    if header is None:
        return None
    first = text[header.end() :].lstrip("\r\n \t")
    deepest = len(re.split(r"[\r\n]", text[: len(text) - len(first)])[-1])
    # with an indentation given in the header, the first line may begin with spaces of its own
    for indent in range(deepest, 0, -1):
        found = _in_lines(text, header.end(), indent, value, offset)
        if found is not None:
            return found
    return None


def _in_lines(text: str, index: int, indent: int, value: str, offset: int) -> int | None:
    read = 0
    while index < len(text):
        line = _LINE.match(text, index)
        if line is None or (line.end() == index and not line[1]):
            return None
        words = line[1][indent:] if line[1].strip(" ") else line[1][indent:].rstrip(" ")
        if value[read : read + len(words)] != words:
            return None
        if offset <= read + len(words):
            return index + min(indent, len(line[1])) + offset - read
        read += len(words)
        # a line's end is a line's end, or a space where lines are folded, or nothing
        read += value[read : read + 1] in (" ", "\n")
        index = line.end()
    return None
