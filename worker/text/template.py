"""Templates and expressions: checked when loaded, filled once, bounded in size and time.

What a customer wrote is only ever a value here; it is never read as a template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jinja2
import jinja2.exceptions
from jinja2 import nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.runtime import Undefined

from worker.model.action import RenderError
from worker.text.bounded import ENVIRONMENT
from worker.text.checking import TOO_DEEP, TOO_LARGE, check
from worker.text.filters import LARGEST
from worker.text.language import written_in
from worker.text.moments import LANGUAGE, NOW
from worker.text.offered import Many, Offered, Shape, TemplateProblem
from worker.text.tokens import placed_tree, whole_expression

_KEPT = 2_048  # compiled ones kept, some 6 kB each: ten thousand unused templates take no room
_REFUSABLE = (nodes.Keyword, nodes.Slice, nodes.For, nodes.Getitem)
"""What Jinja parses in forms that Python then refuses: a name given twice, two slices, `loop`."""
FILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
"""A part of a template that is filled in, or said to nobody."""
_MARKS = ("{{", "{%", "{#")


def is_template(source: str) -> bool:
    """The text holds something to fill in."""
    return "{" in source and any(mark in source for mark in _MARKS)


def check_template(source: str, offered: Offered) -> None:
    """The source is a template that uses only what is offered.

    Raises:
        TemplateProblem: it does not parse, or names something unknown.
    """
    if not is_template(source):
        return
    tree = _check(source, None, offered)
    if any(True for _ in tree.find_all(_REFUSABLE)):
        _require_compiled(_compiled, source)


def check_expression(source: str, offered: Offered) -> None:
    """The source is one expression that uses only what is offered.

    Raises:
        TemplateProblem: it does not parse, or names something unknown.
    """
    if "{{" in source or "{%" in source:
        at = max(source.find("{{"), source.find("{%"))
        raise TemplateProblem("an expression stands without {{ }}", "take the braces out", at)
    _check(source, "variable", offered)
    _require_compiled(_compiled_expression, source)


def _check(source: str, state: str | None, offered: Offered) -> nodes.Node:
    _refuse_long(source)
    try:
        tree = placed_tree(source, state)
        check(tree, source, state, offered)
    except TemplateProblem:
        raise
    except jinja2.TemplateSyntaxError:
        raise _unparsed(source, state) from None
    except RecursionError:
        raise TemplateProblem(*TOO_DEEP) from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise TemplateProblem(*TOO_LARGE) from None
    return tree


def _require_compiled(compiled: Callable[[str], object], source: str) -> None:
    try:
        compiled(source)
    except Exception as error:  # noqa: BLE001 - what Jinja parses and Python does not take
        text = str(getattr(error, "msg", "") or error).split("(")[0].strip()
        raise TemplateProblem(f"this cannot be compiled: {text}") from None


def _expression_tree(source: str) -> nodes.Expr:
    return whole_expression(Parser(ENVIRONMENT, source, state="variable"))


def _refuse_long(source: str) -> None:
    if len(source) > LARGEST:
        raise TemplateProblem(f"a template may have {LARGEST} characters at most")


def _unparsed(source: str, state: str | None) -> TemplateProblem:
    """What is said of a source that does not parse: read once more, for the line it fails in."""
    try:
        _expression_tree(source) if state else ENVIRONMENT.parse(source)
    except jinja2.TemplateSyntaxError as error:
        return _at_its_line(source, error)
    return TemplateProblem("this does not parse")


def _at_its_line(source: str, error: jinja2.TemplateSyntaxError) -> TemplateProblem:
    lines = source.split("\n")
    offset = sum(len(line) + 1 for line in lines[: max(error.lineno - 1, 0)])
    mark = max(lines[min(error.lineno, len(lines)) - 1].find(mark) for mark in _MARKS)
    said = (error.message or "").rstrip(".")
    hint = "a name to fill in is written {{ NAME }}" if is_template(source) else ""
    return TemplateProblem(f"this does not parse: {said}", hint, offset + max(mark, 0))


@lru_cache(maxsize=_KEPT)
def _compiled(source: str) -> tuple[jinja2.Template, frozenset[str]]:
    """The template, and the names that it is filled from."""
    tree = ENVIRONMENT.parse(source)
    names = _names(tree) | {NOW, LANGUAGE}  # times are written out with these
    return _made(tree), names


@lru_cache(maxsize=_KEPT)
def _compiled_expression(source: str) -> tuple[TemplateExpression, frozenset[str]]:
    tree = _expression_tree(source)
    names = _names(tree) | {NOW}
    result = nodes.Assign(nodes.Name("result", "store"), tree, lineno=1)
    return TemplateExpression(_made(nodes.Template([result], lineno=1)), False), names  # noqa: FBT003


def _made(tree: nodes.Template) -> jinja2.Template:
    """The template compiled, and free as soon as nobody holds it.

    Rules are loaded while the garbage collector rests and are then kept from it: a template that
    holds itself would stay in memory after every reload.
    """
    made = ENVIRONMENT.from_string(tree)
    for own in ("root", "__jinja_template__"):
        made.root_render_func.__globals__.pop(own, None)
    return made


def _names(tree: nodes.Node) -> frozenset[str]:
    """Every name in it, those that it makes itself included."""
    found = [tree, *tree.find_all(nodes.Name)]
    return frozenset(one.name for one in found if isinstance(one, nodes.Name))


def _those(names: frozenset[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def fill(source: str, values: Mapping[str, Any]) -> str:
    """The text with every name filled in.

    Raises:
        RenderError: a name has no value, or the result is too long; nothing may be sent then.
    """
    if not is_template(source):
        return source
    chunks: list[str] = []
    size = 0
    try:
        template, names = _compiled(source)
        given = {LANGUAGE: written_in(source), **_those(names, values)}
        for chunk in template.generate(given):
            size += len(chunk)
            if size > LARGEST:
                break
            chunks.append(chunk)
    except Exception as error:  # noqa: BLE001 - whatever values do to filters and operators
        raise _failed(error) from None
    if size > LARGEST:
        raise RenderError(f"the text is longer than {LARGEST} characters")
    filled = "".join(chunks)
    try:
        filled.encode()
    except UnicodeEncodeError:  # an escape in the template made half of a surrogate pair
        raise RenderError("the text holds half a character, which nothing can send") from None
    return filled


class Expression:
    """One expression, compiled when its rule is read: it may be asked of every message.

    Args:
        source: has passed `check_expression`.
    """

    __slots__ = ("_compiled", "_names")

    def __init__(self, source: str) -> None:
        self._compiled, self._names = _compiled_expression(source)

    def value(self, values: Mapping[str, Any]) -> Any:
        """What it gives with these names.

        Raises:
            RenderError: a name in it has no value.
        """
        try:
            value = self._compiled(_those(self._names, values))
        except Exception as error:  # noqa: BLE001 - whatever values do to filters and operators
            raise _failed(error) from None
        if isinstance(value, Undefined):
            raise RenderError(_undefined(value))
        return value


def _undefined(value: Undefined) -> str:
    try:
        return str(value)
    except jinja2.UndefinedError as error:
        return error.message or "a name has no value"


def _failed(error: Exception) -> RenderError:
    """What went wrong, without the values: they are customers' words."""
    if isinstance(error, jinja2.UndefinedError | jinja2.exceptions.SecurityError):
        return RenderError(error.message or "a name has no value")
    return RenderError(f"the template failed on these values ({type(error).__name__})")


__all__ = [
    "FILLED",
    "Expression",
    "Many",
    "Offered",
    "Shape",
    "TemplateProblem",
    "check_expression",
    "check_template",
    "fill",
    "is_template",
]
