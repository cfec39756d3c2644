"""Templates: checked before they are used, filled once, unable to hang, leak or grow."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.build import facts
from tests.unit.text.asking import OFFERED, RECEIVED, VARS, problem, told
from worker.conditions import LoadContext
from worker.conditions.fields import (
    CONTACT,
    CONVERSATION,
    EVENT,
    MEANT,
    MESSAGE,
    NOTIFICATION,
    View,
)
from worker.conditions.offer import offered
from worker.model.action import RenderError
from worker.model.event import EventKind
from worker.text import template
from worker.text.bounded import ENVIRONMENT
from worker.text.filters import LARGEST
from worker.text.offered import TemplateProblem
from worker.text.template import (
    Expression,
    check_expression,
    check_template,
    fill,
    is_template,
)

VALUES: Mapping[str, Any] = View(facts("hello"), vars=VARS, found={}, rule={"id": "r"})


def test_every_wrong_name_is_told_with_its_place() -> None:
    """An author would mend one name, check, and find the next: as often as there are mistakes."""
    source = "{{ mesage.text }} {{ contact.nam.x }} {{ mesage.text | lowr }} {{ event.messages }}"
    found = problem(source)
    assert found is not None
    assert [(one.message, one.offset) for one in (found, *found.more)] == [
        ("unknown name 'mesage'", 3),
        ("unknown name 'contact.nam'", 29),
        ("unknown name 'mesage'", 41),
        ("unknown filter 'lowr'", 55),
        ("a list or a mapping cannot be written out", 72),
    ]


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("{{ contact.id }} {{ contact }}", 20),
        ("{{ message.text | upper }} {{ message.id | upper | uper }}", 51),
        ("{% if message is defined %}{{ message is defned }}{% endif %}", 41),
        ("one\r\ntwo {{ contact.id }}\r\n{{ contact.idd }}", 38),
        ("contat {{ 'contat' }} {{ contat }}", 25),
    ],
)
def test_the_place_is_that_of_the_wrong_one(source: str, at: int) -> None:
    """The author would be led to a place where the same word is right."""
    found = problem(source)
    assert found is not None
    assert found.offset == at


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain text", "plain text"),
        ("{ not one }", "{ not one }"),
        ("Hi {{ contact.first_name or 'there' }}", "Hi Mei"),
        ("Hi {{ contact.last_name or 'there' }}", "Hi there"),
        ("{{ vars.price_url }}/{{ vars.shop.name | lower }}", "https://example.com/harbour"),
        ("{{ message.created_at }}", "2026-10-05 02:00:00+00:00"),
        ("{{ message.created_at.strftime('%d.%m.') }}", "05.10."),
        ("[{{ contact.created_at }}]", "[]"),
        ("{{ contact.tags | join(', ') }}", ""),
        ("{{ message.text == 'hello' }}", "true"),
        ("{% if message.text | length > 3 %}long{% else %}short{% endif %}", "long"),
        ("{% for one in event.messages %}{{ loop.index }}{{ one.text }}{% endfor %}", "1hello"),
        ("{{ event.messages | map(attribute='text') | join('/') }}", "hello"),
        ("{{ message.text | replace('l', 'L') | title }}", "Hello"),
        ("{{ 2 * 3 + 1 }}", "7"),
        ("{{ 1.256 | round(2) }} {{ 1.2 | round(method='ceil') | int }}", "1.26 2"),
        ("a\n{{ 1 }}\n", "a\n1\n"),
        ("{{ conversation.extra.x | default('none') }}", "none"),
        ("{{ now.year }}", "2026"),
        ("{# said to nobody #}x", "x"),
    ],
)
def test_what_is_offered_can_be_said(source: str, expected: str) -> None:
    """Each line is something authors do."""
    assert problem(source) is None
    assert fill(source, VALUES) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[{{ none | upper }}]", "[]"),
        ("[{{ none ~ '' }}]", "[]"),
        ("{{ true ~ 'x' }}", "truex"),
        ("{{ (1 == 1) ~ '' }}", "true"),
        ("[{{ contact.created_at ~ '' }}]", "[]"),
        ("[{{ contact.created_at | string }}]", "[]"),
        ("{{ now ~ '' }}", "2026-10-05 02:00:00+00:00"),
        ("{{ 'at ' ~ message.created_at | string }}", "at 2026-10-05 02:00:00+00:00"),
        ("{{ 1.5 ~ ' ' ~ 2 }}", "1.5 2"),
        ("{{ 12 | string | length }}", "2"),
        ("[{{ none | trim }}{{ none | truncate(9) }}{{ none | urlencode }}]", "[]"),
        ("{{ 'a b' | replace(' ', none) }}", "ab"),
        ("{{ {'q': 'a b', 'n': none} | urlencode }}", "q=a+b&n="),
        ("{{ [('q', 1)] | urlencode }}", "q=1"),
        ("{{ 'a/b c' | urlencode }}", "a/b%20c"),
        ("{{ 'one two' | wordcount }}", "2"),
        ("{{ 'abcdefghijklmnop' | truncate(8, true, end='…') }}", "abcdefg…"),
        ("{{ [none, true] | map('string') | join('/') }}", "/true"),
        ("{% if true ~ '' == 'true' %}same{% endif %}", "same"),
    ],
)
def test_no_value_is_written_in_pythons_words(source: str, expected: str) -> None:
    """Customers would read `None`, `True` and `['VIP']`."""
    assert problem(source) is None
    assert fill(source, VALUES) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ [1] ~ '' }}",
        "{{ contact.tags ~ 'x' }}",
        "{{ contact.tags | upper }}",
        "{{ message | string }}",
        "{{ message | replace('a', 'b') }}",
        "{{ contact.tags | trim }}",
        "{{ contact.tags | truncate }}",
        "{{ [message] | map('string') | join }}",
        "{{ contact.tags | wordcount }}",
        "{{ [['q', [1]]] | urlencode }}",
    ],
)
def test_a_list_or_a_mapping_is_no_text(source: str) -> None:
    """Customers would read the brackets and the fields' names, and other customers' data."""
    with pytest.raises(RenderError, match="a list or a mapping cannot be written out"):
        fill(source, VALUES)


def test_an_expression_joins_as_a_template_does() -> None:
    """`expr` would be another language than templates."""
    assert Expression("none ~ true ~ 'x'").value({}) == "truex"


def test_what_is_not_known_is_not_among_the_names() -> None:
    """`message is defined` would hold for events without one."""
    known = View(replace(facts("hello"), message=None, contact=None), vars=VARS)
    assert set(known) == {"event", "now", "vars", "calendars", "found", "steps", "conversation"}
    assert len(known) == len(set(known))
    assert fill("{{ 'yes' if message is defined else 'no' }}", known) == "no"


@pytest.mark.parametrize(
    ("source", "message", "hint", "at"),
    [
        ("{{ contat.id }}", "unknown name 'contat'", "did you mean 'contact'?", "contat"),
        (
            "Hi {{ contact.first_name }} {{ contact.frist_name }}",
            "unknown name 'contact.frist_name'",
            "did you mean 'first_name'?",
            "frist_name",
        ),
        ("{{ contact['nam'] }}", "unknown name 'contact.nam'", None, "'nam'"),
        (
            "{{ contact.name }}",
            "unknown name 'contact.name'",
            "did you mean 'display_name'?",
            "name }",
        ),
        (
            "{{ contact.phone }}",
            "unknown name 'contact.phone'",
            "did you mean 'phone_number'?",
            "phone }",
        ),
        ("{{ message.body }}", "unknown name 'message.body'", "did you mean 'text'?", "body"),
        (
            "{{ vars.prise_url }}",
            "unknown name 'vars.prise_url'",
            "did you mean 'price_url'?",
            None,
        ),
        ("{{ vars.shop.nam }}", "unknown name 'vars.shop.nam'", "did you mean 'name'?", "nam }"),
        (
            "ทดสอบ\n😀 {{ mesage.text }}",
            "unknown name 'mesage'",
            "did you mean 'message'?",
            "mesage",
        ),
        ("{{ notification.id }}", "'notification' is not known here", None, "notification"),
        ("{{ message.text | uper }}", "unknown filter 'uper'", "did you mean 'upper'?", "uper"),
        ("{{ message.text | map('x') }}", "unknown filter 'x'", None, "'x'"),
        ("{{ 1 is evn }}", "unknown test 'evn'", "did you mean 'even'?", "evn"),
        ("{{ message.text.uper() }}", "'message.text' is a text and has no 'uper'", None, "uper"),
        ("{{ contact.phone_number.x }}", "'contact.phone_number' is a text", None, "x }"),
        ("{{ contact }}", "a list or a mapping cannot be written out", None, "contact"),
        ("{{ event.messages }}", "a list or a mapping cannot be written out", None, None),
        ("{{ 'x' ~ contact.tags }}", "a list or a mapping cannot be written out", None, "tags"),
        ("{{ contact.tags | upper }}", "a list or a mapping cannot be written out", None, "tags"),
        ("{{ message | string }}", "a list or a mapping cannot be written out", None, "message"),
        ("{{ vars.shop | replace('a', 'b') }}", "a list or a mapping cannot", None, "shop"),
        (
            "{% for one in event.messages %}{{ one.txt }}{% endfor %}",
            "unknown name 'one.txt'",
            "did you mean 'text'?",
            "txt",
        ),
        ("{{ event.messages[0].txt }}", "unknown name 'event.messages[0].txt'", None, "txt"),
        ("{{ lipsum() }}", "unknown function 'lipsum'", None, "lipsum"),
        ("{% set a = 1 %}", "'set' is not available in templates", None, "set"),
        ("{% include 'x' %}", "'include' is not available in templates", None, "include"),
        ("{% macro a() %}{% endmacro %}", "'macro' is not available in templates", None, "macro"),
        ("{{ 2 ** 9 }}", "'**' is not available in templates", None, "**"),
        (
            "{% for a in vars %}{% for b in vars %}{% endfor %}{% endfor %}",
            "a for inside a for is not available in templates",
            None,
            "for",
        ),
        ("{{ steps.a }}", "'steps' is not known here", None, "steps"),
        ("x {{ 1 + }}", "this does not parse", None, "{{"),
        ("{% if x %}", "this does not parse", None, "{%"),
        ("{{ 'x }}", "this does not parse", None, "{{"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "this is nested too deeply", None, None),
        ("{{ " + "1 + " * 300 + "1 }}", "this is nested too deeply", None, None),
        ("{{ 'x'" + ".upper()" * 300 + " }}", "this is nested too deeply", None, None),
        ("{{ vars" + ".x" * 3000 + " }}", "this is nested too deeply", None, None),
        ("{% if 1 %}" * 99 + "{% endif %}" * 99, "this is nested too deeply", None, None),
        ("{{ " + "9" * 5000 + " }}", "this number is too large", None, None),
        ("{{ 1 + 1e999 }}", "this number is too large", None, "1e999"),
        ("{{ " + "(" * 41 + "1" + ")" * 41 + " }}", "this is nested too deeply", None, None),
        ("{{ 0x" + "f" * 5000 + " }}", "this number is too large", None, None),
        ("{{ 1 }}" + "x" * LARGEST, f"a template may have {LARGEST} characters", None, None),
    ],
)
def test_what_is_not_offered_is_told_with_its_place(
    source: str, message: str, hint: str | None, at: str | None
) -> None:
    """It would be found out at midnight, by a customer who gets no answer."""
    told(source, message=message, hint=hint, at=at)


def test_names_that_only_some_events_have_must_be_asked_after() -> None:
    """A rule for two kinds of events would fail at every event of one of them."""
    kinds = RECEIVED | {EventKind.NOTIFICATION_CREATED}
    names = offered(LoadContext(kinds=kinds), planned=True)
    found = problem("{{ message.text }}", names)
    assert found is not None
    assert found.message == "'message' is missing under some of the rule's events"
    assert problem("{{ message.text if message is defined }}", names) is None
    assert problem("{{ message.text | default('') }}", names) is None
    assert problem("{{ contact.id }}", names) is None
    assert fill("[{{ message.text if message is defined }}]", {}) == "[]"


def test_found_names_are_checked_where_they_are_known() -> None:
    """`found.emial` would be empty, or a failure."""
    names = offered(LoadContext(kinds=RECEIVED, found=frozenset({"email"})), planned=True)
    assert problem("{{ found.email }}", names) is None
    found = problem("{{ found.emial }}", names)
    assert found is not None
    assert found.hint == "did you mean 'email'?"
    assert problem("{{ found.anything }}") is None


def test_other_words_for_fields_lead_to_fields() -> None:
    """A hint that is followed would be the next mistake."""
    roots = {
        "message": MESSAGE,
        "contact": CONTACT,
        "conversation": CONVERSATION,
        "notification": NOTIFICATION,
    }
    for root, words in MEANT.items():
        assert not words.keys() & roots[root].keys()
        assert set(words.values()) <= roots[root].keys()


def test_every_offered_name_has_a_value_behind_it() -> None:
    """A name that passes the check and fails when filled is the worst of both."""
    roots = {"message": MESSAGE, "contact": CONTACT, "conversation": CONVERSATION, "event": EVENT}
    for root, shape in roots.items():
        for name in shape:
            assert name in VALUES[root], f"{root}.{name}"
        assert set(VALUES[root]) == set(shape)


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ contact.missing }}",
        "{{ vars.missing.more }}",
        "{{ conversation.extra.missing }}",
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ message.text | round }}",
        "{{ contact }}",
        "{{ event.messages }}",
        "{{ found.email }}",
    ],
)
def test_what_fails_on_the_values_is_a_render_error(source: str) -> None:
    """A customer would get half a sentence, or the planner would stop."""
    with pytest.raises(RenderError):
        fill(source, VALUES)


def test_a_render_error_names_the_name_and_not_the_customers_words() -> None:
    """Traces and logs would hold what customers wrote."""
    with pytest.raises(RenderError, match="'missing' is not known here"):
        fill("{{ contact.missing }}", VALUES)
    with pytest.raises(RenderError) as caught:
        fill("{{ message.text | float + now }}", View(facts("my secret")))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ contact.__init__ }}",
        "{{ contact.extra.__class__ }}",
        "{{ event.messages.append(1) }}",
        "{{ event.messages.__len__() }}",
        "{{ message.text.format(1) }}",
        "{{ message.text.format_map({}) }}",
        "{{ (message.text | map('upper')).gi_frame }}",
        "{{ range.__globals__ }}",
        "{{ now.replace(year=1) }}",
        "{{ now.tzinfo.utcoffset }}",
        "{{ 'x'.join(['a']) }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ event.messages | map(attribute='__class__') | join }}",
        "{{ event.messages | map('attr', '__class__') | list | length }}",
    ],
)
def test_nothing_of_python_is_within_reach(source: str) -> None:
    """A rule file from elsewhere could read the token."""
    with pytest.raises(RenderError):
        fill(source, VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 1000000000 * 'a' }}",
        "{{ [1] * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ (message.text * 3) }}",
        "{{ range(1000000000) | list }}",
        "{% for a in range(1001) %}{% endfor %}",
        "{% for a in range(1000) %}" + "x" * 100 + "{% endfor %}",
        "{{ message.text" + " | replace('l', 'llllllllll')" * 12 + " }}",
        "{{ range(1000) | join('" + "x" * 100 + "') }}",
        "{{ 9" + " * 999999999999999999" * 40 + " }}",
        "{{ 1 | round(1000000000000, 'ceil') }}",
        "{{ 1 | round(-1000000000000) }}",
        "{{ 'a' | center(1000000000) }}",
        "{{ 'a' | indent(1000000000) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'.zfill(1000000000) }}",
        "{{ namespace(a=1) }}",
    ],
)
def test_nothing_can_hang_or_fill_the_memory(source: str) -> None:
    """One rule could stop every other; each of these returns at once."""
    with pytest.raises(RenderError):
        fill(source, VALUES)


@given(st.text(max_size=60))
def test_a_customers_text_comes_out_as_it_went_in(text: str) -> None:
    """Whatever a customer types, braces included, is a value."""
    values = View(facts("{{ 7 * 7 }}" + text))
    assert fill("{{ message.text }}", values) == "{{ 7 * 7 }}" + text


@given(st.text(alphabet="{}%#'\" ab.|()[]+-*~,=:1\n", max_size=40))
def test_any_source_is_refused_or_filled_and_never_breaks(source: str) -> None:
    """A mistake in a rule file would be a stack trace instead of a line with a place."""
    found = problem(source)
    if found is not None:
        assert 0 <= found.offset <= len(source)
        assert found.message
    elif is_template(source):
        ENVIRONMENT.from_string(source)
        with suppress(RenderError):
            fill(source, VALUES)


CHAINS = (
    lambda deep: "(" * deep + "1" + ")" * deep,
    lambda deep: "not " * deep + "1",
    lambda deep: "-" * deep + "1",
    lambda deep: "[" * deep + "]" * deep,
    lambda deep: " + ".join(["1"] * deep),
    lambda deep: " or ".join(["vars"] * deep),
    lambda deep: " ~ ".join(["1"] * deep),
    lambda deep: " < ".join(["1"] * deep),
    lambda deep: "1 if 1 else " * deep + "1",
    lambda deep: "1" + " | string" * deep,
    lambda deep: "now" + "[0]" * deep,
)


@pytest.mark.parametrize("chain", CHAINS)
def test_whatever_is_accepted_can_be_compiled(chain: Callable[[int], str]) -> None:
    """`worker check` would pass what fails when it is sent."""
    names = offered(LoadContext(kinds=RECEIVED, vars=VARS), planned=False)
    for deep in (1, 30, 60, 79, 81, 100, 200, 201, 400, 900):
        expression = chain(deep)
        with suppress(TemplateProblem):
            check_expression(expression, names)
            Expression(expression)
        template = f"{{{{ {expression} }}}}"
        with suppress(TemplateProblem):
            check_template(template, names)
            ENVIRONMENT.from_string(template)
    check_expression(chain(30), names)


@pytest.mark.parametrize(
    "source",
    [
        "message.text | default(default_value=1, default_value=2)",
        "message.text[::2,1]",
        "range(1)[1:2,3]",
        "conversation.extra.names | map('replace', __debug__=1)",
    ],
)
def test_what_jinja_parses_and_python_does_not_take_is_told(source: str) -> None:
    """One such rule would end the worker that loads it, or fail for every customer."""
    with pytest.raises(TemplateProblem, match="this cannot be compiled"):
        check_expression(source, OFFERED)
    told(f"{{{{ {source} }}}}", message="this cannot be compiled")
    told("{% for loop in vars.list %}{{ loop }}{% endfor %}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.email.endswith(('@example.com', '@example.org')) }}",
        "{{ event.messages | selectattr('text', 'in', 'ok okay yes') | list | length }}",
        "{{ event.messages | rejectattr('text', 'in', message.text) | list | length }}",
    ],
)
def test_arguments_that_fit_are_not_told(source: str) -> None:
    """A rule that is right would be refused."""
    assert problem(source) is None


def test_large_ids_are_numbers_like_others() -> None:
    """A rule on one customer's id of nineteen digits would be refused."""
    assert problem("{% if vars.price_url == 1234567890123456789 %}x{% endif %}") is None
    assert problem("{{ -9223372036854775808 }}") is None


