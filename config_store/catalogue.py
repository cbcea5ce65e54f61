"""
The catalogue of live settings: what the panel's table `config` says to this daemon.

`SiteSettings` is the catalogue and the snapshot in one: an attribute a setting, with its kind, its
default and the name that the other generation of the panel stores it under. Operators know the
settings by the attributes' names. Snapshots are immutable; two that are equal mean that nothing has
changed. Secrets do not show in a snapshot's repr.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Generic, TypeVar

from config_store.setting_kinds import (
    AMOUNT,
    BOT_NAME,
    IDS,
    SECRET,
    SLACK_CHANNEL,
    SWITCH,
    TEXT,
    WHOLE_NUMBER,
    Kind,
    whole_number,
)

T = TypeVar("T")

_NO_GROUP = -1  # the panel's own "no group"; Telegram's groups have lower ids still


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One entry: `alias` is the item in the panel's current releases where that differs."""

    name: str
    alias: str | None
    kind: Kind[T]
    default: T


def _setting(kind: Kind[T], default: T, *, alias: str | None = None) -> T:
    return field(default=default, repr=not kind.is_secret, metadata={"kind": kind, "alias": alias})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """All live settings as of one look at the panel's database."""

    enable_telegram: bool = _setting(SWITCH, default=False)
    """The Telegram bot as a whole. A row that is missing or empty means: on if a token is set."""
    telegram_token: str = _setting(SECRET, "")
    telegram_chatid: int = _setting(WHOLE_NUMBER, _NO_GROUP)
    """As stored; `telegram_group` says whether it is a group."""
    telegram_bot: str = _setting(BOT_NAME, "_bot")
    telegram_request_token: str = _setting(SECRET, "", alias="telegram_webhook_token")

    telegram_add_node: bool = _setting(SWITCH, default=True, alias="im_bot_group_notify_add_node")
    telegram_update_node: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_update_node"
    )
    telegram_delete_node: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_delete_node"
    )
    telegram_node_offline: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_node_offline"
    )
    telegram_node_online: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_node_online"
    )
    telegram_node_gfwed: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_node_gfwed"
    )
    telegram_node_ungfwed: bool = _setting(
        SWITCH, default=False, alias="im_bot_group_notify_node_ungfwed"
    )
    telegram_daily_job: bool = _setting(SWITCH, default=True, alias="im_bot_group_notify_daily_job")
    telegram_diary: bool = _setting(SWITCH, default=False, alias="im_bot_group_notify_diary")
    im_bot_group_notify_ann_create: bool = _setting(SWITCH, default=True)
    im_bot_group_notify_ann_update: bool = _setting(SWITCH, default=False)

    telegram_group_quiet: bool = _setting(SWITCH, default=True)
    telegram_group_bound_user: bool = _setting(SWITCH, default=False)
    telegram_unbind_kick_member: bool = _setting(SWITCH, default=False)
    enable_welcome_message: bool = _setting(SWITCH, default=False)
    allow_to_join_new_groups: bool = _setting(SWITCH, default=False)
    group_id_allowed_to_join: tuple[int, ...] = _setting(IDS, ())
    help_any_command: bool = _setting(SWITCH, default=False)
    enable_telegram_group_notify: bool = _setting(SWITCH, default=False)
    """A missing row (the older generation has none) means: as `enable_telegram`."""

    discord_bot_token: str = _setting(SECRET, "")
    discord_guild_id: int = _setting(WHOLE_NUMBER, 0)
    discord_channel_id: int = _setting(WHOLE_NUMBER, 0)
    enable_discord_channel_notify: bool = _setting(SWITCH, default=False)
    slack_token: str = _setting(SECRET, "")
    slack_app_token: str = _setting(SECRET, "")
    slack_channel_id: str = _setting(SLACK_CHANNEL, "")
    """The site's channel, empty for none. The panel types it int; real ids are text."""
    enable_slack_channel_notify: bool = _setting(SWITCH, default=False)

    enable_checkin: bool = _setting(SWITCH, default=False)
    checkin_min: int = _setting(WHOLE_NUMBER, 1)
    """The reward's bounds in MB, `0 <= checkin_min <= checkin_max` in every snapshot."""
    checkin_max: int = _setting(WHOLE_NUMBER, 50)
    invite_reg_traffic_reward: int = _setting(whole_number(0), 0)
    """In GB."""
    invite_reg_money_reward: int = _setting(whole_number(0), 0)
    invite_reward_rate: Decimal = _setting(  # noqa: RUF009 - makes a field, as `field` does
        AMOUNT, Decimal("0.2")
    )

    enable_ss_sub: bool = _setting(SWITCH, default=True)
    enable_v2_sub: bool = _setting(SWITCH, default=True)
    enable_trojan_sub: bool = _setting(SWITCH, default=True)
    subscribe_log: bool = _setting(SWITCH, default=False)
    login_log: bool = _setting(SWITCH, default=True)
    daily_job_hour: int = _setting(whole_number(0, 23), 0)
    daily_job_minute: int = _setting(whole_number(0, 59), 0)
    last_daily_job_time: int = _setting(whole_number(0), 0)
    """In unix seconds, 0 = never."""
    email_driver: str = _setting(TEXT, "none")
    """`none` means that the panel sends no mail at all."""

    @property
    def telegram_group(self) -> int | None:
        """The site's Telegram group, if `telegram_chatid` names one."""
        return self.telegram_chatid if self.telegram_chatid < _NO_GROUP else None


CATALOGUE: Mapping[str, Setting[Any]] = {
    entry.name: Setting(
        name=entry.name,
        alias=entry.metadata["alias"],
        kind=entry.metadata["kind"],
        default=entry.default,
    )
    for entry in fields(SiteSettings)
}
"""Every setting by its name."""

ITEMS: frozenset[str] = frozenset(
    item for setting in CATALOGUE.values() for item in (setting.name, setting.alias) if item
)
"""Every `config.item` that is read, in both generations of names."""


def secrets_of(settings: SiteSettings) -> list[str]:
    """The values that must not be shown anywhere: tokens and other secrets that are set."""
    values = [
        getattr(settings, setting.name) for setting in CATALOGUE.values() if setting.kind.is_secret
    ]
    return [value for value in values if value]
