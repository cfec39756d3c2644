"""Settings: gathered from every source, complained about in one go, silent about secrets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.errors import SettingsError
from worker.settings import RUN_NEEDS, Settings, load_settings, settings_table, settings_text
from worker.settings.load import NAMES

SECRET = "acc_4f6c1d9e-very-secret"


@pytest.fixture(autouse=True)
def _empty_surroundings(clean_environment: Path) -> None:
    """No variable and no `.env` of the machine reaches these tests."""


def complaint(*require: str) -> str:
    """What loading complains about."""
    with pytest.raises(SettingsError) as caught:
        load_settings(require=require)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_without_any_variable_the_defaults_hold() -> None:
    """`worker check` and `worker schema` must work on a machine where nothing is set."""
    settings = load_settings()
    assert settings.platform == "imbrace"
    assert settings.base_url == "https://app-gateway.imbrace.co"
    assert settings.poll_messages == timedelta(seconds=2)
    assert settings.http_port == 8080


def test_the_default_host_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of one platform sent to another's host is a leaked token."""
    monkeypatch.setenv("WORKER_PLATFORM", "dmchamp")
    assert load_settings().base_url == "https://api.dmchamp.com/v1"


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One complaint a start makes a deployment with five typos take five rounds."""
    monkeypatch.setenv("WORKER_PLATFORM", "imbrase")
    monkeypatch.setenv("WORKER_POLL_MESSAGES", "5")
    monkeypatch.setenv("WORKER_CONCURENCY", "9")
    lines = complaint(*RUN_NEEDS).splitlines()
    assert len(lines) == 4
    assert any("WORKER_CONCURRENCY?" in line for line in lines)
    assert any(line.startswith("WORKER_ACCESS_TOKEN: is required") for line in lines)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("WORKER_ACCES_TOKEN", "WORKER_ACCESS_TOKEN"),
        ("WORKER_TOKEN", "TOKEN"),
        ("WORKER_DATABASE", "WORKER_DATABASE_URL"),
        ("WORKER_POLL_MESSAGE", "WORKER_POLL_MESSAGES"),
        ("worker_rule", "WORKER_RULES"),
    ],
)
def test_an_unknown_name_is_refused_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, wrong: str, meant: str
) -> None:
    """A misspelt setting that is ignored looks like one that was obeyed."""
    monkeypatch.setenv(wrong, SECRET)
    told = complaint()
    assert "did you mean" in told
    assert meant in told
    assert SECRET not in told


def test_unknown_names_in_the_env_file_are_refused_too(tmp_path: Path) -> None:
    """Most people write settings there, and misspell them there."""
    Path(".env").write_text(f"WORKER_ACESS_TOKEN={SECRET}\nOTHER=1\n", encoding="utf-8")
    told = complaint()
    assert ".env" in told
    assert "WORKER_ACCESS_TOKEN?" in told
    assert SECRET not in told
    assert "OTHER" not in told


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """One-off overrides on the command line are what `.env` is overridden by everywhere."""
    Path(".env").write_text("WORKER_CONCURRENCY=5\nWORKER_HTTP_PORT=9\n", encoding="utf-8")
    monkeypatch.setenv("WORKER_CONCURRENCY", "7")
    settings = load_settings()
    assert (settings.concurrency, settings.http_port) == (7, 9)


def test_a_broken_env_file_names_its_line_and_not_its_content() -> None:
    """A half-pasted token is on that line."""
    Path(".env").write_text(f"WORKER_WATCH=true\n'{SECRET}\n", encoding="utf-8")
    told = complaint()
    assert ".env:2" in told
    assert SECRET not in told


def test_an_env_file_that_is_no_text_is_one_line() -> None:
    """Editors on some systems save UTF-16."""
    Path(".env").write_bytes("WORKER_WATCH=true".encode("utf-16"))
    assert complaint() == ".env: is not UTF-8 text"


def test_service_links_of_kubernetes_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Service named `worker` sets these in every pod; the worker would never start there."""
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_8080_TCP_ADDR"):
        monkeypatch.setenv(f"WORKER_{name}", "10.0.0.1")
    monkeypatch.setenv("WORKER_PORT", "tcp://10.0.0.1:8080")
    assert load_settings().http_port == 8080


