"""Public holidays of a country or of a part of it, with an author's additions and removals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

# The library's own codes, by what our tags begin with; the first it knows is taken.
_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "zh-hant": ("zh_HK", "zh_TW", "zh_MO"),
    "zh-hk": ("zh_HK", "zh_MO", "zh_TW"),
    "zh-mo": ("zh_MO", "zh_HK", "zh_TW"),
    "zh-tw": ("zh_TW", "zh_HK"),
    "zh-hans": ("zh_CN",),
    "zh-cn": ("zh_CN",),
    "zh-sg": ("zh_CN",),
    "zh": ("zh_HK", "zh_TW", "zh_MO", "zh_CN"),
}


@lru_cache(maxsize=1)
def country_codes() -> Mapping[str, tuple[str, ...]]:
    """Every country the library knows, with the codes and names of its parts."""
    import holidays

    return {
        code: tuple(str(one) for one in parts)
        for code, parts in holidays.list_supported_countries(include_aliases=True).items()
    }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HolidayList:
    """Closed days: a country's, an agenda's, and those of the author's hand; made year by year.

    Args:
        country: ISO 3166 code; "" for none.
        subdivision: of the country; "" for the whole.
        added: days with their names; they hold whatever else is known.
        removed: days that are no holidays here.
        agendas: days of calendar files.
    """

    country: str = ""
    subdivision: str = ""
    added: Mapping[date, str] = field(default_factory=dict)
    removed: frozenset[date] = frozenset()
    agendas: tuple[Mapping[date, str], ...] = ()

    def name(self, day: date, language: str = "") -> str:
        """What the day is called; a country's in `language` if known, else in English."""
        if day in self.added:
            return self.added[day]
        if day in self.removed:
            return ""
        for days in self.agendas:
            if day in days:
                return days[day]
        if not self.country:
            return ""
        spoken = _spoken(self.country, language)
        return _year(self.country, self.subdivision, spoken, day.year).get(day, "")


@lru_cache(maxsize=200)
def _spoken(country: str, language: str) -> str:
    """The library's code for the language in which it names this country's holidays."""
    made = _listed(country, "", "", ())
    known = tuple(made.supported_languages or ())
    tag = language.replace("_", "-").lower()
    wanted: list[str] = []
    while tag:
        wanted += _LANGUAGES.get(tag, ())
        wanted += [one for one in known if one.replace("_", "-").lower() == tag]
        wanted += [one for one in known if one.partition("_")[0].lower() == tag]
        tag = tag.rpartition("-")[0]
    fallback = (f"en_{country}", "en_US", "en_GB")
    found = (one for one in (*wanted, *fallback) if one in known)
    return next(found, str(made.default_language or ""))


@lru_cache(maxsize=400)
def _year(country: str, subdivision: str, language: str, year: int) -> Mapping[date, str]:
    made = _listed(country, subdivision, language, (year,))
    return {day: str(name) for day, name in made.items()}


def _listed(country: str, subdivision: str, language: str, years: Iterable[int]) -> Any:
    import holidays

    # An observed day ("in lieu") is a day off like the holiday itself: the library's default.
    return holidays.country_holidays(
        country, subdiv=subdivision or None, language=language or None, years=tuple(years)
    )
