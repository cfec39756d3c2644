"""What is known of each value in a template before it is filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from jinja2 import nodes

from worker.text.bounded import FUNCTIONS
from worker.text.complaints import Complaints
from worker.text.filters import WRITERS
from worker.text.moments import MOMENTS
from worker.text.offered import Lookup, Many, Method, Shape
from worker.text.reach import Reach, Scope, path, plain
from worker.text.signatures import arguments
from worker.text.trial import (
    UNKNOWN,
    FailedError,
    Given,
    called,
    common,
    filtered,
    iterated,
    operated,
    said,
    sample,
    shape_of,
)

_WRITTEN = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "notin": "not in"}

# Filters that keep the items as they are, and those that give one of them.
_ITEMS = frozenset(
    ["list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"]
)
_ONE_ITEM = frozenset(["first", "last", "max", "min"])

_ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod)


class Shapes:
    """The shapes of a template's nodes; complains about what can never be filled."""

    def __init__(self, reach: Reach, complaints: Complaints) -> None:
        self._reach = reach
        self._complaints = complaints
        self._known: dict[int, Shape] = {}

    def of(self, node: nodes.Node, scope: Scope) -> Shape:
        """What is known of the value."""
        if id(node) not in self._known:
            find = self._finders.get(type(node))
            self._known[id(node)] = find(self, node, scope) if find else None
        return self._known[id(node)]

    def _root(self, node: nodes.Name, scope: Scope) -> Shape:
        return self._reach.root(node, scope)

    def _below(self, node: nodes.Getattr, scope: Scope) -> Shape:
        return self._reach.below(node, self.of(node.node, scope), path(node.node), node.attr)

    def _listed(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Shape:
        return Many(common([self.of(item, scope) for item in node.items]))

    def _either(self, node: nodes.And | nodes.Or, scope: Scope) -> Shape:
        return common([self.of(node.left, scope), self.of(node.right, scope)])

    def _one_of_two(self, node: nodes.CondExpr, scope: Scope) -> Shape:
        if node.expr2 is None:
            return None
        return common([self.of(node.expr1, scope), self.of(node.expr2, scope)])

    def _binary(self, node: nodes.BinExpr, scope: Scope) -> Shape:
        return self._operated(node, node.operator, [node.left, node.right], scope)

    def _signed(self, node: nodes.UnaryExpr, scope: Scope) -> Shape:
        return self._operated(node, node.operator, [node.node], scope)

    def _item(self, node: nodes.Getitem, scope: Scope) -> Shape:
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            above = self.of(node.node, scope)
            return self._reach.below(node, above, path(node.node), node.arg.value)
        over = plain(self.of(node.node, scope))
        if isinstance(node.arg, nodes.Slice):
            return over if isinstance(over, Many) or over == "text" else None
        if isinstance(over, Many):
            return over.item
        return "text" if over == "text" else None

    def _value(self, node: nodes.Node, scope: Scope) -> Any:
        """The value as it is written, or a sample of what is known of it."""
        if isinstance(node, nodes.Const):
            return node.value
        if isinstance(node, nodes.List | nodes.Tuple):
            items = [self._value(item, scope) for item in node.items]
            if UNKNOWN in items:
                return UNKNOWN
            return tuple(items) if isinstance(node, nodes.Tuple) else items
        return sample(self.of(node, scope))

    def _operated(
        self, node: nodes.Node, sign: str, operands: Sequence[nodes.Expr], scope: Scope
    ) -> Shape:
        values = [self._value(operand, scope) for operand in operands]
        if UNKNOWN in values:
            return None
        try:
            return operated(sign, *values)
        except FailedError:
            written = _WRITTEN.get(sign, sign)
            kinds = " and ".join(map(said, values))
            together = sign == "+" and any(isinstance(value, str) for value in values)
            hint = "~ puts texts together" if together else ""
            message = f"'{written}' cannot be used on {kinds}"
            behind = operands[0] if len(operands) > 1 else None
            self._complaints.add(node, message, hint, written.split()[-1], behind=behind)
            return None

    def _compared(self, node: nodes.Compare, scope: Scope) -> Shape:
        left = node.expr
        for operand in node.ops:
            if operand.op not in {"eq", "ne"}:
                self._operated(operand, operand.op, [left, operand.expr], scope)
            left = operand.expr
        return "bool"

    def _called(self, node: nodes.Call, scope: Scope) -> Shape:
        method = self._callable(node.node, scope)
        given = self._given(node, scope)
        if method is None or given is None:
            return None
        try:
            return called(method, given)
        except FailedError as error:
            name = path(node.node).removeprefix("this.")
            last = name.rpartition(".")[2]
            message = f"'{name}' does not take these arguments"
            self._complaints.add(node, message, str(error), last, behind=node.node)
            return None

    def _callable(self, node: nodes.Expr, scope: Scope) -> Callable[..., Any] | None:
        """What is called: a function, or the method of a sample."""
        if isinstance(node, nodes.Name) and node.name not in scope:
            return FUNCTIONS.get(node.name)
        shape = self.of(node, scope)
        if isinstance(shape, Method) and isinstance(node, nodes.Getattr | nodes.Getitem):
            owner = self._value(node.node, scope)
            name = node.attr if isinstance(node, nodes.Getattr) else node.arg.as_const()
            return None if owner is UNKNOWN else getattr(owner, name)
        if shape is not None:
            name = path(node)
            hint = f"write {name} without ()"
            self._complaints.add(node, f"'{name}' is no method", hint, name.rpartition(".")[2])
        return None

    def _given(self, node: nodes.Call | nodes.Filter, scope: Scope) -> Given | None:
        """The arguments as they are written, or samples of them; None where nothing is known."""
        written = [*node.args, *(pair.value for pair in node.kwargs)]
        values = [self._value(one, scope) for one in written]
        if node.dyn_args is not None or node.dyn_kwargs is not None or UNKNOWN in values:
            return None
        names = [str(pair.key) for pair in node.kwargs]
        named = dict(zip(names, values[len(node.args) :], strict=True))
        constant = all(isinstance(one, nodes.Const) for one in written)
        return Given(values[: len(node.args)], named, constant)

    def _filtered(self, node: nodes.Filter, scope: Scope) -> Shape:
        value = node.node
        if value is None:
            return None
        over = self.of(value, scope)
        item = self._reach.of_items(node, over, path(value))
        made = self._tried(node, value, scope)
        if node.name in {"d", "default"}:
            other = self.of(node.args[0], scope) if node.args else None
            return common([over, other])
        if not isinstance(over, Many):
            return made
        if node.name in _ITEMS:
            return over
        if node.name in _ONE_ITEM:
            return over.item
        return Many(item) if item is not None and node.name == "map" else made

    def _tried(self, node: nodes.Filter, value: nodes.Expr, scope: Scope) -> Shape:
        try:
            arguments(node)
        except KeyError:
            return None  # an unknown filter is told where it is visited
        except TypeError as error:
            message = f"'{node.name}' does not take these arguments"
            self._complaints.add(node, message, str(error), node.name)
            return None
        if node.name in MOMENTS:
            return "text"
        whole = isinstance(self.of(value, scope), Mapping | Lookup | Many)
        tried, given = self._value(value, scope), self._given(node, scope)
        if tried is UNKNOWN or given is None or (whole and node.name in WRITERS):
            return None
        try:
            return filtered(node.name, tried, given)
        except FailedError as error:
            with_these = " with these arguments" if node.args or node.kwargs else ""
            message = f"'{node.name}' cannot be used on {said(tried)}{with_these}"
            self._complaints.add(node, message, error.hint, node.name)
            return None

    def looped(self, node: nodes.For, scope: Scope) -> None:
        """A loop can go through what it is given; complains otherwise."""
        value = self._value(node.iter, scope)
        try:
            if value is not UNKNOWN:
                iterated(value)
        except FailedError:
            message = f"'for' cannot go through {said(value)}"
            hint = "it takes a list, for instance event.messages"
            self._complaints.add(node.iter, message, hint, path(node.iter).rpartition(".")[2])

    # Of the class: in each object they would be a circle, and rules are loaded while the
    # collector of circles rests.
    _finders: ClassVar[Mapping[type[nodes.Node], Callable[..., Shape]]] = {
        nodes.Name: _root,
        nodes.Getattr: _below,
        nodes.Getitem: _item,
        nodes.Filter: _filtered,
        nodes.Call: _called,
        nodes.Compare: _compared,
        nodes.Const: lambda _, node, __: shape_of(node.value),
        nodes.List: _listed,
        nodes.Tuple: _listed,
        nodes.Dict: lambda *_: Lookup(),
        nodes.And: _either,
        nodes.Or: _either,
        nodes.CondExpr: _one_of_two,
        nodes.Not: lambda *_: "bool",
        nodes.Test: lambda *_: "bool",
        nodes.Concat: lambda *_: "text",
        **dict.fromkeys((nodes.Neg, nodes.Pos), _signed),
        **dict.fromkeys(_ARITHMETIC, _binary),
    }
