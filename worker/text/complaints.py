"""What is wrong with one template, gathered: one complaint a place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from jinja2 import nodes

from worker.text.names import did_you_mean
from worker.text.offered import TemplateProblem
from worker.text.tokens import Token, offset_of, tokens_of

_MOST = 100  # nobody mends more at once, and each takes time to tell


class Complaints:
    """Complaints about a tree of `placed_tree`.

    Args:
        state: None for a template, `variable` for a bare expression.
    """

    def __init__(self, source: str, state: str | None) -> None:
        self._source = source
        self._state = state
        self._complained: set[int] = set()
        self._found: list[TemplateProblem] = []

    def add(
        self,
        node: nodes.Node,
        message: str,
        hint: str,
        word: str,
        behind: nodes.Node | None = None,
    ) -> None:
        """One complaint a node, however often it is looked at; at the word in it.

        Args:
            behind: the word stands at the end of this part of the node, or behind it.
        """
        if id(node) in self._complained or len(self._found) >= _MOST:
            return
        self._complained.add(id(node))
        last = node if behind is None else behind
        inside = () if behind is None else behind.find_all(nodes.Node)
        start = max(one.lineno or 0 for one in (last, *inside))
        at = offset_of(self._tokens, word, start)
        self._found.append(TemplateProblem(message, hint, at))

    @cached_property
    def _tokens(self) -> Sequence[Token]:
        return tuple(tokens_of(self._source, self._state))

    def unknown(self, node: nodes.Node, word: str, name: str, known: Collection[str]) -> None:
        """A complaint, if the name is not known."""
        if name not in known:
            self.add(node, f"unknown {word} '{name}'", did_you_mean(name, known), name)

    def all(self) -> list[TemplateProblem]:
        """In the order of their places."""
        return sorted(self._found, key=lambda problem: problem.offset)
