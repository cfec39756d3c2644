"""Every setting: its type, default, unit and reason. README and help are made from here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from worker.clock import Clock
from worker.errors import SettingsError
from worker.settings.kinds import (
    ApiPrefix,
    BaseUrl,
    DatabaseUrl,
    Duration,
    Flag,
    Host,
    Networks,
    Port,
    Start,
    TokenFile,
    TokenText,
    within,
)
from worker.settings.token import TOKENS, TokenName, TokenSource

Platform = Literal["imbrace", "chatbotx", "dmchamp"]
LogLevel = Literal["debug", "info", "warning", "error"]

# Source: facts §1 (seed documents), and the vendors' own pages of the other two.
PRODUCTION: Mapping[str, str] = {
    "imbrace": "https://app-gateway.imbrace.co",
    "chatbotx": "https://app.chatbotx.io/api",
    "dmchamp": "https://api.dmchamp.com/v1",
}
# A base URL that ends so has swallowed the prefix, and every call would answer 404.
_PREFIXES = ("/v1/backend", "/backend/v1", "/channel-service/v1")
_GATEWAY_TIMEOUT = timedelta(seconds=30)
_MS, _SECOND, _MINUTE, _HOUR = (timedelta(milliseconds=n) for n in (1, 1000, 60_000, 3_600_000))
_DAY = 24 * _HOUR


def _field(
    what: str,
    *,
    reason: str = "",
    unit: str = "",
    default: Any = None,
    shown: str = "",
    **more: Any,
) -> Any:
    """A declared setting. `shown` replaces the default in tables where that says more."""
    notes: dict[str, JsonValue] = {"unit": unit, "reason": reason, "shown": shown}
    if "default_factory" not in more:
        more["default"] = default
    return Field(description=what, json_schema_extra=notes, **more)


def _production_host(known: dict[str, Any]) -> str:
    return PRODUCTION.get(known.get("platform", ""), "")


class Settings(BaseModel):
    """All settings, checked. Built from its arguments alone; `load_settings` asks the surroundings.

    Tokens are asked for by `token_source`, never read from the fields: they may come from a file
    that changes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    platform: Platform = _field(
        "the chat platform; `run` refuses all but iMBRACE in this version",
        default="imbrace",
        unit="imbrace, chatbotx or dmchamp",
    )
    base_url: BaseUrl = _field(
        "where the platform's API is, without the API prefix",
        default_factory=_production_host,
        shown="the platform's production host",
        unit="URL",
    )
    api_prefix: ApiPrefix = _field(
        "path before every endpoint; /channel-service/v1 for the newer generation",
        default="/v1/backend",
        unit="path, or auto",
        reason="the documented spelling; auto probes once at start",
    )
    access_token: Annotated[SecretStr | None, TokenText] = _field(
        "the account's token (acc_…; Bearer token or API key on the other platforms)",
        shown="required by run",
        unit="text",
    )
    access_token_file: TokenFile | None = _field(
        "file that holds the access token; read again when it changes",
        unit="path",
        reason="a file can be replaced while the worker runs and shows in no process list",
    )
    api_token: Annotated[SecretStr | None, TokenText] = _field(
        "a second token (api_…) for reads below /3rd", unit="text", reason="only iMBRACE has them"
    )
    api_token_file: TokenFile | None = _field("file that holds the API token", unit="path")
    organization_id: str = _field(
        "the organization", default="", shown="learned where possible", unit="text", max_length=200
    )
    business_unit_id: str = _field(
        "the business unit", default="", shown="learned where possible", unit="text", max_length=200
    )
    user_id: str = _field(
        "the token's own user",
        default="",
        shown="learned where possible",
        unit="text",
        max_length=200,
    )
    secrets_dir: Path | None = _field(
        "directory with one file a setting, named like it (worker_access_token)", unit="path"
    )

    rules: Path = _field(
        "rule file, or directory of rule files", default=Path("rules"), unit="path"
    )
    watch: Flag = _field(
        "rules are loaded again when their files change",
        default=True,
        unit="true or false",
        reason="an author sees the effect of a change at once",
    )
    database_url: DatabaseUrl = _field(
        "the ledger: an SQLite file (`postgresql://` is refused in this version)",
        default="sqlite:///data/worker.db",
        unit="URL",
        reason="needs no service; three slashes are relative, four absolute",
        repr=False,
    )

    keep_history: Annotated[Duration, AfterValidator(within(_MINUTE, 3650 * _DAY))] = _field(
        "decided events and finished actions older than this are dropped",
        default=90 * _DAY,
        unit="duration",
        reason="a quarter of a year to look back on; ids are recognised for ever, and the file"
        " stays bounded",
    )

    poll_notifications: Annotated[Duration, AfterValidator(within(100 * _MS, _HOUR))] = _field(
        "at most this long between reads of notifications",
        default=5 * _SECOND,
        unit="duration",
        reason="adapted to activity and budget below this bound",
    )
    poll_messages: Annotated[Duration, AfterValidator(within(100 * _MS, _HOUR))] = _field(
        "at most this long between reads for new messages",
        default=2 * _SECOND,
        unit="duration",
        reason="a customer waits for at most this and the answer's own time",
    )
    poll_contacts: Annotated[Duration, AfterValidator(within(100 * _MS, _HOUR))] = _field(
        "at most this long between reads of contacts, where rules ask for contact events",
        default=10 * _SECOND,
        unit="duration",
        reason="nobody waits for an answer; without such rules contacts are not polled",
    )
    start_from: Start = _field(
        "what the very first start answers",
        default="now",
        unit="now, beginning, or a time with its offset",
        reason="nobody wants last week's questions answered tonight; decided by ids, not by clocks",
    )
    requests_per_minute: int = _field(
        "the account's budget: no 60 s hold more requests, restarts included",
        default=600,
        unit="requests",
        reason="no platform documents its limit; ten a second is what a busy browser tab makes",
        ge=1,
        le=1_000_000,
    )
    concurrency: int = _field(
        "requests in flight at most",
        default=64,
        unit="requests",
        reason="enough to keep a fast gateway busy, few enough for a slow one",
        ge=1,
        le=1024,
    )
    request_timeout: Annotated[Duration, AfterValidator(within(100 * _MS, 10 * _MINUTE))] = _field(
        "the longest one HTTP call may take",
        default=20 * _SECOND,
        unit="duration",
        reason="below the gateway's own 30 s, so that its time-out and ours cannot be confused",
    )

    dry_run: Flag = _field(
        "decide and record everything, send nothing", default=False, unit="true or false"
    )
    settling_time: Annotated[Duration, AfterValidator(within(0 * _MS, _HOUR))] = _field(
        "how long a message of unknown fate is looked for before it is sent again",
        default=10 * _SECOND,
        unit="duration",
        reason="a platform that answered late stores its message within seconds",
    )
    in_doubt_after: Annotated[Duration, AfterValidator(within(_SECOND, 7 * _DAY))] = _field(
        "failing read-backs for this long leave the message to a person",
        default=15 * _MINUTE,
        unit="duration",
        reason="as long as an answer is of use to a customer",
    )
    tag_field: Literal["remark", "none"] = _field(
        "where tags are mirrored on a platform without tags: #words in the remark, or nowhere",
        default="remark",
        unit="remark or none",
        reason="agents see the remark; the ledger holds the truth",
    )
    quick_replies: Literal["auto", "buttons", "numbered"] = _field(
        "how quick replies are sent",
        default="auto",
        unit="auto, buttons or numbered",
        reason="auto tries buttons and remembers per channel where they were refused",
    )
    webhook_allow: Networks = _field(
        "hosts and networks that a webhook may reach although they are private",
        default=(),
        shown="none",
        unit="list",
        reason="a rule file must not become a way into the internal network",
    )

    http_host: Host = _field(
        "where probes and metrics listen",
        default="127.0.0.1",
        unit="host",
        reason="seen by this machine only unless somebody decides otherwise",
    )
    http_port: Port = _field(
        "their port; 0 takes any free one, off none", default=8080, unit="port, or off"
    )
    http_token: Annotated[SecretStr | None, TokenText] = _field(
        "for the dashboard, which this version does not have; probes and metrics are open",
        unit="text",
    )
    http_token_file: TokenFile | None = _field("file that holds the HTTP token", unit="path")
    log_level: LogLevel = _field(
        "what is logged",
        default="info",
        unit="debug, info, warning or error",
        reason="customers' text appears only at debug",
    )
    log_format: Literal["auto", "json", "text"] = _field(
        "how it is logged",
        default="auto",
        unit="auto, json or text",
        reason="auto is json unless a person watches on a terminal",
    )
    shutdown_grace: Annotated[Duration, AfterValidator(within(0 * _MS, _HOUR))] = _field(
        "after SIGTERM, running calls get this long",
        default=20 * _SECOND,
        unit="duration",
        reason="as long as the longest call; container engines must wait a little longer",
    )

    _sources: dict[str, TokenSource] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.platform == "imbrace" and self.base_url.endswith(_PREFIXES):
            raise ValueError("base_url: must not hold the API prefix; that is WORKER_API_PREFIX")
        if self.platform == "imbrace" and self.request_timeout == _GATEWAY_TIMEOUT:
            raise ValueError(
                "request_timeout: must not be the gateway's own 30s;"
                " who gave up first could not be told"
            )
        for name in TOKENS:
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"{name}: is set twice; unset it or WORKER_{name.upper()}_FILE")
        if self.in_doubt_after < self.settling_time:
            raise ValueError("in_doubt_after: must not be shorter than WORKER_SETTLING_TIME")
        return self

    def token_source(
        self, name: TokenName = "access_token", clock: Clock | None = None
    ) -> TokenSource:
        """A callable that gives the token as it is now, the same one each time; "" for none.

        Args:
            clock: paces how often its file is read; counts at the first call for a name.

        Raises:
            SettingsError: its file has become unreadable since the settings were loaded.
        """
        source = self._sources.get(name)
        if source is None:
            path: Path | None = getattr(self, f"{name}_file")
            secret: SecretStr | None = getattr(self, name)
            try:
                text = secret.get_secret_value() if secret else ""
                source = TokenSource(text, path=path, clock=clock)
            except ValueError as error:
                raise SettingsError(f"WORKER_{name.upper()}_FILE: {error}") from None
            self._sources[name] = source
        return source

    def secrets(self) -> tuple[str, ...]:
        """Every secret known so far, for redaction; tokens that were replaced included."""
        sources = (self.token_source(name) for name in TOKENS)
        return (self.database_password, *(one for source in sources for one in source.known))

    @property
    def database_password(self) -> str:
        """The password within `database_url`, "" without one; for redaction only."""
        try:
            return unquote(urlsplit(self.database_url).password or "")
        except ValueError:
            return ""
