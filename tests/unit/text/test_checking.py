"""What the check of templates knows of values: names that filters read, methods, and what fails."""

from __future__ import annotations

import pytest

from tests.unit.calendars.hours import opening
from tests.unit.text.asking import RECEIVED, VARS, problem, told
from worker.conditions import LoadContext
from worker.conditions.offer import offered


@pytest.mark.parametrize(
    ("source", "message", "hint", "at"),
    [
        (
            "{{ message.text.upper }}",
            "'message.text.upper' is a method",
            "write message.text.upper()",
            "upper }}",
        ),
        ("{{ message.text['upper'] }}", "'message.text.upper' is a method", None, "'upper'"),
        ("{% if message.text.isdigit %}x{% endif %}", "'message.text.isdigit' is", None, "isdigit"),
        ("{{ message.text.upper.x }}", "'message.text.upper' is a method", None, "upper"),
        ("{{ message.text.upper | default('') }}", "'message.text.upper' is", None, "upper"),
        (
            "{{ event.messages[0].text.upper }}",
            None,
            "write event.messages[0].text.upper()",
            "upper",
        ),
        ("{{ now.isoweekday == 1 }}", "'now.isoweekday' is a method", None, "isoweekday"),
        ("{{ calendars.shop.next_open.date }}", "'calendars.shop.next_open.date' is", None, "date"),
        ("{{ found.phone.isdigit }}", "'found.phone.isdigit' is a method", None, "isdigit"),
    ],
)
def test_a_method_that_is_not_called_is_told(
    source: str, message: str | None, hint: str | None, at: str
) -> None:
    """A condition on it would always hold, and a text with it never be sent."""
    context = LoadContext(
        kinds=RECEIVED, calendars={"shop": opening({})}, found=frozenset({"phone"})
    )
    names = offered(context, planned=True)
    assert not told(source, names, message=message, hint=hint, at=at).more


