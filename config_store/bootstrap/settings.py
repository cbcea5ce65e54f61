"""
The bootstrap settings: where the panel's database is, and how this process runs.

Each field's description says what is expected of it, in the words that an operator reads when it
is malformed. Made directly, as `BootstrapSettings.model_validate({...})`, the settings look at
nothing but what they are given: no file, no environment.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url

from config_store.bootstrap.addresses import (
    ListenAddress,
    TcpAddress,
    http_url,
    listen_address,
    proxy_url,
)
from config_store.bootstrap.database_url import database_url as to_database_url
from config_store.bootstrap.lists import largest_first, listed, once_each
from config_store.bootstrap.routes import RouteName, RouteTarget, route_target, routes_table
from config_store.bootstrap.site import SiteLocale, site_locale, time_zone

BindingMethod = Literal["email", "site", "code", "subscription"]

FREE_TELEGRAM_RATE = 30  # messages a second; above it Telegram wants `allow_paid_broadcast`
_PAID_TELEGRAM_RATE = 1000  # messages a second
_MINUTE = 60.0  # seconds
_DAY = 24 * 60 * 60  # seconds
_PERCENT = 100
_HEADER_TEXT = re.compile(r"[!-~]+")


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("no number")  # noqa: TRY004 - pydantic takes only this one for a mistake
    return value


def _exposed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _header_text(value: object) -> object:
    if isinstance(value, str) and not _HEADER_TEXT.fullmatch(value):
        raise ValueError("cannot stand in a header")
    return value


def _notice_mode(value: object) -> object:
    return "off" if value is False else _lower(value)


Whole = Annotated[int, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
HttpAddress = Annotated[str, BeforeValidator(http_url)]
OptionalHttpAddress = Annotated[HttpAddress | None, BeforeValidator(_none_if_empty)]
Targets = Annotated[
    tuple[Annotated[RouteTarget, BeforeValidator(route_target)], ...],
    BeforeValidator(listed),
    Field(min_length=1),
]
Routes = Annotated[
    Mapping[RouteName, Targets],
    BeforeValidator(routes_table),
    AfterValidator(lambda table: MappingProxyType(dict(table))),
]

_ADDRESS = "expected an address that begins with http:// or https://"
_ON_OR_OFF = "expected true or false"


class BootstrapSettings(BaseSettings):
    """The bootstrap settings by the names that operators read. Secrets do not show in a repr."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: Annotated[
        SecretStr, BeforeValidator(to_database_url), BeforeValidator(_exposed)
    ] = Field(
        description="expected mysql://USER:PASSWORD@HOST:PORT/DATABASE, the same with mariadb://,"
        " or sqlite:////path/to/file; special characters in user and password percent-encoded"
    )
    panel_config: Annotated[Path | None, BeforeValidator(_none_if_empty)] = Field(
        default=None, description="expected the path of the panel's config/.config.php"
    )
    table_prefix: str = Field(
        default="",
        pattern=r"\A[A-Za-z0-9_]{0,32}\z",
        description="expected up to 32 letters, digits and underscores",
    )
    site_name: str = Field(
        default="SSPanel-UIM",
        min_length=1,
        max_length=64,
        description="expected a name of 1 to 64 characters",
    )
    site_url: OptionalHttpAddress = Field(default=None, description=_ADDRESS)
    """The panel's address; None if it is given nowhere."""
    subscription_url: OptionalHttpAddress = Field(
        default_factory=lambda known: known["site_url"], description=_ADDRESS
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(time_zone)] = Field(
        default=ZoneInfo("Asia/Shanghai"),
        description="expected a time zone's name such as Asia/Shanghai",
    )
    locale: Annotated[SiteLocale, BeforeValidator(site_locale)] = Field(
        default="zh_CN", description="expected one of zh_CN, en_US, zh_TW, ja_JP"
    )
    subscription_token_length: Whole = Field(
        default=16, ge=8, le=255, description="expected a whole number from 8 to 255"
    )
    traffic_notice_mode: Annotated[Literal["off", "per", "mb"], BeforeValidator(_notice_mode)] = (
        Field(default="per", description="expected off, per (percent left) or mb (MB left)")
    )
    traffic_notice_value: Whole = Field(
        default=20,
        ge=1,
        description="expected a whole number from 1 on, up to 100 where traffic_notice_mode is per",
    )
    expiry_notice_days: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=365)], ...],
        BeforeValidator(listed),
        AfterValidator(largest_first),
    ] = Field(
        default=(7, 3, 1),
        description="expected whole numbers from 1 to 365 with commas between, or nothing",
    )
    listen: Annotated[ListenAddress | None, BeforeValidator(listen_address)] = Field(
        default=TcpAddress("127.0.0.1", 8470),
        description="expected HOST:PORT, [IPV6]:PORT, unix:/path, or nothing for no HTTP at all",
    )
    api_token: Annotated[
        Annotated[SecretStr, BeforeValidator(_header_text), BeforeValidator(_exposed)] | None,
        BeforeValidator(_none_if_empty),
    ] = Field(default=None, description="expected a token of ASCII characters without blanks")
    """Bearer token of the HTTP API and the dashboard; None: both are off."""
    public_url: OptionalHttpAddress = Field(
        default_factory=lambda known: known["site_url"], description=_ADDRESS
    )
    """What Telegram calls in webhook mode."""
    telegram_mode: Annotated[Literal["polling", "webhook"], BeforeValidator(_lower)] = Field(
        default="polling", description="expected polling or webhook"
    )
    telegram_api_url: HttpAddress = Field(default="https://api.telegram.org", description=_ADDRESS)
    telegram_paid_broadcast: bool = Field(default=False, description=_ON_OR_OFF)
    telegram_rate: Whole = Field(
        default=FREE_TELEGRAM_RATE,
        ge=1,
        le=_PAID_TELEGRAM_RATE,
        description="expected a whole number from 1 to 30,"
        " up to 1000 together with telegram_paid_broadcast",
    )
    """Messages a second for the whole bot."""
    discord_api_url: HttpAddress = Field(
        default="https://discord.com/api/v10", description=_ADDRESS
    )
    slack_api_url: Annotated[HttpAddress, AfterValidator(lambda url: f"{url}/")] = Field(
        default="https://slack.com/api/", description=_ADDRESS
    )
    """With a slash at its end, as Slack's client needs it."""
    proxy: Annotated[
        Annotated[SecretStr, BeforeValidator(proxy_url), BeforeValidator(_exposed)] | None,
        BeforeValidator(_none_if_empty),
    ] = Field(
        default=None,
        description="expected http://HOST:PORT or socks5://HOST:PORT, before the host"
        " USER:PASSWORD@ if the proxy asks for them",
    )
    binding_methods: Annotated[
        tuple[BindingMethod, ...], BeforeValidator(listed), AfterValidator(once_each)
    ] = Field(
        default=("email", "site", "code"),
        min_length=1,
        description="expected one or more of email, site, code, subscription with commas between",
    )
    telegram_group_grace_minutes: Whole = Field(
        default=10, ge=0, le=10080, description="expected a whole number of minutes up to 10080"
    )
    routes: Routes = Field(
        default_factory=lambda: MappingProxyType({}),
        description="expected lists of PLATFORM:TARGET such as telegram:-1001234:56, discord:1234"
        " or slack:C0123; in an environment variable the whole table as a JSON object",
    )
    queue_retention_days: Whole = Field(
        default=14, ge=1, le=3650, description="expected a whole number of days from 1 to 3650"
    )
    settings_interval: Seconds = Field(
        default=1.0, ge=0.1, le=_MINUTE, description="expected seconds from 0.1 to 60"
    )
    node_interval: Seconds = Field(
        default=5.0, ge=0.1, le=3600, description="expected seconds from 0.1 to 3600"
    )
    user_interval: Seconds = Field(
        default=60.0, ge=0.1, le=_DAY, description="expected seconds from 0.1 to 86400"
    )
    node_offline_after: Whole = Field(
        default=600, ge=1, le=_DAY, description="expected a whole number of seconds up to 86400"
    )
    lease_seconds: Annotated[Seconds | None, BeforeValidator(_none_if_empty)] = Field(
        default=None, ge=1, le=3600, description="expected seconds from 1 to 3600"
    )
    """None: 10, and 15 on a database where `wsrep_on`."""
    manage_index: bool = Field(default=True, description=_ON_OR_OFF)
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field(default="info", description="expected debug, info, warning or error")
    )
    log_format: Annotated[Literal["auto", "console", "json"], BeforeValidator(_lower)] = Field(
        default="auto", description="expected auto, console or json"
    )

    @field_validator("traffic_notice_value")
    @classmethod
    def _percent_up_to_hundred(cls, value: int, info: ValidationInfo) -> int:
        if info.data.get("traffic_notice_mode") == "per" and value > _PERCENT:
            raise ValueError("more than all")
        return value

    @field_validator("telegram_rate")
    @classmethod
    def _more_only_if_paid(cls, value: int, info: ValidationInfo) -> int:
        if value > FREE_TELEGRAM_RATE and not info.data.get("telegram_paid_broadcast", True):
            raise ValueError("more than Telegram allows for free")
        return value

    @classmethod
    def settings_customise_sources(
        cls, *_settings_cls: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """
        Nothing but what is handed in: `load_bootstrap` reads the sources, and keeps their names.
        """
        return (sources["init_settings"],)


def secrets_in(settings: BootstrapSettings) -> list[str]:
    """The values that must not be shown anywhere: passwords and the token, as far as set."""
    database = settings.database_url.get_secret_value()
    proxy = settings.proxy.get_secret_value() if settings.proxy else ""
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    return [
        secret
        for secret in (
            database,
            make_url(database).password,
            proxy,
            urlsplit(proxy).password,
            token,
        )
        if secret
    ]


def expectation(setting: str) -> str:
    """What is expected of a setting, in the operator's words."""
    return BootstrapSettings.model_fields[setting].description or ""


def setting_names() -> tuple[str, ...]:
    """All bootstrap settings."""
    return tuple(BootstrapSettings.model_fields)
