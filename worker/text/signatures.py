"""What the filters of templates take in their parentheses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from inspect import Signature, signature
from typing import Any

from jinja2 import nodes

from worker.text.filters import FILTERS

_PASSED_BY_JINJA = frozenset({"context", "env", "environment", "eval_ctx"})


@lru_cache(maxsize=len(FILTERS))
def _taken(name: str) -> Signature:
    """The parameters behind the filtered value."""
    parameters = list(signature(FILTERS[name]).parameters.values())
    before = 2 if parameters[0].name in _PASSED_BY_JINJA else 1
    return Signature(parameters[before:])


def arguments(node: nodes.Filter) -> Mapping[str, Any]:
    """The filter's arguments by the names of its parameters; none where they are not written out.

    Raises:
        TypeError: it takes other ones.
    """
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return {}
    named = {str(pair.key): pair.value for pair in node.kwargs}
    return _taken(node.name).bind(*node.args, **named).arguments
