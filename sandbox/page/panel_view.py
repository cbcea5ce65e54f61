"""
The panel corner: what of the site's panel can be seen and switched from the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.page.stage import Stage
from sandbox.panel.cast import CAST, Character
from sandbox.panel.demo_panel import PanelAccount, QueuedMail

LOCALES = ("zh_CN", "zh-CN", "zh-TW", "zh_TW", "en_US", "en-US", "ja_JP", "ja-JP")
_OFFLINE_AFTER = 600  # seconds, as the daemon's default

_SWITCHES = (  # (heading, settings with what they say)
    (
        "Telegram",
        (
            ("enable_telegram", "Telegram bot"),
            ("telegram_group_quiet", "Quiet in groups"),
            ("help_any_command", "Help for unknown commands"),
            ("telegram_group_bound_user", "Only bound people in the group"),
            ("telegram_unbind_kick_member", "Unbinding removes from the group"),
            ("enable_welcome_message", "Greet who joins"),
            ("allow_to_join_new_groups", "Allowed in other groups"),
        ),
    ),
    ("Check-in", (("enable_checkin", "Daily check-in"),)),
    (
        "Notices",
        (
            ("enable_telegram_group_notify", "To the Telegram group"),
            ("enable_discord_channel_notify", "To the Discord channel"),
            ("enable_slack_channel_notify", "To the Slack channel"),
            ("im_bot_group_notify_node_offline", "Node offline"),
            ("im_bot_group_notify_node_online", "Node back online"),
            ("im_bot_group_notify_ann_create", "New announcement"),
        ),
    ),
)

LABELS = tuple(text for heading, items in _SWITCHES for text in (heading, *dict(items).values()))
"""What the switches and their headings say, in English."""


@dataclass(frozen=True, slots=True)
class Switch:
    item: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class SwitchGroup:
    heading: str
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node as the list shows it. `state`: online, silent (made so here), offline, new, hidden."""

    id: int
    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """All that the corner shows."""

    groups: tuple[SwitchGroup, ...]
    settings: dict[str, str]
    nodes: tuple[NodeLine, ...]
    accounts: tuple[PanelAccount, ...]
    mails: tuple[QueuedMail, ...]
    has_fault: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How one of the cast stands with the site at the moment."""

    who: Character
    account: PanelAccount | None


class PanelView:
    """Looks into the panel's database."""

    def __init__(self, stage: Stage) -> None:
        self._panel = stage.panel
        self._faults = stage.telegram.faults

    async def corner(self) -> Corner:
        settings = await self._panel.settings()
        return Corner(
            groups=tuple(_group(heading, items, settings) for heading, items in _SWITCHES),
            settings=settings,
            nodes=await self._nodes(),
            accounts=tuple(await self._panel.accounts(limit=len(CAST) - 1)),
            mails=tuple(await self._panel.mails()),
            has_fault=bool(self._faults.orders),
        )

    async def standings(self) -> list[Standing]:
        """The cast, each with the account that one of their ids is bound to now."""
        ids = {each: who.key for who in CAST for each in _ids(who)}
        holders = {ids[each.binding]: each for each in await self._panel.bound(list(ids))}
        return [Standing(who, holders.get(who.key)) for who in CAST]

    async def _nodes(self) -> tuple[NodeLine, ...]:
        now = datetime.now(UTC)
        lines: list[NodeLine] = []
        for node in await self._panel.nodes():
            if not node.is_shown:
                state = "hidden"
            elif node.heartbeat_at is None:
                state = "new"
            elif node.is_silent:
                state = "silent"
            else:
                age = (now - node.heartbeat_at).total_seconds()
                state = "online" if age < _OFFLINE_AFTER else "offline"
            lines.append(NodeLine(node.id, node.name, state))
        return tuple(lines)


def _ids(who: Character) -> list[tuple[str, str]]:
    """A person's ids on the platforms where they are."""
    ids = {"telegram": who.telegram_id, "discord": who.discord_id, "slack": who.slack_id}
    return [(platform, str(each)) for platform, each in ids.items() if each is not None]


def _group(heading: str, items: Sequence[tuple[str, str]], settings: dict[str, str]) -> SwitchGroup:
    switches = (Switch(item, label, settings.get(item, "0") == "1") for item, label in items)
    return SwitchGroup(heading, tuple(switches))
