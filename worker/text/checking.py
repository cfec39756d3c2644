"""The check, before a template is ever filled, that it names no more than is offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jinja2 import nodes

from worker.calendars.zones import zone_names
from worker.text.bounded import FILTERS, FUNCTIONS, TESTS, TEXT_METHODS, TIME_METHODS
from worker.text.moments import MOMENTS, prepare
from worker.text.names import did_you_mean
from worker.text.offered import Many, Offered, OneOf, Shape, TemplateProblem
from worker.text.tokens import offset_of

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

# Python compiles what a template is made into, and gives up at about twice this.
_DEEPEST = 80
_LARGEST_NUMBER = 10**18

_METHODS = {"text": TEXT_METHODS, "time": TIME_METHODS, "local time": TIME_METHODS}

Scope = Mapping[str, Shape]


def check(tree: nodes.Node, source: str, state: str | None, offered: Offered) -> None:
    """Every name, filter and test of `tree` is offered.

    Args:
        tree: of `placed_tree`, which knows where its nodes stand.
        state: None for a template, `variable` for a bare expression.

    Raises:
        TemplateProblem: the first that is not, with all others.
    """
    guarded = _guarded(tree) if offered.sometimes else frozenset[str]()
    checking = _Check(source, state, offered, guarded)
    checking.visit(tree, {}, looping=False)
    first, *more = sorted(checking.problems, key=lambda problem: problem.offset) or (None,)
    if first is not None:
        raise TemplateProblem(first.message, first.hint, first.offset, more)


def _guarded(tree: nodes.Node) -> frozenset[str]:
    """Roots and paths that the template itself asks after."""
    asked: set[str] = set()
    for test in tree.find_all(nodes.Test):
        if test.name in {"defined", "undefined"}:
            asked.add(_path(test.node))
    for filtered in tree.find_all(nodes.Filter):
        inner = filtered.node
        if filtered.name in {"d", "default"} and inner is not None:
            asked.add(_path(inner))
            while isinstance(inner, nodes.Getattr | nodes.Getitem):
                inner = inner.node
            asked.add(_path(inner))
    for compared in tree.find_all(nodes.Compare):
        left, (first, *_) = compared.expr, compared.ops
        if isinstance(left, nodes.Const) and first.op in {"in", "notin"}:
            asked.add(f"{_path(first.expr)}.{left.value}")
    return frozenset(asked)


def too_deep() -> TemplateProblem:
    """What is said of a template that Python cannot compile, or cannot even read."""
    return TemplateProblem("this is nested too deeply", "say it in shorter pieces")


def too_large() -> TemplateProblem:
    """What is said of a number that Python may refuse to read."""
    return TemplateProblem("a number in this is too large", "write at most 18 digits")


class _Check:
    def __init__(
        self, source: str, state: str | None, offered: Offered, guarded: frozenset[str]
    ) -> None:
        self._source = source
        self._state = state
        self._offered = offered
        self._guarded = guarded
        self._complained: set[int] = set()
        self._depth = 0
        self.problems: list[TemplateProblem] = []

    def visit(self, node: nodes.Node, scope: Scope, *, looping: bool) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise too_deep()
        self._visit(node, scope, looping=looping)
        self._depth -= 1

    def _visit(self, node: nodes.Node, scope: Scope, *, looping: bool) -> None:
        if not isinstance(node, _ALLOWED):
            word = _WORDS.get(type(node), type(node).__name__.lower())
            hint = "templates know if, for, and expressions; put constants under vars"
            self._complain(node, f"'{word}' is not available in templates", hint, word)
            return
        if isinstance(node, nodes.Output):
            self._refuse_whole(node, scope)
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
            self._known(node, "test", node.name, TESTS)
        elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self._shape(node, scope)
        elif isinstance(node, nodes.Compare):
            self._visit_compare(node, scope)
        elif isinstance(node, nodes.Const):
            _refuse_large(node.value)

    def _refuse_whole(self, node: nodes.Output, scope: Scope) -> None:
        for inner in node.nodes:
            if isinstance(self._shape(inner, scope), Mapping | Many):
                message = "a list or a mapping cannot be written out"
                last = _path(inner).rpartition(".")[2]
                self._complain(inner, message, "name one of its fields", last)

    def _visit_for(self, node: nodes.For, scope: Scope, *, looping: bool) -> None:
        if looping or node.recursive:
            hint = "one level of for; more could run for hours"
            self._complain(node, "a for inside a for is not available in templates", hint, "for")
        self.visit(node.iter, scope, looping=looping)
        over = self._shape(node.iter, scope)
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
            self._known(called, "function", called.name, FUNCTIONS)
        else:
            self.visit(called, scope, looping=looping)
        for child in node.iter_child_nodes(exclude=("node",)):
            self.visit(child, scope, looping=looping)

    def _visit_filter(self, node: nodes.Filter, scope: Scope) -> None:
        self._known(node, "filter", node.name, FILTERS)
        given = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
        if node.name == "map" and given:
            self._known(node, "filter", str(given[0]), FILTERS)
        elif node.name in {"select", "reject"} and given:
            self._known(node, "test", str(given[0]), TESTS)
        if node.name in MOMENTS:
            self._visit_moment(node, scope)

    def _visit_moment(self, node: nodes.Filter, scope: Scope) -> None:
        """A filter that writes out a time has one, and knows in which zone."""
        prepare()
        value = node.node
        shape = None if value is None else _plain(self._shape(value, scope))
        if isinstance(shape, Mapping | Many) or shape in {"text", "bool", "number"}:
            what = shape if isinstance(shape, str) else "list or a mapping"
            message = f"'{node.name}' is for times, and this is a {what}"
            hint = "for instance calendars.NAME.next_open"
            self._complain(node, message, hint, node.name)
        zones = node.args or [pair.value for pair in node.kwargs if pair.key == "zone"]
        hint = f'in which time zone? For instance {node.name}("Asia/Hong_Kong")'
        if shape == "time" and not zones:
            self._complain(node, f"'{node.name}' of a time without a zone", hint, node.name)
        zone = zones[0] if zones else None
        if isinstance(zone, nodes.Const) and zone.value and str(zone.value) not in zone_names():
            near = did_you_mean(str(zone.value), zone_names()) or hint
            self._complain(zone, f"unknown time zone '{zone.value}'", near, str(zone.value))

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
        shape = self._shape(node, scope)
        if not isinstance(shape, OneOf):
            return
        for one in compared:
            if isinstance(one, nodes.Const) and one.value not in shape.texts:
                text = str(one.value)
                message = f"'{_path(node)}' is never '{text}'"
                self._complain(one, message, did_you_mean(text, shape.texts), text)

    def _known(self, node: nodes.Node, word: str, name: str, known: frozenset[str]) -> None:
        if name not in known:
            self._complain(node, f"unknown {word} '{name}'", did_you_mean(name, known), name)

    def _shape(self, node: nodes.Node, scope: Scope) -> Shape:
        """What is known of the value; complains about names that cannot be there."""
        if isinstance(node, nodes.Name):
            return self._root(node, scope)
        if isinstance(node, nodes.Getattr):
            return self._below(node, node.node, node.attr, scope)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            if isinstance(node.arg.value, str):
                return self._below(node, node.node, node.arg.value, scope)
            over = self._shape(node.node, scope)
            return over.item if isinstance(over, Many) else None
        if isinstance(node, nodes.Filter) and node.name in {"first", "last"} and node.node:
            over = self._shape(node.node, scope)
            return over.item if isinstance(over, Many) else None
        return None

    def _root(self, node: nodes.Name, scope: Scope) -> Shape:
        name = node.name
        if name in scope:
            return scope[name]
        roots = self._offered.roots
        if name not in roots:
            why = self._offered.elsewhere.get(name)
            if why:
                self._complain(node, f"'{name}' is not known here", why, name)
            else:
                self._complain(node, f"unknown name '{name}'", did_you_mean(name, roots), name)
            return None
        if name in self._offered.sometimes and name not in self._guarded:
            message = f"'{name}' is missing under some of the rule's events"
            hint = f"ask 'if {name} is defined', or split the rule"
            self._complain(node, message, hint, name)
        return roots[name]

    def _below(self, whole: nodes.Node, node: nodes.Expr, attribute: str, scope: Scope) -> Shape:
        above = _plain(self._shape(node, scope))
        path = _path(node)
        if isinstance(above, Mapping):
            if attribute in above:
                self._ask_after(whole, path, attribute)
                return above[attribute]
            hint = did_you_mean(attribute, above) or ("" if above else f"{path} is empty here")
            self._complain(whole, f"unknown name '{path}.{attribute}'", hint, attribute)
            return None
        methods = _METHODS.get(str(above))
        if isinstance(above, str) and attribute not in (methods or ()):
            message = f"'{path}' is a {above} and has no '{attribute}'"
            hint = did_you_mean(attribute, methods or ())
            self._complain(whole, message, hint, attribute)
        return None

    def _ask_after(self, whole: nodes.Node, path: str, attribute: str) -> None:
        name = f"{path}.{attribute}"
        if name in self._offered.sometimes - self._guarded:
            message = f"'{name}' is missing where the conditions hold without it"
            hint = f"write {name} | default('')"
            self._complain(whole, message, hint, attribute)

    def _complain(self, node: nodes.Node, message: str, hint: str, word: str) -> None:
        """One complaint a node, however often its shape is asked for; at the word in it."""
        if id(node) in self._complained:
            return
        self._complained.add(id(node))
        at = offset_of(self._source, self._state, word, node.lineno)
        self.problems.append(TemplateProblem(message, hint, at))


def _refuse_large(value: object) -> None:
    if isinstance(value, int) and value > _LARGEST_NUMBER:
        raise too_large()


def _plain(shape: Shape) -> Shape:
    return "text" if isinstance(shape, OneOf) else shape


def _names(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
        return f"{_path(node.node)}.{key}" if isinstance(key, str) else "this"
    return "this"