def test_a_service_link_in_the_place_of_the_port_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A Service named `worker-http` overwrites the setting; nobody finds that by themselves."""
    monkeypatch.setenv("WORKER_HTTP_PORT", "tcp://10.0.0.1:8080")
    assert "enableServiceLinks" in complaint()


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass an unset variable on as an empty one."""
    monkeypatch.setenv("WORKER_API_TOKEN", "")
    monkeypatch.setenv("WORKER_HTTP_PORT", "")
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", "")
    assert load_settings().http_port == 8080
    assert "WORKER_ACCESS_TOKEN: is required" in complaint("access_token")


@pytest.mark.parametrize(
    "value",
    [
        "app-gateway.imbrace.co",
        "ftp://host",
        "https://",
        "https://user:hunter2@host",
        "https://host?token=hunter2",
        "https://host/#a",
        "https://ho st",
        "https://host:99999",
        "https://host/a//b",
        "https://host/../x",
        "https://host/v1/backend",
        "https://host/channel-service/v1/",
    ],
)
def test_a_base_url_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """It would fail at the first call, in the middle of the night, with a less clear error."""
    monkeypatch.setenv("WORKER_BASE_URL", value)
    told = complaint()
    assert told.startswith("WORKER_BASE_URL: ")
    assert "hunter2" not in told


def test_a_base_url_keeps_its_path_and_loses_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoints are joined to it; a doubled slash is a 404 on some gateways."""
    monkeypatch.setenv("WORKER_BASE_URL", "http://127.0.0.1:9000/gw/")
    assert load_settings().base_url == "http://127.0.0.1:9000/gw"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_PREFIX", "v1/backend"),
        ("API_PREFIX", "/v1?x"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "worker.db"),
        ("HTTP_PORT", "70000"),
        ("HTTP_PORT", "-1"),
        ("HTTP_HOST", "http://x"),
        ("START_FROM", "yesterday"),
        ("START_FROM", "2026-10-05T10:00:00"),
        ("WATCH", "maybe"),
        ("CONCURRENCY", "0"),
        ("CONCURRENCY", "many"),
        ("REQUEST_TIMEOUT", "30s"),
        ("REQUEST_TIMEOUT", "0s"),
        ("POLL_MESSAGES", "2d"),
        ("WEBHOOK_ALLOW", "10.0.0.0/99"),
        ("WEBHOOK_ALLOW", "[a, b"),
        ("TAG_FIELD", "notes"),
        ("QUICK_REPLIES", "always"),
        ("IN_DOUBT_AFTER", "5s"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_told_under_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The name is what the reader must change; a pydantic path means nothing to an operator."""
    monkeypatch.setenv(f"WORKER_{name}", value)
    told = complaint()
    assert told.startswith(f"WORKER_{name}: ")
    assert "hunter2" not in told
    assert "\n" not in told


def test_values_are_read_as_in_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """One way to write a duration and a list, wherever it is written."""
    monkeypatch.setenv("WORKER_SHUTDOWN_GRACE", "1m30s")
    monkeypatch.setenv("WORKER_WEBHOOK_ALLOW", '["10.0.0.0/8", hooks.internal]')
    monkeypatch.setenv("WORKER_START_FROM", "2026-10-05T18:00:00+08:00")
    monkeypatch.setenv("WORKER_HTTP_PORT", "off")
    monkeypatch.setenv("WORKER_HTTP_HOST", "[::1]")
    monkeypatch.setenv("WORKER_DRY_RUN", "True")
    settings = load_settings()
    assert settings.shutdown_grace == timedelta(seconds=90)
    assert settings.webhook_allow == ("10.0.0.0/8", "hooks.internal")
    assert settings.start_from == datetime(2026, 10, 5, 10, tzinfo=UTC)
    assert settings.http_port is None
    assert settings.http_host == "::1"
    assert settings.dry_run is True


