"""What is wrong with a file as text or as YAML, in words of its author."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import yaml

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_BARE_TEMPLATE = re.compile(r"[^#'\"{}\n]*[:-] +(\{\{)")
_LINE_AT = re.compile(r"[ -]*(?:[^\s\[\]{}\"',:]+:)? *$")
"""What stands before a value that is the rest of its line."""
_LONGEST_SHOWN = 80
_SECRET = re.compile(r"\bsecret[\"']?\s*:")
_SECRET_BEFORE = re.compile(r"\bsecret[\"']?\s*:\s*$")
# The parser written in Python says what it found instead; it is slow, so it reads small files only.
_WORTH_ASKING = 256 * 1024
_NEAR = 1000  # characters between what the two parsers take for the same fault

_FOUND = {
    "<stream end>": "the end of the file",
    "<block end>": "the end of the block",
    "<block sequence start>": "a list",
    "<block mapping start>": "a mapping",
    "<scalar>": "a value",
    "?": "a key",
    "-": "a list item",
}


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """What is wrong at the character `at` of a file."""

    at: int
    message: str
    hint: str = ""


def decode(content: bytes) -> str:
    """The file's text.

    Args:
        content: without a UTF-8 byte order mark.

    Raises:
        UnicodeDecodeError: it is not UTF-8; the reason says what it seems to be.
    """
    for mark, name in _OTHER_MARKS.items():
        if content.startswith(mark):
            raise UnicodeDecodeError("utf-8", content, 0, 1, f"it looks like {name}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{content[error.start]:02x}"
        raise UnicodeDecodeError("utf-8", content, error.start, error.end, reason) from None


def first_forbidden(text: str) -> Complaint | None:
    """The first character that YAML does not allow in a file; None: there is none."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    message = f"the character U+{ord(found[0]):04X} is not allowed in a YAML file"
    return Complaint(found.start(), message, "remove it, or write it as an escape in double quotes")


def unquoted_template(at: int) -> Complaint:
    """The complaint about `{{` at `at`, where a text was meant and a mapping is read."""
    message = "a text that begins with '{{' needs quotes around it"
    return Complaint(at, message, 'write "{{ NAME }} …"')


def syntax_complaint(error: yaml.MarkedYAMLError, text: str) -> Complaint:
    """What the parser stumbled over: where, what it expected, how to mend it."""
    mark = error.problem_mark or error.context_mark
    if len(text) <= _WORTH_ASKING and mark is not None:
        error = _asked_again(text, mark.index + _NEAR) or error
        mark = error.problem_mark or error.context_mark
    # the end of the file is told as the end of its last line with text
    at = min(mark.index if mark else 0, len(text.rstrip()))
    opened = error.context_mark.index if error.context_mark else at
    problem, context = error.problem or "", error.context or ""
    before = _before(text, at)
    if before is not None:
        return before
    for known in (_scalar_complaint, _structure_complaint):
        complaint = known(problem, context, text, at, opened)
        if complaint is not None:
            return complaint
    said = f"{context}, {problem}" if context else problem
    return Complaint(at, f"this is not valid YAML: {said}")


def _before(text: str, at: int) -> Complaint | None:
    """What went wrong before the parser stumbled at `at`: quotes that are missing around a text."""
    start = text.rfind("\n", 0, at) + 1
    template = _BARE_TEMPLATE.match(text, start, at)
    if template is not None:
        return unquoted_template(template.start(1))
    closed = len(text[:at].rstrip(" ")) - 1
    quote = text[closed : closed + 1]
    if quote not in ("'", '"'):
        return None
    opened = text.rfind(quote, 0, closed)
    if opened < 0:
        return None
    if "\n" not in text[opened:closed]:
        return _quote_inside(text, closed, at)
    line = text.count("\n", 0, closed) + 1
    message = f"this quote is closed only in line {line}"
    return Complaint(opened, message, "close it at the end of the text")


def _quote_inside(text: str, closed: int, at: int) -> Complaint | None:
    """The quote at `closed` was meant as a sign of the text, which goes on at `at`."""
    quote = text[closed]
    rest = text[at:].partition("\n")[0].rstrip(" ,]}\r")
    adjoins = at == closed + 1
    if not rest or rest[0] in "'\":" or not (adjoins or rest.endswith(quote)):
        return None  # another text, or a key
    word = _word(text, at).rstrip("'\",]}")
    before = text[text.rfind("\n", 0, closed) + 1 : closed]
    shown = "more" if _SECRET.search(before) else f"'{word}'"  # what is said here is logged
    message = f"this quote ends the text, and {shown} stands behind it"
    if quote == "'":
        hint = "inside the text write '' for ', or put double quotes around the whole"
    else:
        hint = 'inside the text write \\" for ", or put single quotes around the whole'
    return Complaint(closed, message, hint)