@pytest.mark.parametrize(
    ("source", "hint", "at"),
    [
        ("{{ event.messages | map(attribute='txt') | join }}", "did you mean 'text'?", "'txt'"),
        (
            "{{ event.messages | map(attribute='txt', default='') | join }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        ("{{ event.messages | sort(attribute='txt') | length }}", "did you mean 'text'?", "'txt'"),
        (
            "{{ event.messages | sort(attribute='id,txt') | length }}",
            "did you mean 'text'?",
            "'id,txt'",
        ),
        (
            "{{ event.messages | sort(false, false, 'txt') | length }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        (
            "{{ event.messages | selectattr('txt') | list | length }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        (
            "{{ event.messages | rejectattr('txt', '==', 'x') | list | length }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        (
            "{{ event.messages | unique(attribute='txt') | list | length }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        ("{{ (event.messages | max(attribute='txt')).id }}", "did you mean 'text'?", "'txt'"),
        ("{{ (event.messages | min(attribute='txt')).id }}", "did you mean 'text'?", "'txt'"),
        ("{{ event.messages | sum(attribute='txt') }}", "did you mean 'text'?", "'txt'"),
        (
            "{{ event.messages | list | reverse | map(attribute='txt') | join }}",
            "did you mean 'text'?",
            "'txt'",
        ),
        ("{{ event.messages[:2] | map(attribute='txt') | join }}", "did you mean 'text'?", "'txt'"),
        ("{{ event.messages | map(attribute='text.x') | join }}", None, "'text.x'"),
        ("{{ (event.messages | map(attribute='text') | first).x }}", None, "x"),
        (
            "{{ (event.messages | sort(attribute='id') | last).txt }}",
            "did you mean 'text'?",
            "txt }}",
        ),
        ("{{ event.messages | map(attribute='text.upper') | join }}", None, "'text.upper'"),
        ("{{ contact.tags | map(attribute='name') | join }}", None, "'name'"),
        (
            "{{ event.messages | selectattr('text', 'evn') | list | length }}",
            "did you mean 'even'?",
            "'evn'",
        ),
    ],
)
def test_names_that_filters_read_are_checked(source: str, hint: str | None, at: str) -> None:
    """A slip in quotes would pass the check and fail at every message."""
    assert not told(source, hint=hint, at=at).more


@pytest.mark.parametrize(
    "source",
    [
        "{{ event.messages | map(attribute='text') | join(', ') }}",
        "{{ event.messages | sort(attribute='created_at,id') | map(attribute='text') | join }}",
        "{{ event.messages | selectattr('text', '!=', '') | map(attribute='text') | first }}",
        "{{ event.messages | map(attribute='created_at.year') | first }}",
        "{{ event.messages | map('length') | sum }}",
        "{{ contact.tags | map(attribute=0) | join }}",
        "{{ vars.list | map(attribute='anything') | join }}",
    ],
)
def test_names_that_items_have_are_fine(source: str) -> None:
    """A complaint about what works would stop working rules."""
    names = offered(LoadContext(kinds=RECEIVED, vars={"list": [{"anything": 1}]}), planned=True)
    assert problem(source, names) is None


@pytest.mark.parametrize(
    "source",
    [
        "{{ message.text.upper() }}",
        "{{ message.text.strip().lower() }}",
        "{{ (message.text.upper)() }}",
        "{{ now.year }}",
        "{{ now.date() }}",
        "{{ conversation.extra.title }}",
    ],
)
def test_a_method_that_is_called_is_fine(source: str) -> None:
    """A warning of what works would stop working rules."""
    assert problem(source) is None


@pytest.mark.parametrize(
    ("source", "message", "hint", "at"),
    [
        ("{{ '-' * 20 }}", "'*' cannot be used on a text and a number", "", "* 20"),
        ("{{ '%.2f' % 3.1 }}", "'%' cannot be used on a text and a number", "", "% 3.1"),
        (
            "{{ message.text + 1 }}",
            "'+' cannot be used on a text and a number",
            "~ puts texts together",
            "+ 1",
        ),
        ("{{ (1 + 2) + 'x' }}", "'+' cannot be used on a number and a text", None, "+ 'x'"),
        ("{{ message.text | length + 'x' }}", "'+' cannot be used on", None, "+ 'x'"),
        ("{{ now + 1 }}", "'+' cannot be used on a time and a number", "", "+ 1"),
        ("{{ now - 'x' }}", "'-' cannot be used on a time and a text", "", "- 'x'"),
        ("{{ none + 1 }}", "'+' cannot be used on nothing and a number", "", "+ 1"),
        ("{{ -message.text }}", "'-' cannot be used on a text", "", "-message"),
        ("{{ 1 / 0 }}", "'/' cannot be used on a number and zero", "", "/ 0"),
        ("{{ message.text > 3 }}", "'>' cannot be used on a text and a number", None, "> 3"),
        ("{{ 3 in message.text }}", "'in' cannot be used on a number and a text", None, "in mess"),
        ("{{ 3 not in message.text }}", "'not in' cannot be used on", None, "in mess"),
        (
            "{{ vars.price + ' USD' }}",
            "'+' cannot be used on a number and a text",
            None,
            "+ ' USD'",
        ),
        ("{{ range(3) }}", "a list or a mapping cannot be written out", None, None),
        ("{{ [1,2] }}", "a list or a mapping cannot be written out", None, "[1"),
        ("{{ {'a': 1} }}", "a list or a mapping cannot be written out", None, "{'a'"),
        ("{{ contact.extra }}", "a list or a mapping cannot be written out", None, "extra"),
        ("{{ contact.tags[:1] }}", "a list or a mapping cannot be written out", None, "[:1]"),
        ("{{ contact.tags | sort }}", "a list or a mapping cannot be written out", None, "sort"),
        ("{{ message.text.split(' ') }}", "a list or a mapping cannot be written", None, None),
        ("{{ message.text.split(' ') ~ '' }}", "a list or a mapping cannot be", None, None),
        ("{{ message.text.split('') | join }}", "'message.text.split' does not", None, None),
        ("{{ message.text.find() }}", "'message.text.find' does not take these", None, "find"),
        (
            "{{ message.text() }}",
            "'message.text' is no method",
            "write message.text without ()",
            None,
        ),
        ("{{ now.year() }}", "'now.year' is no method", None, None),
        ("{{ event.messages.text }}", "'event.messages' is a list and has no", None, "text"),
        (
            "{% for m in 5 %}{% endfor %}",
            "'for' cannot go through a number",
            "it takes a list, for instance event.messages",
            "5",
        ),
        ("{% for m in now %}{% endfor %}", "'for' cannot go through a time", None, "now"),
        ("{{ message.text | replace('a') }}", "'replace' does not take these", None, "replace"),
        ("{{ message.text | upper('a') }}", "'upper' does not take these arguments", None, "upper"),
        ("{{ found.x | replace('a') }}", "'replace' does not take these", None, "replace"),
        (
            "{{ message.text | truncate(2) }}",
            "'truncate' cannot be used on a text with these arguments",
            "expected length >= 3, got 2",
            "truncate",
        ),
        ("{{ message.text | round }}", "'round' cannot be used on a text", "", "round"),
        ("{{ message.text | items | list | length }}", "'items' cannot be", None, "items"),
        ("{{ 5 | length }}", "'length' cannot be used on a number", "", "length"),
        ("{{ now | join }}", "'join' cannot be used on a time", "", "join"),
        ("{{ event.messages | join(', ') }}", "'join' cannot be used on a list", None, "join"),
        ("{{ event.messages | map('upper') | join }}", "'map' cannot be used on a", None, "map"),
        ("{{ contact.tags | map('replace', 'a') | join }}", "'map' cannot be", None, "map"),
        ("{{ range(2000) | length }}", "'range' does not take these arguments", None, "range"),
        ("{{ 1.5 | round(99) }}", "'round' cannot be used on a number with", None, "round"),
    ],
)
def test_what_fails_on_every_value_is_told(
    source: str, message: str, hint: str | None, at: str | None
) -> None:
    """No test of one message finds it where a rule has branches; a customer would."""
    names = offered(LoadContext(kinds=RECEIVED, vars={**VARS, "price": 5}), planned=True)
    assert not told(source, names, message=message, hint=hint, at=at).more


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' + message.text }}",
        "{{ (now - message.created_at).days }}",
        "{{ now - (now - message.created_at) }}",
        "{{ now > message.created_at }}",
        "{{ 'x' in contact.tags and 'y' in message.text and 'id' in contact }}",
        "{{ contact.created_at or '' }}",
        "{{ (contact.tags or ['none']) | join(', ') }}",
        "{{ contact.tags | first | default('none') }}",
        "{{ contact.tags | default([]) | join }}",
        "{{ contact.extra.level + 1 }}",
        "{{ contact.extra.tags | join(', ') }}",
        "{{ vars.price * 2 }} {{ vars.price ~ ' USD' }} {{ vars.ratio | round(1) }}",
        "{{ vars.rows | urlencode }}",
        "{{ vars.open | string }}",
        "{{ vars.some | sum }} {{ vars.some | max }}",
        "{{ vars.mixed | join }}",
        "{{ event.messages[-1].text }}",
        "{{ message.text[:20] }} {{ message.text[0] | upper }}",
        "{{ message.text.split(' ')[0] }} {{ message.text.split() | last }}",
        "{{ message.text.find('a') + 1 }}",
        "{{ message.text | truncate(vars.price) }} {{ message.text | truncate(20, end='') }}",
        "{{ message.text | int + 1 }} {{ message.text | float(0) | round(2) }}",
        "{{ (message.text | int) / (message.text | length) }}",
        "{{ event.messages | map(attribute='created_at') | map('time', found.zone) | join }}",
        "{{ now | date(contact.time_zone) }}",
        "{% for name, value in vars | items %}{{ name }}{% endfor %}",
        "{% for letter in message.text %}{{ letter }}{{ loop.cycle('a', 'b') }}{% endfor %}",
        "{% for n in range(message.text | length) %}{{ n + 1 }}{% endfor %}",
        "{% for m in event.messages[1:] if m.text %}{{ m.text }}{% else %}-{% endfor %}",
        "{{ contact.tags | select('in', ['a', 'b']) | list | length }}",
        "{{ event.messages | selectattr('text') | map(attribute='text') | list | join }}",
        "{{ {'q': message.text} | urlencode }}",
        "{{ ['a', 'b'][0] }} {{ {'en': 'Hi', 'vi': 'Chào'}[contact.language] }}",
        "{{ found.order | default('') | length }}",
        "{{ true + 1 }} {{ 5 // 2 % 2 }}",
        "{{ now.strftime('%d.%m.') }}",
    ],
)
def test_what_may_work_is_not_complained_of(source: str) -> None:
    """A false alarm keeps a rule file from being loaded at all."""
    more = {
        "price": 5,
        "ratio": 1.25,
        "open": True,
        "rows": [["a", 1], ["b", 2]],
        "some": [1, 2],
        "mixed": ["a", 1],
    }
    names = offered(LoadContext(kinds=RECEIVED, vars={**VARS, **more}), planned=True)
    assert problem(source, names) is None
