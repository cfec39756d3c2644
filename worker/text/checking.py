"""The check, before a template is ever filled, that it names no more than is offered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from jinja2 import nodes

from worker.calendars.zones import zone_names
from worker.text.bounded import FUNCTIONS, LARGEST_NUMBER_BITS, TESTS
from worker.text.complaints import Complaints
from worker.text.filters import FILTERS, WRITERS
from worker.text.moments import MOMENTS, prepare
from worker.text.names import did_you_mean
from worker.text.offered import Lookup, Many, Method, Offered, OneOf, Shape, TemplateProblem
from worker.text.reach import Reach, Scope, path, plain
from worker.text.shapes import Shapes
from worker.text.zones import zone_hint

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
    nodes.Concat,
    nodes.Call,
    nodes.Keyword,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
)
_WORDS = {nodes.Assign: "set", nodes.AssignBlock: "set", nodes.Pow: "**", nodes.FromImport: "from"}
_LOOP: Shape = dict.fromkeys(("index", "index0", "revindex", "revindex0", "length"), "number") | {
    "first": "bool",
    "last": "bool",
    "previtem": None,
    "nextitem": None,
    "cycle": None,
}

# What a template is made into is compiled with some six calls inside each other a level, of which
# Python allows a thousand, and those of whoever asks for it.
_DEEPEST = 80


def check(tree: nodes.Node, source: str, state: str | None, offered: Offered) -> None:
    """Every name, filter and test of `tree` is offered.

    Args:
        tree: of `placed_tree`, which knows where its nodes stand.
        state: None for a template, `variable` for a bare expression.

    Raises:
        TemplateProblem: the first that is not, with all others.
    """
    guarded = _guarded(tree) if offered.sometimes else frozenset[str]()
    complaints = Complaints(source, state)
    shapes = Shapes(Reach(offered, guarded, complaints), complaints)
    checking = _Check(shapes, complaints)
    checking.visit(tree, {}, looping=False)
    first, *more = complaints.all() or (None,)
    if first is not None:
        raise TemplateProblem(first.message, first.hint, first.offset, more)


def _guarded(tree: nodes.Node) -> frozenset[str]:
    """Roots and paths that the template itself asks after, and those that stand in their place."""
    asked = set(_asked_after(tree))
    choices: list[nodes.If | nodes.CondExpr] = [*tree.find_all(nodes.If)]
    for chosen in (*choices, *tree.find_all(nodes.CondExpr)):
        roots = {name.partition(".")[0] for name in _asked_after(chosen.test) if "." in name}
        asked |= {name for name in _paths(chosen) if name.partition(".")[0] in roots}
    for filtered in tree.find_all(nodes.Filter):
        inner = filtered.node
        if filtered.name in {"d", "default"} and inner is not None:
            asked.add(path(inner))
            while isinstance(inner, nodes.Getattr | nodes.Getitem):
                inner = inner.node
            asked |= {path(inner), *(name for other in filtered.args for name in _paths(other))}
    return frozenset(asked)


def _asked_after(tree: nodes.Node) -> Iterator[str]:
    """Paths of which it is asked whether they are there."""
    for node in (tree, *tree.find_all((nodes.Test, nodes.Compare))):
        if isinstance(node, nodes.Test) and node.name in {"defined", "undefined"}:
            yield path(node.node)
        elif isinstance(node, nodes.Compare):
            left, (first, *_) = node.expr, node.ops
            if isinstance(left, nodes.Const) and first.op in {"in", "notin"}:
                yield f"{path(first.expr)}.{left.value}"


def _paths(tree: nodes.Node) -> Iterator[str]:
    """The dotted paths in it."""
    for node in (tree, *tree.find_all((nodes.Getattr, nodes.Getitem))):
        if "." in (name := path(node)):
            yield name


TOO_DEEP = ("this is nested too deeply", "say it in shorter pieces")
"""What is said of a template that Python cannot compile, or cannot even read."""

TOO_LARGE = ("this number is too large", "write fewer digits")
"""What is said of one that Python may refuse to read, or takes for infinite."""


class _Check:
    def __init__(self, shapes: Shapes, complaints: Complaints) -> None:
        self._shapes = shapes
        self._complaints = complaints
        self._called: set[int] = set()
        self._depth = 0

    def visit(self, node: nodes.Node, scope: Scope, *, looping: bool) -> None:
        if self._depth == _DEEPEST:
            self._complaints.add(node, *TOO_DEEP, "")
            return
        self._depth += 1
        self._enter(node, scope, looping=looping)
        self._depth -= 1

    def _enter(self, node: nodes.Node, scope: Scope, *, looping: bool) -> None:
        if not isinstance(node, _ALLOWED):
            word = _WORDS.get(type(node), type(node).__name__.lower())
            hint = "templates know if, for, and expressions; put constants under vars"
            self._complaints.add(node, f"'{word}' is not available in templates", hint, word)
            return
        if isinstance(node, nodes.Output | nodes.Concat):
            self._refuse_whole(node.nodes, scope)
        if isinstance(node, nodes.Expr):
            self._shapes.of(node, scope)
        if isinstance(node, nodes.For):
            self._visit_for(node, scope, looping=looping)
            return
        if isinstance(node, nodes.Call):
            self._visit_call(node, scope, looping=looping)
            return
        self._look(node, scope)
        for child in node.iter_child_nodes():
            self.visit(child, scope, looping=looping)

    def _look(self, node: nodes.Node, scope: Scope) -> None:
        """The node itself, not what is inside it."""
        if isinstance(node, nodes.Filter):
            self._visit_filter(node, scope)
        elif isinstance(node, nodes.Test):
            self._complaints.unknown(node, "test", node.name, TESTS)
        elif isinstance(node, nodes.Getattr | nodes.Getitem):
            self._refuse_method(node, scope)
        elif isinstance(node, nodes.Compare):
            self._visit_compare(node, scope)
        elif isinstance(node, nodes.Const) and _too_large(node.value):
            self._complaints.add(node, *TOO_LARGE, "")

    def _refuse_method(self, node: nodes.Getattr | nodes.Getitem, scope: Scope) -> None:
        """A method that nobody calls is no value, and true wherever it is asked."""
        if isinstance(self._shapes.of(node, scope), Method) and id(node) not in self._called:
            name = path(node).removeprefix("this.")
            last = name.rpartition(".")[2]
            self._complaints.add(node, f"'{name}' is a method", f"write {name}()", last)

    def _refuse_whole(self, written: Iterable[nodes.Expr], scope: Scope) -> None:
        for inner in written:
            shape = self._shapes.of(inner, scope)
            if isinstance(shape, Mapping | Lookup | Many):
                message = "a list or a mapping cannot be written out"
                listed = isinstance(shape, Many) and not isinstance(shape.item, Mapping)
                hint = "write it with | join(', ')" if listed else "name one of its fields"
                self._complaints.add(inner, message, hint, path(inner).rpartition(".")[2])

    def _visit_for(self, node: nodes.For, scope: Scope, *, looping: bool) -> None:
        if looping or node.recursive:
            hint = "one level of for; more could run for hours"
            self._complaints.add(
                node, "a for inside a for is not available in templates", hint, "for"
            )
        self.visit(node.iter, scope, looping=looping)
        self._shapes.looped(node, scope)
        over = self._shapes.of(node.iter, scope)
        inner: dict[str, Shape] = {**scope, "loop": _LOOP}
        for target in _names(node.target):
            inner[target.name] = None
        if isinstance(over, Many) and isinstance(node.target, nodes.Name):
            inner[node.target.name] = over.item
        for child in (*node.body, *node.else_, *([node.test] if node.test else [])):
            self.visit(child, inner, looping=True)

    def _visit_call(self, node: nodes.Call, scope: Scope, *, looping: bool) -> None:
        called = node.node
        if isinstance(called, nodes.Name) and called.name not in scope:
            self._complaints.unknown(called, "function", called.name, FUNCTIONS)
        else:
            self._called.add(id(called))
            self.visit(called, scope, looping=looping)
        for child in node.iter_child_nodes(exclude=("node",)):
            self.visit(child, scope, looping=looping)

    def _visit_filter(self, node: nodes.Filter, scope: Scope) -> None:
        self._complaints.unknown(node, "filter", node.name, FILTERS)
        given = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        if node.name == "map" and given:
            self._complaints.unknown(node, "filter", str(given[0]), FILTERS)
        elif node.name in {"select", "reject"} and given:
            self._complaints.unknown(node, "test", str(given[0]), TESTS)
        elif node.name in {"selectattr", "rejectattr"} and given[1:]:
            self._complaints.unknown(node, "test", str(given[1]), TESTS)
        if node.name in WRITERS and node.node is not None:
            self._refuse_whole([node.node], scope)
        if node.name in MOMENTS:
            self._visit_moment(node, scope)

    def _visit_moment(self, node: nodes.Filter, scope: Scope) -> None:
        """A filter that writes out a time has one, and knows in which zone."""
        prepare()
        value = node.node
        shape = None if value is None else plain(self._shapes.of(value, scope))
        if isinstance(shape, Mapping | Many) or shape in {"text", "bool", "number"}:
            what = shape if isinstance(shape, str) else "list or a mapping"
            message = f"'{node.name}' is for times, and this is a {what}"
            hint = "for instance calendars.NAME.next_open"
            self._complaints.add(node, message, hint, node.name)
        zones = node.args or [pair.value for pair in node.kwargs if pair.key == "zone"]
        hint = f'in which time zone? For instance {node.name}("Asia/Hong_Kong")'
        if shape == "time" and not zones:
            self._complaints.add(node, f"'{node.name}' of a time without a zone", hint, node.name)
        zone = zones[0] if zones else None
        if isinstance(zone, nodes.Const) and zone.value and str(zone.value) not in zone_names():
            near = zone_hint(str(zone.value)) or hint
            self._complaints.add(zone, f"unknown time zone '{zone.value}'", near, str(zone.value))

    def _visit_compare(self, node: nodes.Compare, scope: Scope) -> None:
        """What is always one of some texts is compared with one of them."""
        left = node.expr
        for operand in node.ops:
            right = operand.expr
            if operand.op in {"eq", "ne"}:
                self._can_be(left, [right], scope)
                self._can_be(right, [left], scope)
            elif operand.op in {"in", "notin"} and isinstance(right, nodes.List | nodes.Tuple):
                self._can_be(left, right.items, scope)
            left = right

    def _can_be(self, node: nodes.Expr, compared: Iterable[nodes.Expr], scope: Scope) -> None:
        shape = self._shapes.of(node, scope)
        if not isinstance(shape, OneOf):
            return
        for one in compared:
            if isinstance(one, nodes.Const) and one.value not in shape.texts:
                text = str(one.value)
                message = f"'{path(node)}' is never '{text}'"
                self._complaints.add(one, message, did_you_mean(text, shape.texts), text)


def _too_large(value: object) -> bool:
    if isinstance(value, int):
        return value.bit_length() > LARGEST_NUMBER_BITS
    return isinstance(value, float) and math.isinf(value)


def _names(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)
