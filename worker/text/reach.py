"""What can be reached from the names that are offered."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from worker.text.bounded import TEXT_METHODS, TIME_FIELDS, TIME_METHODS
from worker.text.complaints import Complaints
from worker.text.names import did_you_mean
from worker.text.offered import Many, Method, Offered, OneOf, Shape
from worker.text.signatures import arguments

Scope = Mapping[str, Shape]
"""Names that the template itself makes."""

_TEXT: Mapping[str, Shape] = dict.fromkeys(TEXT_METHODS, Method())
_TIME: Mapping[str, Shape] = {
    **dict.fromkeys(TIME_METHODS, Method()),
    **dict.fromkeys(TIME_FIELDS, "number"),
}
_BELOW: Mapping[str, Mapping[str, Shape]] = {"text": _TEXT, "time": _TIME, "local time": _TIME}


class Reach:
    """Names and what is below them; complaints about those that cannot be there.

    Args:
        guarded: roots that the template itself asks after.
    """

    def __init__(self, offered: Offered, guarded: frozenset[str], complaints: Complaints) -> None:
        self._offered = offered
        self._guarded = guarded
        self._complaints = complaints

    def root(self, node: nodes.Name, scope: Scope) -> Shape:
        """What is known of a first name."""
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

    def below(self, whole: nodes.Node, above: Shape, name: str, attribute: str) -> Shape:
        """What is below `above`, which is written `name`; `whole` is both."""
        above = plain(above)
        if isinstance(above, Mapping):
            if attribute in above:
                self._ask_after(whole, name, attribute)
                return above[attribute]
            meant = self._offered.meant.get(name, {}).get(attribute, "")
            hint = did_you_mean(attribute, above, meant)
            hint = hint or ("" if above else f"{name} is empty here")
            self._complain(whole, f"unknown name '{name}.{attribute}'", hint, attribute)
        elif isinstance(above, str):
            known = _BELOW.get(above, {})
            if attribute in known:
                return known[attribute]
            message = f"'{name}' is a {above} and has no '{attribute}'"
            self._complain(whole, message, did_you_mean(attribute, known), attribute)
        elif isinstance(above, Many):
            hint = f"take one of it, for instance {name}[0]"
            self._complain(whole, f"'{name}' is a list and has no '{attribute}'", hint, attribute)
        return None

    def _ask_after(self, whole: nodes.Node, above: str, attribute: str) -> None:
        name = f"{above}.{attribute}"
        if name in self._offered.sometimes - self._guarded:
            message = f"'{name}' is missing where the conditions hold without it"
            self._complain(whole, message, f"write {name} | default('')", attribute)

    def _complain(self, whole: nodes.Node, message: str, hint: str, attribute: str) -> None:
        word = str(whole.value) if isinstance(whole, nodes.Const) else attribute
        self._complaints.add(whole, message, hint, word)

    def of_items(self, node: nodes.Filter, over: Shape, name: str) -> Shape:
        """What the filter reads of each item; complains about names that no item has."""
        asked = _attribute(node)
        if not isinstance(over, Many) or asked is None:
            return None
        item: Shape = None
        for dotted in asked.value.split(",") if node.name == "sort" else [asked.value]:
            item, at = over.item, f"{name}[0]"
            for attribute in dotted.split("."):
                item = None if attribute.isdigit() else self.below(asked, item, at, attribute)
                at += f".{attribute}"
        if isinstance(item, Method):
            message = f"'{asked.value}' is a method"
            self._complaints.add(asked, message, "map('upper') calls a filter", asked.value)
        return item


def _attribute(node: nodes.Filter) -> nodes.Const | None:
    """The text in the filter that names a part of each item."""
    try:
        given = arguments(node)
    except (KeyError, TypeError):
        return None
    if node.name in {"selectattr", "rejectattr"}:
        asked = next(iter(given.get("args", ())), None)
    else:
        asked = given.get("attribute", given.get("kwargs", {}).get("attribute"))
    return asked if isinstance(asked, nodes.Const) and isinstance(asked.value, str) else None


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
