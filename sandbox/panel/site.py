"""
What the operator of the made-up site has set up: nodes, announcements and the rows of `config`.

`config` holds the rows that the daemon's settings come from, in both generations of names where the
panel had two, under classes and types as the panel stores them; the notes are this demo's own.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from sandbox.panel.users import GB, Row

_NODES = (  # (name, least level, traffic rate, shown)
    ("🇭🇰 香港 01 · IEPL", 2, "1.00", True),
    ("🇭🇰 香港 02", 0, "1.00", True),
    ("🇹🇼 台北 01", 1, "1.00", True),
    ("🇯🇵 東京 01 · BGP", 1, "1.00", True),
    ("🇯🇵 東京 02", 0, "0.50", True),
    ("🇯🇵 大阪 <IPv6>", 1, "1.00", True),
    ("🇸🇬 Singapore 01", 1, "1.20", True),
    ("🇸🇬 Singapore 02 & backup", 2, "1.00", True),
    ("🇰🇷 서울 01", 1, "1.00", True),
    ("🇺🇸 Los Angeles 01 · CN2", 0, "0.80", True),
    ("🇺🇸 San José 02", 0, "0.10", True),
    ("🇩🇪 Frankfurt 01", 0, "1.00", True),
    ("🇬🇧 London 01", 1, "1.00", True),
    ("🇫🇷 Paris_01 *test*", 2, "2.00", True),
    ("内部 監控", 9, "0.00", False),
)

_ANNOUNCEMENTS = (  # (status: 0 hidden, 1 shown, 2 pinned; days ago; HTML)
    (
        2,
        40,
        "<p>欢迎使用<b>云路</b>！请先阅读<a href='https://docs.example/start'>使用文档</a>。</p>",
    ),
    (
        1,
        12,
        "<p>香港节点已扩容至 <strong>10 Gbps</strong>。</p><ul><li>香港 01</li></ul>",
    ),
    (1, 3, "<p>Maintenance on Sunday, 02:00&ndash;04:00 (UTC+8): Tokyo &amp; Osaka.</p>"),
    (0, 1, "<p>草稿：双十二活动 <script>alert('not yet')</script></p>"),
)

_B, _I, _S, _A = "bool", "int", "string", "array"
_CATALOGUE = (  # (item, class, type, default, shown to visitors, note)
    ("telegram_token", "im", _S, "", 0, "Token of the Telegram bot"),
    ("telegram_chatid", "im", _I, "-1", 0, "Id of the site's Telegram group"),
    ("telegram_bot", "im", _S, "_bot", 1, "User name of the Telegram bot"),
    ("telegram_webhook_token", "im", _S, "", 0, "Secret in the webhook's address"),
    ("im_bot_group_notify_add_node", "im", _B, "1", 0, "Tell the group: node added"),
    ("im_bot_group_notify_update_node", "im", _B, "0", 0, "Tell the group: node changed"),
    ("im_bot_group_notify_delete_node", "im", _B, "0", 0, "Tell the group: node deleted"),
    ("im_bot_group_notify_node_offline", "im", _B, "0", 0, "Tell the group: node offline"),
    ("im_bot_group_notify_node_online", "im", _B, "0", 0, "Tell the group: node back online"),
    ("im_bot_group_notify_node_gfwed", "im", _B, "0", 0, "Tell the group: node blocked"),
    ("im_bot_group_notify_node_ungfwed", "im", _B, "0", 0, "Tell the group: node unblocked"),
    ("im_bot_group_notify_daily_job", "im", _B, "1", 0, "Tell the group: daily job done"),
    ("im_bot_group_notify_diary", "im", _B, "0", 0, "Tell the group: daily statistics"),
    ("im_bot_group_notify_ann_create", "im", _B, "1", 0, "Tell the group: new announcement"),
    ("im_bot_group_notify_ann_update", "im", _B, "0", 0, "Tell the group: changed announcement"),
    ("telegram_group_quiet", "im", _B, "1", 0, "The bot does not answer in groups"),
    ("telegram_group_bound_user", "im", _B, "0", 0, "Only bound people may stay in the group"),
    ("telegram_unbind_kick_member", "im", _B, "0", 0, "Unbinding removes from the group"),
    ("enable_welcome_message", "im", _B, "0", 0, "Greet people who join"),
    ("allow_to_join_new_groups", "im", _B, "0", 0, "The bot may stay in other groups"),
    ("group_id_allowed_to_join", "im", _A, "[]", 0, "Groups where it may stay all the same"),
    ("help_any_command", "im", _B, "0", 0, "Unknown commands get the help text"),
    ("enable_telegram_group_notify", "im", _B, "0", 1, "Group notices on Telegram"),
    ("discord_bot_token", "im", _S, "", 0, "Token of the Discord bot"),
    ("discord_guild_id", "im", _I, "0", 0, "Id of the Discord server"),
    ("discord_channel_id", "im", _I, "0", 0, "Id of the Discord channel"),
    ("enable_discord_channel_notify", "im", _B, "0", 1, "Group notices on Discord"),
    ("slack_token", "im", _S, "", 0, "Token of the Slack app's bot"),
    ("slack_app_token", "im", _S, "", 0, "App-level token, for Socket Mode"),
    ("slack_channel_id", "im", _I, "0", 0, "Id of the Slack channel"),
    ("enable_slack_channel_notify", "im", _B, "0", 1, "Group notices on Slack"),
    ("enable_checkin", "feature", _B, "0", 1, "Daily check-in"),
    ("enable_checkin_captcha", "captcha", _B, "0", 1, "Captcha at the site's check-in"),
    ("checkin_min", "feature", _I, "1", 1, "Least reward, MB"),
    ("checkin_max", "feature", _I, "50", 1, "Greatest reward, MB"),
    ("subscribe_log", "feature", _B, "0", 1, "Keep a log of subscriptions fetched"),
    ("login_log", "feature", _B, "1", 1, "Keep a log of log-ins"),
    ("invite_reg_traffic_reward", "ref", _I, "0", 1, "Traffic for an invited person, GB"),
    ("invite_reg_money_reward", "ref", _I, "0", 1, "Money for an invited person, yuan"),
    ("invite_reward_rate", "ref", _S, "0.2", 1, "Share of a payment that the inviter gets"),
    ("enable_ss_sub", "subscribe", _B, "1", 1, "Offer Shadowsocks subscriptions"),
    ("enable_v2_sub", "subscribe", _B, "1", 1, "Offer V2Ray subscriptions"),
    ("enable_trojan_sub", "subscribe", _B, "1", 1, "Offer Trojan subscriptions"),
    ("email_driver", "email", _S, "none", 0, "How mail is sent"),
    ("daily_job_hour", "cron", _I, "0", 0, "Hour of the daily job"),
    ("daily_job_minute", "cron", _I, "0", 0, "Minute of the daily job"),
    ("last_daily_job_time", "cron", _I, "0", 0, "When the daily job last ran"),
)
_OLDER_NAMES = (  # rows that sites of an earlier generation have and current releases lack
    ("enable_telegram", "im", _B, "1", 0, "The Telegram bot as a whole"),
)


def config_rows(values: Mapping[str, str]) -> Iterator[Row]:
    """The rows of `config`: `values` by item, the default where none is given."""
    for item, group, kind, default, is_public, note in _CATALOGUE + _OLDER_NAMES:
        yield {
            "item": item,
            "value": values.get(item, default),
            "class": group,
            "is_public": is_public,
            "type": kind,
            "default": default,
            "mark": note,
        }


def node_rows(*, random: Random, now: datetime) -> Iterator[Row]:
    """Nodes that were alive a few seconds ago; the last but one has never been seen."""
    for number, (name, level, rate, is_shown) in enumerate(_NODES, start=1):
        is_new = number == len(_NODES) - 1
        yield {
            "id": number,
            "name": name,
            "type": int(is_shown),
            "server": f"n{number:02d}.nodes.example",
            "sort": random.choice((1, 11, 14)),
            "traffic_rate": Decimal(rate),
            "node_class": level,
            "node_group": 0,
            "node_bandwidth": random.randrange(900) * GB,
            "node_bandwidth_limit": random.choice((0, 1000)) * GB,
            "node_heartbeat": 0 if is_new else int(now.timestamp()) - random.randrange(40),
            "online_user": 0 if is_new else random.randrange(120),
            "ipv4": str(ipaddress.IPv4Address("198.51.100.0") + number),
            "ipv6": str(ipaddress.IPv6Address("2001:db8:1::") + number),
            "online": int(not is_new),
            "gfw_block": 0,
            "password": f"{random.getrandbits(128):032x}",
        }


def announcement_rows(*, now: datetime, zone: ZoneInfo) -> Iterator[Row]:
    local = now.astimezone(zone).replace(tzinfo=None, microsecond=0)
    for status, days, content in _ANNOUNCEMENTS:
        yield {
            "status": status,
            "sort": 0,
            "date": local - timedelta(days=days),
            "content": content,
        }
