"""Names that people use for time zones lead to those that computers know."""

from __future__ import annotations

import re

import pytest

from worker.calendars.zones import zone_names
from worker.text import zones
from worker.text.zones import zone_hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("HKT", "did you mean 'Asia/Hong_Kong'?"),
        ("hkt", "did you mean 'Asia/Hong_Kong'?"),
        ("SGT", "did you mean 'Asia/Singapore'?"),
        ("ICT", "did you mean 'Asia/Bangkok' or 'Asia/Ho_Chi_Minh'?"),
        ("CST", "did you mean 'Asia/Taipei' or 'Asia/Shanghai'?"),
        ("UTC+8", "did you mean 'Asia/Hong_Kong'?"),
        ("Asia/Hanoi", "did you mean 'Asia/Ho_Chi_Minh'?"),
        ("Asia/HongKong", "did you mean 'Asia/Hong_Kong'?"),
        ("nowhere at all", ""),
    ],
)
def test_what_is_no_zone_leads_to_the_one_that_was_meant(name: str, hint: str) -> None:
    """HKT led to HST, which is Hawaii's: a hint that is followed would be 18 hours off."""
    assert zone_hint(name) == hint


def test_every_zone_that_is_offered_is_one() -> None:
    """A hint that is followed would be the next mistake."""
    offered = {zone for name in zones._MEANT for zone in re.findall(r"'(.*?)'", zone_hint(name))}
    assert offered
    assert offered <= zone_names()
