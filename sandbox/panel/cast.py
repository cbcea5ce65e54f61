"""
The people whom a newcomer can be in the sandbox, with their accounts on the panel.

Each is there for one thing to try: bound, bound in English, not bound, without an account,
administrator, banned, bound on Discord, bound on Slack. Account ids are fixed, so that a guide can
name them.
"""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["administrator", "member", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """
    One person: who they are in chat, and what the panel knows of them.

    `language` is the one their chat app tells; `locale` is the account's, with either separator, as
    panels have it. `account_id` is None for who has no account; `standing` is theirs in the group.
    """

    key: str
    name: str
    role: str
    language: str
    telegram_id: int
    username: str | None = None
    discord_id: int | None = None
    slack_id: str | None = None
    account_id: int | None = None
    email: str = ""
    locale: str = "zh_CN"
    level: int = 0
    bound_to: Literal["telegram", "discord", "slack", "nothing"] = "nothing"
    is_admin: bool = False
    banned_reason: str = ""
    standing: Standing = "member"


CAST: tuple[Character, ...] = (
    Character(
        key="chen",
        name="陈小雨",
        role="Bound",
        language="zh-hans",
        telegram_id=620_114_507,
        username="chenxiaoyu",
        account_id=2,
        email="xiaoyu.chen@qq.com",
        locale="zh-CN",
        level=2,
        bound_to="telegram",
    ),
    Character(
        key="emma",
        name="Emma Walker",
        role="Bound, in English",
        language="en",
        telegram_id=711_830_226,
        username="emmawalker",
        account_id=3,
        email="emma.walker@gmail.com",
        locale="en_US",
        level=3,
        bound_to="telegram",
    ),
    Character(
        key="sato",
        name="佐藤健二",
        role="Has an account, not bound",
        language="ja",
        telegram_id=502_778_913,
        username="kenji_sato",
        account_id=4,
        email="kenji.sato@yahoo.co.jp",
        locale="ja_JP",
        level=1,
    ),
    Character(
        key="lin",
        name="林越",
        role="Administrator",
        language="zh-hans",
        telegram_id=100_200_301,
        username="linyue",
        account_id=1,
        email="admin@yunlu.example",
        locale="zh_CN",
        level=9,
        bound_to="telegram",
        is_admin=True,
        standing="administrator",
    ),
    Character(
        key="bobby",
        name="<b>Bobby</b> _*[Tables](",
        role="Group member, no account",
        language="de",
        telegram_id=833_019_442,
    ),
    Character(
        key="zhao",
        name="趙強",
        role="Banned account",
        language="zh-hant",
        telegram_id=594_660_718,
        username="zhaoqiang88",
        account_id=5,
        email="zhao.qiang@hotmail.com",
        locale="zh-TW",
        level=1,
        bound_to="telegram",
        banned_reason="同一訂閱在 41 個地址使用",
    ),
    Character(
        key="noah",
        name="Noah Fischer",
        role="Bound on Discord",
        language="en",
        telegram_id=645_201_377,
        discord_id=301_884_520_117_403_648,
        account_id=6,
        email="noah.fischer@proton.me",
        locale="en-US",
        level=1,
        bound_to="discord",
        standing="none",
    ),
    Character(
        key="mia",
        name="Mia Rossi",
        role="Bound on Slack",
        language="en",
        telegram_id=688_540_019,
        slack_id="U0SANDBOX7",
        account_id=7,
        email="mia.rossi@icloud.com",
        locale="en_US",
        level=2,
        bound_to="slack",
        standing="none",
    ),
)

DISCORD_PERSON = next(who for who in CAST if who.discord_id is not None)
SLACK_PERSON = next(who for who in CAST if who.slack_id is not None)