def test_a_credential_in_the_wrong_place_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complaints are pasted into tickets."""
    monkeypatch.setenv("WORKER_API_PREFIX", SECRET)
    monkeypatch.setenv("WORKER_PLATFORM", "https://user:hunter2@host")
    told = complaint()
    assert SECRET not in told
    assert "hunter2" not in told


@pytest.mark.parametrize("content", ["", " \n", "two words", "a\nb", "ключ", "x" * 20_000])
def test_a_token_file_without_a_token_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    """Sent as it is, it would split a header or be a 401 for reasons nobody sees."""
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("WORKER_ACCESS_TOKEN_FILE", str(file))
    told = complaint(*RUN_NEEDS)
    assert told.startswith(f"WORKER_ACCESS_TOKEN_FILE: {file} ")
    assert "words" not in told
    assert "\n" not in told


def test_a_missing_token_file_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was not mounted must not start a worker that can do nothing."""
    monkeypatch.setenv("WORKER_ACCESS_TOKEN_FILE", "/nowhere/token")
    assert "/nowhere/token cannot be read" in complaint(*RUN_NEEDS)


def test_a_token_set_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whichever won, somebody would rotate the other one and wonder."""
    (tmp_path / "token").write_text("acc_file", encoding="utf-8")
    monkeypatch.setenv("WORKER_ACCESS_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", SECRET)
    assert complaint() == "WORKER_ACCESS_TOKEN: is set twice; unset it or WORKER_ACCESS_TOKEN_FILE"


def test_a_secrets_directory_gives_files_to_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Container engines mount secrets so; a token from there must follow its file."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "worker_access_token").write_text("acc_one\n", encoding="utf-8")
    (secrets / "worker_database_url").write_text("postgresql://u:hunter2@db/w\n", encoding="utf-8")
    (secrets / "somebody_elses").write_text("x", encoding="utf-8")
    monkeypatch.setenv("WORKER_SECRETS_DIR", str(secrets))
    settings = load_settings(require=RUN_NEEDS)
    assert settings.access_token_file == secrets / "worker_access_token"
    assert settings.token_source()() == "acc_one"
    assert settings.database_password == "hunter2"
    assert "hunter2" not in repr(settings)


def test_a_misnamed_file_in_the_secrets_directory_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is a setting that was written and not read."""
    (tmp_path / "worker_acess_token").write_text(SECRET, encoding="utf-8")
    monkeypatch.setenv("WORKER_SECRETS_DIR", str(tmp_path))
    told = complaint()
    assert "did you mean WORKER_ACCESS_TOKEN?" in told
    assert SECRET not in told


def test_a_secrets_directory_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the complaint would be about a missing token."""
    monkeypatch.setenv("WORKER_SECRETS_DIR", "/nowhere")
    assert "/nowhere is not a directory" in complaint()


def test_secrets_do_not_show_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody will log the settings one day."""
    monkeypatch.setenv("WORKER_ACCESS_TOKEN", SECRET)
    monkeypatch.setenv("WORKER_HTTP_TOKEN", "hunter2-hunter2")
    monkeypatch.setenv("WORKER_DATABASE_URL", "postgresql://u:hunter2@db/w")
    settings = load_settings(require=RUN_NEEDS)
    assert SECRET not in f"{settings} {settings!r}"
    assert "hunter2" not in f"{settings} {settings!r}"
    assert settings.token_source()() == SECRET
    assert settings.token_source("http_token")() == "hunter2-hunter2"
    assert settings.token_source("api_token")() == ""
    assert set(settings.secrets()) == {SECRET, "hunter2-hunter2", "hunter2"}


def test_settings_can_be_built_without_any_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo must not pick up an operator's real account."""
    monkeypatch.setenv("WORKER_BASE_URL", "https://real.example.com")
    assert Settings(base_url="http://127.0.0.1:1").base_url == "http://127.0.0.1:1"
    with pytest.raises(ValidationError):
        Settings(concurrency=0)


def test_the_table_lists_every_setting_once() -> None:
    """README and help are made from it; a setting that is not in it does not exist for people."""
    table = settings_table()
    for name in NAMES:
        assert table.count(f"| `{name}` |") == 1
        assert f"  {name}" in settings_text()
    assert "| `WORKER_IN_DOUBT_AFTER` | `15m` | duration |" in table
    assert all(line.count(" | ") == 4 for line in table.splitlines()[2:])


def test_every_setting_says_what_it_is_and_in_what_unit() -> None:
    """A table with empty cells sends people to the source."""
    for name, field in Settings.model_fields.items():
        notes = field.json_schema_extra
        assert field.description, name
        assert isinstance(notes, dict), name
        assert notes["unit"], name
