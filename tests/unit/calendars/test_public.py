"""Public holidays are those of the place, called as the reader calls them."""

from __future__ import annotations

from datetime import date

import pytest

from worker.calendars.public import HolidayList, country_codes

NEW_YEAR_2026 = date(2026, 2, 17)


@pytest.mark.parametrize(
    ("country", "subdivision", "day", "holiday"),
    [
        ("HK", "", date(2026, 10, 1), True),
        ("HK", "", date(2026, 10, 2), False),
        ("VN", "", date(2026, 9, 2), True),
        ("TH", "", date(2026, 4, 13), True),
        ("US", "", date(2026, 4, 20), False),
        ("US", "MA", date(2026, 4, 20), True),
        ("GB", "SCT", date(2026, 11, 30), True),
        ("GB", "ENG", date(2026, 11, 30), False),
        ("HK", "", date(2027, 1, 1), True),
        ("HK", "", date(2250, 1, 1), False),
    ],
)
def test_a_place_has_its_own_holidays(
    country: str, subdivision: str, day: date, *, holiday: bool
) -> None:
    """A Hong Kong team is not at home on Vietnam's national day, and the other way round."""
    found = HolidayList(country=country, subdivision=subdivision).name(day)
    assert bool(found) is holiday


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("", "Lunar New Year's Day"),
        ("en", "Lunar New Year's Day"),
        ("en-GB", "Lunar New Year's Day"),
        ("zh-Hant", "農曆年初一"),
        ("zh-Hant-TW", "農曆年初一"),
        ("zh-HK", "農曆年初一"),
        ("zh", "農曆年初一"),
        ("zh-Hans", "农历年初一"),
        ("zh_CN", "农历年初一"),
        ("th", "วันตรุษจีน"),
        ("vi", "Lunar New Year's Day"),
        ("xx", "Lunar New Year's Day"),
    ],
)
def test_a_holiday_is_called_as_the_reader_calls_it(language: str, name: str) -> None:
    """A Thai customer of a Hong Kong shop reads why it is closed; a Vietnamese one in English."""
    assert HolidayList(country="HK").name(NEW_YEAR_2026, language) == name


def test_a_country_without_english_names_uses_its_own() -> None:
    """Some name is better than none: the day must not count as a working day."""
    names = {code: HolidayList(country=code).name(date(2026, 1, 1)) for code in ("TH", "VN", "CN")}
    assert names == {"TH": "New Year's Day", "VN": "New Year's Day", "CN": "New Year's Day"}


def test_what_the_author_says_of_a_day_stands_above_the_lists() -> None:
    """The company's own day off, and the holiday on which it works all the same."""
    listed = HolidayList(
        country="HK",
        added={date(2026, 10, 5): "company day", date(2026, 10, 1): "our national day"},
        removed=frozenset({date(2026, 12, 25), date(2026, 12, 24)}),
        agendas=({date(2026, 12, 24): "from the file", date(2026, 12, 23): "party"},),
    )
    days = [date(2026, 10, 5), date(2026, 10, 1), date(2026, 12, 25), date(2026, 12, 24)]
    names = [listed.name(day, "th") for day in (*days, date(2026, 12, 23), date(2026, 12, 22))]
    assert names == ["company day", "our national day", "", "", "party", ""]


def test_every_country_of_the_list_has_parts_that_can_be_used() -> None:
    """A code that `worker check` accepts and that fails at midnight would end the worker."""
    codes = country_codes()
    assert {"HK", "VN", "TH", "CN", "TW", "MO", "US", "GB"} <= set(codes)
    assert "MA" in codes["US"]
    for code in ("HK", "US", "GB", "DE", "TW"):
        for part in ("", *codes[code]):
            HolidayList(country=code, subdivision=part).name(date(2026, 1, 1))
