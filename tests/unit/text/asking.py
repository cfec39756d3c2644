"""What the check of templates is asked with, and what it says."""

from __future__ import annotations

from worker.conditions import LoadContext
from worker.conditions.offer import offered
from worker.model.event import EventKind
from worker.text.offered import Offered, TemplateProblem
from worker.text.template import check_template

RECEIVED = frozenset({EventKind.MESSAGE_RECEIVED})
VARS = {"price_url": "https://example.com", "shop": {"name": "Harbour"}}
OFFERED = offered(LoadContext(kinds=RECEIVED, vars=VARS), planned=True)


def problem(source: str, names: Offered = OFFERED) -> TemplateProblem | None:
    """What the static check says about the template."""
    try:
        check_template(source, names)
    except TemplateProblem as caught:
        return caught
    return None


def told(
    source: str,
    names: Offered = OFFERED,
    *,
    message: str | None = None,
    hint: str | None = None,
    at: str | None = None,
) -> TemplateProblem:
    """The problem, which begins with this message, has this hint and stands at this text; None
    takes any.
    """
    found = problem(source, names)
    assert found is not None
    assert message is None or found.message.startswith(message), found.message
    assert hint is None or found.hint == hint, found.hint
    assert at is None or source[found.offset :].startswith(at), found.offset
    return found