def test_what_is_wrong_beside_a_number_is_told_too() -> None:
    """An author would mend one mistake after the other, a run each."""
    found = told("{{ contct.x }}{{ " + "9" * 100 + " }}")
    assert [one.message for one in (found, *found.more)] == [
        "unknown name 'contct'",
        "this number is too large",
    ]


def test_what_is_compiled_is_free_once_nobody_holds_it() -> None:
    """Rules are loaded while the collector rests: each reload would leave its templates behind."""
    made = [
        weakref.ref(template._compiled.__wrapped__("{{ now }}")[0]),
        weakref.ref(template._compiled_expression.__wrapped__("now")[0]._template),
    ]
    gc.disable()
    try:
        assert [one() for one in made] == [None, None]
    finally:
        gc.enable()


def test_a_check_leaves_nothing_for_the_collector() -> None:
    """Rules are loaded while the collector rests: each reload would leave its checks behind."""
    source = "{{ contact.tags | join(', ') | upper ~ now.year }} {{ 'a' + 1 }} {{ contact.name }}"
    assert problem(source) is not None
    gc.collect()
    gc.disable()
    try:
        problem(source)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_expressions() -> None:
    """`expr` would be another language than templates."""
    names = offered(LoadContext(kinds=RECEIVED, vars=VARS), planned=False)
    check_expression("message.text | length > 3 and vars.shop.name == 'Harbour'", names)
    assert Expression("message.text | length > 3").value(VALUES) is True
    assert Expression("now").value({"now": datetime(2026, 1, 1, tzinfo=UTC)}).year == 2026


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        ("{{ message.text }}", "an expression stands without {{ }}", 0),
        ("message.txt", "unknown name 'message.txt'", 8),
        ("1 2", "this does not parse", None),
        ("", "this does not parse", None),
        ("found.email", "'found' is not known here", 0),
        ("rule.id", "'rule' is not known here", 0),
    ],
)
def test_expressions_are_checked_too(source: str, message: str, offset: int | None) -> None:
    """A wrong name would make the condition undecided for ever."""
    names = offered(LoadContext(kinds=RECEIVED), planned=False)
    with pytest.raises(TemplateProblem) as caught:
        check_expression(source, names)
    assert caught.value.message.startswith(message)
    assert offset is None or caught.value.offset == offset


@pytest.mark.parametrize("source", ["missing", "contact.missing", "contact.missing > 3", "1 / 0"])
def test_an_expression_without_a_value_says_so(source: str) -> None:
    """It would be false, and its `not` true."""
    with pytest.raises(RenderError):
        Expression(source).value(VALUES)
