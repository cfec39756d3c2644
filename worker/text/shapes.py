"""What is known of each value in a template before it is filled."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from worker.text.bounded import TEXT_METHODS, TIME_FIELDS, TIME_METHODS
from worker.text.complaints import Complaints
from worker.text.names import did_you_mean
from worker.text.offered import Many, Method, Offered, OneOf, Shape

Scope = Mapping[str, Shape]
"""Names that the template itself makes."""

_TEXT: Mapping[str, Shape] = dict.fromkeys(TEXT_METHODS, Method())
_TIME: Mapping[str, Shape] = {
    **dict.fromkeys(TIME_METHODS, Method()),
    **dict.fromkeys(TIME_FIELDS, "number"),
}
_BELOW: Mapping[str, Mapping[str, Shape]] = {"text": _TEXT, "time": _TIME, "local time": _TIME}


class Shapes:
    """The shapes of a template's nodes.

    Args:
        guarded: roots that the template itself asks after.
    """

    def __init__(self, offered: Offered, guarded: frozenset[str], complaints: Complaints) -> None:
        self._offered = offered
        self._guarded = guarded
        self._complaints = complaints

    def of(self, node: nodes.Node, scope: Scope) -> Shape:
        """What is known of the value; complains about names that cannot be there."""
        if isinstance(node, nodes.Name):
            return self._root(node, scope)
        if isinstance(node, nodes.Getattr):
            return self._below(node, node.node, node.attr, scope)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            if isinstance(node.arg.value, str):
                return self._below(node, node.node, node.arg.value, scope)
            over = self.of(node.node, scope)
            return over.item if isinstance(over, Many) else None
        if isinstance(node, nodes.Filter) and node.name in {"first", "last"} and node.node:
            over = self.of(node.node, scope)
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
                self._complaints.add(node, f"'{name}' is not known here", why, name)
            else:
                self._complaints.add(
                    node, f"unknown name '{name}'", did_you_mean(name, roots), name
                )
            return None
        if name in self._offered.sometimes and name not in self._guarded:
            message = f"'{name}' is missing under some of the rule's events"
            hint = f"ask 'if {name} is defined', or split the rule"
            self._complaints.add(node, message, hint, name)
        return roots[name]

    def _below(self, whole: nodes.Node, node: nodes.Expr, attribute: str, scope: Scope) -> Shape:
        above = plain(self.of(node, scope))
        name = path(node)
        if isinstance(above, Mapping):
            if attribute in above:
                self._ask_after(whole, name, attribute)
                return above[attribute]
            hint = did_you_mean(attribute, above) or ("" if above else f"{name} is empty here")
            self._complaints.add(whole, f"unknown name '{name}.{attribute}'", hint, attribute)
        elif isinstance(above, str):
            known = _BELOW.get(above, {})
            if attribute in known:
                return known[attribute]
            message = f"'{name}' is a {above} and has no '{attribute}'"
            self._complaints.add(whole, message, did_you_mean(attribute, known), attribute)
        return None

    def _ask_after(self, whole: nodes.Node, above: str, attribute: str) -> None:
        name = f"{above}.{attribute}"
        if name in self._offered.sometimes - self._guarded:
            message = f"'{name}' is missing where the conditions hold without it"
            self._complaints.add(whole, message, f"write {name} | default('')", attribute)


def plain(shape: Shape) -> Shape:
    """The shape, of one of some texts that of any text."""
    return "text" if isinstance(shape, OneOf) else shape


def path(node: nodes.Node) -> str:
    """The node as it is written, as far as it is a dotted path."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        below = node.arg.value
        return path(node.node) + (f".{below}" if isinstance(below, str) else f"[{below}]")
    return "this"
