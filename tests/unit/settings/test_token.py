"""A token follows its file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from worker.settings.token import TokenSource

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clocks import HandClock


def test_a_replaced_file_is_read_again(tmp_path: Path, clock: HandClock) -> None:
    """After a 401 the worker resumes when the operator puts a new token there."""
    file = tmp_path / "token"
    file.write_text("acc_old", encoding="utf-8")
    token = TokenSource(path=file, clock=clock)
    assert token() == "acc_old"
    new = tmp_path / "new"
    new.write_text("acc_new", encoding="utf-8")
    new.replace(file)
    assert token() == "acc_new"
    assert token.known == ("acc_new", "acc_old")


def test_a_symlink_that_is_swapped_is_followed(tmp_path: Path, clock: HandClock) -> None:
    """That is how Kubernetes replaces a mounted Secret."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(f"acc_{name}", encoding="utf-8")
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "token").symlink_to("..data/token")
    token = TokenSource(path=tmp_path / "token", clock=clock)
    assert token() == "acc_one"
    (tmp_path / "swap").symlink_to("two")
    (tmp_path / "swap").replace(tmp_path / "..data")
    assert token() == "acc_two"


def test_a_file_that_goes_away_or_is_half_written_keeps_the_last_token(
    tmp_path: Path, clock: HandClock
) -> None:
    """A secret being replaced must not look like one that was withdrawn."""
    file = tmp_path / "token"
    file.write_text("acc_good", encoding="utf-8")
    token = TokenSource(path=file, clock=clock)
    file.write_text("", encoding="utf-8")
    assert token() == "acc_good"
    file.unlink()
    assert token() == "acc_good"
    file.write_text("acc_next", encoding="utf-8")
    assert token() == "acc_next"


def test_a_change_that_leaves_no_trace_in_the_time_stamps_is_seen_within_a_second(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writes within one tick of the file system look alike."""
    file = tmp_path / "token"
    file.write_text("acc_1", encoding="utf-8")
    frozen = os.stat(file)  # noqa: PTH116 - what the code under test calls
    monkeypatch.setattr("worker.settings.token.os.stat", lambda _path: frozen)
    token = TokenSource(path=file, clock=clock)
    file.write_text("acc_2", encoding="utf-8")
    assert token() == "acc_1"
    clock.pass_by(1.0)
    assert token() == "acc_2"


def test_the_token_does_not_show(tmp_path: Path) -> None:
    """Tracebacks and debuggers print what they hold."""
    file = tmp_path / "token"
    file.write_text("acc_secret", encoding="utf-8")
    assert "acc_secret" not in repr(TokenSource(path=file))
    assert "acc_secret" not in repr(TokenSource("acc_secret"))


def test_a_byte_order_mark_and_line_ends_are_not_part_of_it(tmp_path: Path) -> None:
    """Editors add both without being asked."""
    file = tmp_path / "token"
    file.write_bytes(b"\xef\xbb\xbfacc_x\r\n")
    assert TokenSource(path=file)() == "acc_x"
