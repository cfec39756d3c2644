"""Gathering the settings from the surroundings, with every problem told at once."""

from __future__ import annotations

import difflib
import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from worker.errors import SettingsError
from worker.settings.fields import Settings

PREFIX = "WORKER_"
NAMES = tuple(PREFIX + name.upper() for name in Settings.model_fields)
SECRET = frozenset({"access_token", "api_token", "http_token", "database_url", "base_url"})
RUN_NEEDS = ("access_token",)  # what `worker run` cannot do without

# Kubernetes sets these for every Service whose name begins with `worker`; nobody wrote them.
_SERVICE_LINK = re.compile(
    r"WORKER_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
# A credential put into the wrong setting must not be shown by the complaint about it.
_CREDENTIAL = re.compile(r"(?i)\b(acc|api|sk|tok|key|bearer)[-_ ]\S+|\S{32,}|//[^/\s]*@")


class _Gathered(Settings, BaseSettings):
    """Settings asked of the environment, `.env` and a secrets directory, in this order."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # compose files pass an unset variable on as an empty one
        extra="ignore",  # unknown names are found by us, with a hint
        frozen=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del file_secret_settings  # it would forget which file a token came from
        return (init_settings, env_settings, dotenv_settings, _SecretsDirectory(settings_cls))


class _SecretsDirectory(PydanticBaseSettingsSource):
    """A token found here is taken as `WORKER_…_FILE`, so that it is read again when it changes."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Unused: the whole mapping is made at once."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings found in the directory that no source before has set."""
        directory = self.current_state.get("secrets_dir")
        found: dict[str, Any] = {}
        for name, path in _secret_files(str(directory or "")).items():
            if name not in Settings.model_fields or name in self.current_state:
                continue
            as_file = f"{name}_file"
            if as_file not in Settings.model_fields:
                found[name] = _secret_text(path)
            elif as_file not in self.current_state:
                found[as_file] = path
        return found


@dataclass
class _Surroundings:
    """What is set where, before it is checked."""

    environment: Mapping[str, str]
    dotenv: Mapping[str, str | None] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def is_set(self, name: str) -> bool:
        """The setting, or the file that holds it, has a value somewhere."""
        variables = (f"{PREFIX}{name}".upper(), f"{PREFIX}{name}_FILE".upper())
        named = {
            key.upper() for key, value in (*self.dotenv.items(), *self.environment.items()) if value
        }
        return name in self.secrets or any(variable in named for variable in variables)


def load_settings(*, require: Iterable[str] = (), env_file: Path = Path(".env")) -> Settings:
    """The settings of the process.

    Args:
        require: names of fields that must be set, by value or by file; see `RUN_NEEDS`.

    Raises:
        SettingsError: one line a problem, all of them; never the value of a secret.
    """
    around = _look_around(env_file)
    settings: Settings | None = None
    try:
        # pydantic-settings reads these names at run time; typing does not know them.
        options: dict[str, Any] = {"_env_file": env_file if around.dotenv else None}
        settings = _Gathered(**options)
    except ValidationError as error:
        around.problems += [
            _told(dict(one))
            for one in error.errors(include_url=False)
            # A default that follows a wrong setting is not wrong itself.
            if one["type"] != "default_factory_not_called"
        ]
    for name in require:
        if not around.is_set(name):
            variable = f"{PREFIX}{name.upper()}"
            around.problems.append(f"{variable}: is required; set it or {variable}_FILE")
    if around.problems:
        raise SettingsError("\n".join(dict.fromkeys(around.problems)))
    assert settings is not None  # noqa: S101 - a failure left a problem above
    return settings


def _look_around(env_file: Path) -> _Surroundings:
    around = _Surroundings(os.environ)
    around.dotenv = _dotenv(env_file, around.problems)
    named = {**{k.upper(): v for k, v in around.dotenv.items()}, **os.environ}
    directory = named.get(f"{PREFIX}SECRETS_DIR") or ""
    around.secrets = _secret_files(directory)
    if directory and not Path(directory).is_dir():
        around.problems.append(f"{PREFIX}SECRETS_DIR: {directory} is not a directory")
    around.problems += [
        problem
        for where, names in (
            ("", around.environment.items()),
            (f"{env_file}: ", around.dotenv.items()),
            (f"{directory}: ", ((f"{PREFIX}{name}", None) for name in around.secrets)),
        )
        for name, value in names
        if (problem := _unknown(name.upper(), value or "", where))
    ]
    return around


def _dotenv(path: Path, problems: list[str]) -> Mapping[str, str | None]:
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        problems.append(f"{path}: is not UTF-8 text")
        return {}
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror or 'unreadable'}")
        return {}
    broken = [line for line in parse_stream(io.StringIO(text)) if line.error]
    if broken:
        # The line itself may hold a secret.
        problems += [f"{path}:{line.original.line}: is not NAME=value" for line in broken]
        return {}
    return dotenv_values(stream=io.StringIO(text))


def _secret_files(directory: str) -> dict[str, Path]:
    """Files of the directory that are meant for us, by the setting's name."""
    if not directory or not Path(directory).is_dir():
        return {}
    ours = (path for path in sorted(Path(directory).iterdir()) if path.is_file())
    lower = PREFIX.lower()
    return {
        path.name.lower().removeprefix(lower): path
        for path in ours
        if path.name.lower().startswith(lower)
    }


def _secret_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        # An impossible value, so that the setting's own check complains under its name.
        return "\0"


def _unknown(name: str, value: str, where: str) -> str:
    if not name.startswith(PREFIX) or name in NAMES or _SERVICE_LINK.fullmatch(name):
        return ""
    if name.endswith("_PORT") and value.startswith(("tcp://", "udp://", "sctp://")):
        return ""
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.7)
    if not near:
        # A name that lacks a word, or has one too many, is near by its words.
        words = set(name.removeprefix(PREFIX).split("_"))
        near = [
            known
            for known in NAMES
            if words <= (own := set(known.removeprefix(PREFIX).split("_"))) or own <= words
        ][:1]
    hint = f"; did you mean {near[0]}?" if near else "; `worker run --help` lists them all"
    return f"{where}{name}: is no setting{hint}"


def _told(error: dict[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    if not error["loc"]:
        name, _, message = message.partition(": ")
        return f"{PREFIX}{name.upper()}: {message}"
    name = str(error["loc"][0])
    given = error.get("input")
    shown = ""
    if name not in SECRET and not name.endswith("_file") and isinstance(given, str | int):
        text = _CREDENTIAL.sub("…", str(given))[:60]
        shown = f" (it is {text!r})" if text.isprintable() else ""
    return f"{PREFIX}{name.upper()}: {message}{shown}"