def _asked_again(text: str, last: int) -> yaml.MarkedYAMLError | None:
    """What the other parser says, as long as it says it before the character `last`.

    What is beyond was not looked at for its depth, and depth costs this parser its square.
    """
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if event.start_mark is not None and event.start_mark.index > last:
                return None
    except yaml.MarkedYAMLError as error:
        return error
    return None


def _scalar_complaint(
    problem: str, context: str, text: str, at: int, opened: int
) -> Complaint | None:
    character = text[at : at + 1]
    if "mapping values are not allowed" in problem:
        message = "expected the end of this value, found ':'"
        return Complaint(at, message, "quote a text that holds ': '; otherwise check indentation")
    if "cannot start any token" in problem:
        return _start_complaint(text, at)
    if "quoted scalar" in context and "unexpected end of stream" in problem:
        message = "this quote is never closed; expected another one before the end of the file"
        return Complaint(opened, message, "close it at the end of the text")
    if "unknown escape" in problem:
        message = f"in double quotes '\\{character}' is no escape; expected one such as \\n or \\\\"
        return Complaint(at, message, "use single quotes, where a backslash is only a backslash")
    if "could not find expected ':'" in problem:
        return Complaint(opened, "expected ': ' after this key", "write key: value")
    return None


def _start_complaint(text: str, at: int) -> Complaint:
    """Nothing can start with the character at `at`."""
    character = text[at : at + 1]
    if character == "\t":
        return Complaint(at, "expected spaces, found a tab", "indent with spaces only")
    if character == "%" and text[at - 1 : at] == "{":
        message = "a text that begins with '{%' needs quotes around it"
        secret = _SECRET_BEFORE.search(text, max(0, at - 100), at - 1)
        whole = "" if secret else _quoted(text, at - 1)
        return Complaint(at - 1, message, whole or 'write "{% … %} …"')
    found = re.match(r"[^\s,\[\]{}]+", text[at : at + 100])
    word = found[0] if found else character
    message = f"expected a value, but no value can start with '{character}' unquoted"
    if _SECRET_BEFORE.search(text, max(0, at - 100), at):
        return Complaint(at, message, "quote it")  # without repeating it: this is logged
    return Complaint(at, message, _quoted(text, at) or f'quote it: "{word}"')


def _quoted(text: str, at: int) -> str:
    """The hint that shows the rest of the line in quotes; "" where it is not one short text."""
    before, rest = _LINE_AT.match(text[text.rfind("\n", 0, at) + 1 : at]), text[at:]
    whole = re.split(r"\r?\n| #", rest[:_LONGEST_SHOWN], maxsplit=1)[0].rstrip()
    if before is None or len(whole) >= _LONGEST_SHOWN or "\\" in whole:
        return ""
    quote = '"' if '"' not in whole else "'"
    return "" if quote in whole else f"quote it: {quote}{whole}{quote}"


def _structure_complaint(
    problem: str, context: str, text: str, at: int, opened: int
) -> Complaint | None:
    line = text.count("\n", 0, opened) + 1
    tail = re.search(r"(?:but )?(?:got|found) '(.*)'$", problem)
    found = _FOUND.get(tail[1], f"'{tail[1]}'") if tail else "something else"
    if "block" in context and ("<block end>" in problem or "'-' indicator" in problem):
        what = "list" if "sequence" in context or "collection" in context else "mapping"
        message = f"expected the {what} of line {line} to go on or to end here, found {found}"
        return Complaint(
            at, message, f"its parts start in one column; is '{_word(text, at)}' moved?"
        )
    for closing, what in (("]", "list"), ("}", "mapping")):
        if f"',' or '{closing}'" in problem:
            message = (
                f"expected ',' or '{closing}' in the {what} opened in line {line}, found {found}"
            )
            return Complaint(at, message, f"close it with '{closing}'")
    if "node content" in problem:
        return Complaint(at, f"expected a value, found {found}")
    if "anchor" in problem or "alias" in context:
        return Complaint(at, f"this is not valid YAML: {problem}")
    return None


def _word(text: str, at: int) -> str:
    found = re.match(r"\S{1,30}", text[at : at + 30])
    return found[0] if found else ""
