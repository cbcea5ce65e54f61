"""
The page's templates and what they are filled with. Every value is escaped by jinja2.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import jinja2

from sandbox.page.asking import Looking
from sandbox.page.channel_view import DiscordView, SlackView
from sandbox.page.panel_view import LOCALES, PanelView
from sandbox.page.stage import Stage
from sandbox.page.telegram_view import TelegramView, initials
from sandbox.page.words import translator
from sandbox.panel.cast import CAST

Facts = Mapping[str, object]

PARTS = ("people", "telegram", "discord", "slack", "panel", "daemon")


class Pages:
    """Renders the page and its parts."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._telegram = TelegramView(stage)
        self._panel = PanelView(stage)
        self._discord = DiscordView(stage)
        self._slack = SlackView(stage)
        self._facts: dict[str, Callable[[Looking], Awaitable[Facts]]] = {
            "people": self._people_facts,
            "telegram": self._telegram_facts,
            "discord": self._discord_facts,
            "slack": self._slack_facts,
            "panel": self._panel_facts,
            "daemon": self._daemon_facts,
        }
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("sandbox.page"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            enable_async=True,
        )

    async def page(self, looking: Looking) -> str:
        facts: dict[str, object] = {}
        for part in PARTS:
            facts |= await self._facts[part](looking)
        return await self._render("page.html", looking, facts)

    async def part(self, name: str, looking: Looking) -> str:
        """One part of the page alone, as it is now."""
        return await self._render(f"{name}.html", looking, await self._facts[name](looking))

    async def site(self, looking: Looking, facts: Facts) -> str:
        """A page of the panel's site."""
        return await self._render("site.html", looking, facts)

    async def _render(self, template: str, looking: Looking, facts: Facts) -> str:
        return await self._templates.get_template(template).render_async(
            looking=looking,
            cast=CAST,
            locales=LOCALES,
            clock=_clock,
            initials=initials,
            _=translator(looking.language),
            **facts,
        )

    async def _people_facts(self, looking: Looking) -> Facts:
        return {"standings": await self._panel.standings()}

    async def _telegram_facts(self, looking: Looking) -> Facts:
        return {"conversation": self._telegram.conversation(looking.who, looking.place)}

    async def _discord_facts(self, looking: Looking) -> Facts:
        commands = [command["name"] for command in self._stage.discord_bot.commands]
        return {"discord_rooms": self._discord.rooms(), "discord_commands": commands}

    async def _slack_facts(self, looking: Looking) -> Facts:
        return {"slack_rooms": self._slack.rooms()}

    async def _panel_facts(self, looking: Looking) -> Facts:
        return {"corner": await self._panel.corner()}

    async def _daemon_facts(self, looking: Looking) -> Facts:
        return {"readiness": self._stage.daemon.current, "daemon_url": self._stage.daemon.url}


def _clock(instant: datetime) -> str:
    """An instant as hours and minutes of this machine's zone."""
    return instant.astimezone().strftime("%H:%M")
