"""
What the people on Discord and Slack do: write into the channel or to the bot, press a button.
"""

from contextlib import suppress

from aiohttp import web

from sandbox.page.asking import Form, done, read_form
from sandbox.page.stage import Stage
from sandbox.panel.cast import DISCORD_PERSON, SLACK_PERSON


class ChannelRoutes:
    """The routes below `/discord` and `/slack`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._discord = stage.discord.world
        self._slack = stage.slack.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/discord/write", self._write_on_discord),
            web.post("/discord/press", self._press_on_discord),
            web.post("/slack/write", self._write_on_slack),
            web.post("/slack/press", self._press_on_slack),
        ]

    async def _write_on_discord(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        user = self._discord.users[str(DISCORD_PERSON.discord_id)]
        channel = self._stage.discord_channel
        if form.one_of("room", "channel", "direct") == "direct":
            channel = self._discord.direct_channel(self._stage.discord_bot, user)
        text = _text(form)
        name, _, argument = text.removeprefix("/").partition(" ")
        known = {command["name"] for command in self._stage.discord_bot.commands}
        if text.startswith("/") and name in known:
            options = {"argument": argument} if argument else {}
            self._discord.command(self._stage.discord_bot, user, channel, name, **options)
        else:
            self._discord.write(user, channel, text)
        return done(request)

    async def _press_on_discord(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        user = self._discord.users[str(DISCORD_PERSON.discord_id)]
        for channel in self._discord.channels.values():
            message = channel.messages.get(form.text("message"))
            if message is not None:
                with suppress(LookupError):  # the button went away meanwhile
                    self._discord.press(user, message, form.text("value"))
        return done(request)

    async def _write_on_slack(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        user = self._slack.users[str(SLACK_PERSON.slack_id)]
        channel = self._stage.slack_channel
        if form.one_of("room", "channel", "direct") == "direct":
            channel = self._slack.direct_channel(self._stage.slack_app, user)
        text = _text(form)
        if text.startswith("/"):
            command, _, argument = text.partition(" ")
            self._slack.command(self._stage.slack_app, user, channel, command, argument)
        else:
            self._slack.write(user, channel, text)
        return done(request)

    async def _press_on_slack(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        user = self._slack.users[str(SLACK_PERSON.slack_id)]
        for channel in self._slack.channels.values():
            message = channel.messages.get(form.text("message"))
            if message is not None:
                with suppress(LookupError):  # the button went away meanwhile
                    self._slack.press(user, message, form.text("value"))
        return done(request)


def _text(form: Form) -> str:
    text = form.text("text").strip()
    if not text:
        raise web.HTTPBadRequest(text="Nothing is written.\n")
    return text
