"""Times are written as the reader of the reply writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from worker.model.action import RenderError
from worker.text.language import written_in
from worker.text.moments import LANGUAGE, MOMENTS
from worker.text.offered import Offered
from worker.text.template import TemplateProblem, check_template, fill

ZONE = ZoneInfo("Asia/Hong_Kong")
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
LANGUAGES = ("en", "zh-Hant", "zh-Hans", "vi", "th")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def shown(template: str, moment: Any, language: str | None = None, **values: Any) -> str:
    more = {} if language is None else {LANGUAGE: language}
    return fill(f"{{{{ t | {template} }}}}", {"now": NOW, "t": moment, **more, **values})


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("time", ("09:30", "上午9:30", "09:30", "09:30", "09:30")),
        (
            "date",
            (
                *("6 October 2026", "2026年10月6日", "2026年10月6日"),
                *("6 tháng 10, 2026", "6 ตุลาคม ค.ศ. 2026"),
            ),
        ),
        ("weekday", ("Tuesday", "星期二", "星期二", "Thứ Ba", "วันอังคาร")),
        (
            "datetime",
            (
                *("6 October 2026, 09:30", "2026年10月6日 上午9:30", "2026年10月6日 09:30"),
                *("09:30 6 tháng 10, 2026", "6 ตุลาคม ค.ศ. 2026 09:30"),
            ),
        ),
        ("when", ("tomorrow 09:30", "明天上午9:30", "明天09:30", "09:30 ngày mai", "พรุ่งนี้ 09:30")),
    ],
)
def test_each_language_writes_times_its_own_way(name: str, texts: tuple[str, ...]) -> None:
    """An answer in Thai with an English date looks like a machine that does not care."""
    moment = at("2026-10-06T09:30")
    assert tuple(shown(name, moment, language) for language in LANGUAGES) == texts


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-10-05T21:00", "today 21:00"),
        ("2026-10-06T00:00", "tomorrow 00:00"),
        ("2026-10-07T09:30", "Wednesday 09:30"),
        ("2026-10-11T09:30", "Sunday 09:30"),
        ("2026-10-12T09:30", "12 October 09:30"),
        ("2026-10-04T09:30", "4 October 09:30"),
        ("2027-01-04T09:30", "4 January 2027 09:30"),
    ],
)
def test_a_day_is_named_by_how_far_away_it_is(moment: str, text: str) -> None:
    """Monday for a Monday in three weeks would bring a customer to a closed door."""
    assert shown("when", at(moment), "en") == text


def test_the_day_of_today_is_that_of_the_shown_zone() -> None:
    """At 23:30 in London it is already tomorrow in Hong Kong."""
    late = datetime(2026, 10, 5, 22, 30, tzinfo=UTC)
    assert shown("when", at("2026-10-06T09:30"), "en", now=late) == "today 09:30"
    assert (
        shown('when("Europe/London")', at("2026-10-06T09:30"), "en", now=late) == "tomorrow 02:30"
    )


def test_the_arguments_name_another_zone_and_another_language() -> None:
    """A desk in one country answers customers in another."""
    moment = at("2026-10-06T09:30")
    assert shown('time("Asia/Bangkok")', moment) == "08:30"
    assert shown('weekday(language="vi")', moment) == "Thứ Ba"
    assert shown('time(zone, "ja")', moment, zone="America/New_York") == "21:30"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "9:30 AM"),
        ("en_AU", "9:30 am"),
        ("de", "09:30"),
        ("zh-HK", "上午9:30"),
        ("zh-TW", "上午9:30"),
        ("zh-CN", "09:30"),
        ("tlh", "09:30"),
        ("not a language", "09:30"),
        ("x" * 5000, "09:30"),
        ("", "09:30"),
    ],
)
def test_any_language_gives_some_text(language: str, text: str) -> None:
    """A language nobody has words for must not leave a customer without an answer."""
    assert shown("time", at("2026-10-06T09:30"), language) == text


@pytest.mark.parametrize(("name", "nothing"), [(n, v) for n in MOMENTS for v in (None, "")])
def test_no_time_is_no_text(name: str, nothing: Any) -> None:
    """A calendar that never opens has no next opening; authors ask with `if`."""
    assert shown(name, nothing) == ""


@pytest.mark.parametrize("wrong", ["soon", 5, at("2026-10-06T09:30").replace(tzinfo=None), [1]])
def test_what_is_no_time_sends_nothing(wrong: Any) -> None:
    """Half a promise is worse than none."""
    with pytest.raises(RenderError, match="'when' is for times"):
        shown("when", wrong)


def test_a_zone_out_of_a_contact_may_be_wrong_and_is_not_told() -> None:
    """A contact's field is foreign text: it is not repeated, and reads no file."""
    for zone in ("Mars/Olympus", "../../etc/passwd", "\0", "/etc/localtime", 5):
        with pytest.raises(RenderError, match=r"^this is no time zone$"):
            shown("time(zone)", at("2026-10-06T09:30"), zone=zone)


OFFERED = Offered(
    roots={
        "now": "time",
        "opens": "local time",
        "word": "text",
        "some": {"at": "time"},
        "any": None,
    }
)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ now | time }}", "'time' of a time without a zone"),
        ("{{ some.at | when }}", "'when' of a time without a zone"),
        ("{{ some | date }}", "'date' is for times, and this is a list or a mapping"),
        ("{{ word | weekday }}", "'weekday' is for times, and this is a text"),
        ("{{ opens | time('Hong Kong') }}", "unknown time zone 'Hong Kong'"),
        ("{{ opens | time('HKT') }}", "unknown time zone 'HKT'"),
        ("{{ opens | time(zone='Asia/Hongkong') }}", "unknown time zone 'Asia/Hongkong'"),
        ("{{ opens | tim }}", "unknown filter 'tim'"),
        ("{{ opens.tomorrow }}", "'opens' is a local time and has no 'tomorrow'"),
    ],
)
def test_a_template_that_cannot_work_is_refused_when_it_is_read(
    template: str, message: str
) -> None:
    """Which zone is a question for the author, not for the customer at night."""
    with pytest.raises(TemplateProblem) as caught:
        check_template(template, OFFERED)
    assert caught.value.message == message
    assert caught.value.hint


@pytest.mark.parametrize(
    "template",
    [
        "{{ opens | when }}",
        "{{ now | time('Asia/Hong_Kong') }}",
        "{{ now | time(word) }}",
        "{{ any | date }}",
        "{{ opens.hour }}",
        "{{ (opens or now) | time }}",
    ],
)
def test_a_template_that_can_work_is_taken(template: str) -> None:
    """A check that refuses what works teaches people to switch it off."""
    check_template(template, OFFERED)


@pytest.mark.parametrize(
    ("text", "key", "language"),
    [
        ("We open {{ x }}", "", "en"),
        ("我們明天開門", "", "zh-Hant"),
        ("我们明天开门", "", "zh-Hans"),
        ("中文", "", "zh-Hant"),
        ("Chúng tôi mở cửa", "", "vi"),
        ("เปิดพรุ่งนี้", "", "th"),
        ("hello", "de", "de"),
        ("我们明天开门", "zh", "zh-Hans"),
        ("中文", "zh", "zh-Hant"),
        ("我们", "zh-Hant", "zh-Hant"),
    ],
)
def test_the_language_of_a_text_is_its_key_or_shows_in_its_letters(
    text: str, key: str, language: str
) -> None:
    """A text without languages is for everybody, and yet it is written in one."""
    assert written_in(text, key) == language
