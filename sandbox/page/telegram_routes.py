"""
What a newcomer does on the local Telegram: write, send files, press buttons, follow links, start,
join and leave, block.
"""

from contextlib import suppress

from aiohttp import web

from sandbox.page.asking import done, looking, read_form
from sandbox.page.stage import Stage
from sandbox.page.telegram_view import TelegramView
from sandbox.telegram.world import ImpossibleError

_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_PATIENCE = 30.0  # seconds for which a client shows that a press waits for its answer


class TelegramRoutes:
    """The routes below `/telegram`."""

    def __init__(self, stage: Stage) -> None:
        self._world = stage.telegram.world
        self._bot = stage.telegram_bot
        self._view = TelegramView(stage)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/telegram/write", self._write),
            web.post("/telegram/send", self._send),
            web.post("/telegram/open", self._open),
            web.post("/telegram/press", self._press),
            web.post("/telegram/start", self._start),
            web.post("/telegram/move", self._move),
            web.get("/telegram/photo/{place}/{message}", self._photo),
        ]

    async def _write(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        chat = self._view.chat(form.who, form.place)
        chat_id = self._bot.id if chat.is_private else chat.id
        try:
            self._world.write(form.who.telegram_id, chat_id, form.text("text").strip())
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        return done(request)

    async def _send(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        chat = self._view.chat(form.who, form.place)
        chat_id = self._bot.id if chat.is_private else chat.id
        kind = form.one_of("kind", "photo", "sticker", "voice", "document")
        try:
            self._world.send_file(form.who.telegram_id, chat_id, kind)
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        return done(request)

    async def _open(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        try:
            chat = self._world.open_link(form.who.telegram_id, form.text("link").strip())
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        place = "private" if chat.is_private else "group"
        return done(request, url=f"/?person={form.who.key}&place={place}&tab=telegram")

    async def _press(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        who, chat = form.who, self._view.chat(form.who, form.place)
        message_id, (row, column) = form.number("message"), form.pair("key")
        if message_id not in chat.messages:
            raise web.HTTPBadRequest(text="There is no such message.\n")
        try:
            query = self._world.press(
                who.telegram_id,
                self._bot.id if chat.is_private else chat.id,
                message_id,
                row=row,
                column=column,
            )
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        with suppress(TimeoutError):
            await self._world.wait_for_answer(query, seconds=_PATIENCE)
        return done(request, query.text, is_alert=query.is_alert, url=query.url)

    async def _start(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        try:
            self._world.start_bot(
                form.who.telegram_id, bot_id=self._bot.id, payload=form.text("payload")
            )
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        return done(request, url=f"/?person={form.who.key}&place=private&tab=telegram")

    async def _move(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        person_id, group = form.who.telegram_id, self._view.chat(form.who, "group")
        try:
            match form.one_of("move", "join", "leave", "block", "unblock"):
                case "join":
                    self._world.join(person_id, group.id)
                case "leave":
                    self._world.leave(person_id, group.id)
                case "block":
                    self._world.block_bot(person_id, bot_id=self._bot.id)
                case _:
                    self._world.unblock_bot(person_id, bot_id=self._bot.id)
        except ImpossibleError as error:
            return done(request, str(error), is_error=True)
        return done(request)

    async def _photo(self, request: web.Request) -> web.Response:
        place = "private" if request.match_info["place"] == "private" else "group"
        chat = self._view.chat(looking(request).who, place)
        number = request.match_info["message"]
        message = chat.messages.get(int(number)) if number.isdecimal() else None
        if message is None or message.media is None or message.media.kind != "photo":
            raise web.HTTPNotFound
        file = message.media.file
        kind = file.mime_type if file.mime_type in _PICTURES else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind)
