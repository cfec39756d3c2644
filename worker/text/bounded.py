"""The Jinja environment of templates: sandboxed, strict, and unable to grow or to run for long.

Jinja's own sandbox keeps a template from Python's insides. This adds the bounds: a short list of
filters, tests and methods, and sizes checked before memory is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS
from jinja2.visitor import NodeTransformer

from worker.text.filters import FILTERS, finished, refuse_size

_LONGEST_RANGE = 1000
LARGEST_NUMBER_BITS = 256

TEXT_METHODS = frozenset(
    [
        "capitalize",
        "casefold",
        "endswith",
        "find",
        "isalpha",
        "isdigit",
        "lower",
        "lstrip",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
    ]
)
TIME_FIELDS = frozenset(["year", "month", "day", "hour", "minute", "second"])
TIME_METHODS = frozenset(
    ["date", "time", "isoformat", "isoweekday", "strftime", "timestamp", "weekday"]
)
TESTS = frozenset(
    [
        "boolean",
        "defined",
        "divisibleby",
        "eq",
        "equalto",
        "even",
        "false",
        "float",
        "ge",
        "gt",
        "greaterthan",
        "in",
        "integer",
        "iterable",
        "le",
        "lessthan",
        "lower",
        "lt",
        "mapping",
        "ne",
        "none",
        "number",
        "odd",
        "sequence",
        "string",
        "true",
        "undefined",
        "upper",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
    ]
)


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > _LONGEST_RANGE:
        raise SecurityError(f"a range may have {_LONGEST_RANGE} numbers at most")
    return made


FUNCTIONS: Mapping[str, Callable[..., Any]] = {"range": _range}
"""What templates call by a name of its own."""


class _Generator(CodeGenerator):
    """Makes `~` join what a customer may read; Jinja joins what Python says of each value."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """The code of the template."""
        super().visit_Template(_Joining().visit(node), frame)


class _Joining(NodeTransformer):
    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """`[a, b] | join` for `a ~ b`."""
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        joined = nodes.Filter(parts, "join", [], [], None, None, lineno=node.lineno)
        return joined.set_environment(ENVIRONMENT)


class Bounded(SandboxedEnvironment):
    """Names are items of mappings, methods are on a list, and every product has a bound."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "+", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a mapping, or a listed method of a text or a time; else undefined."""
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The item, or undefined with a text that names it."""
        if isinstance(obj, Mapping):
            try:
                return obj[argument]
            except (KeyError, TypeError):
                return self.undefined(f"'{argument}' is not known here", obj=obj, name=argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Listed methods of texts and times; of the rest what Jinja's sandbox allows."""
        if isinstance(obj, str):
            return attr in TEXT_METHODS
        if isinstance(obj, datetime):
            return attr in TIME_FIELDS | TIME_METHODS
        if isinstance(obj, int | float | list | tuple | bytes):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """None, for any value: `str.format` has widths without a bound."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Numbers of bounded size; texts and lists can only be added."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator != "+" and not numbers:
            raise SecurityError(f"'{operator}' is for numbers only")
        if operator == "*" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() + right.bit_length() > LARGEST_NUMBER_BITS:
                raise SecurityError("a number became too large")
        elif operator == "+" and not numbers and hasattr(left, "__len__"):
            refuse_size(len(left) + (len(right) if hasattr(right, "__len__") else 0))
        return super().call_binop(context, operator, left, right)


def _environment() -> Bounded:
    made = Bounded(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=finished,
        cache_size=0,
    )
    made.filters = dict(FILTERS)
    made.tests = {name: JINJA_TESTS[name] for name in TESTS}
    made.globals = dict(FUNCTIONS)
    return made


ENVIRONMENT = _environment()
