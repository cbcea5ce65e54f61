"""
The local Bot API as a server: `/bot{token}/{method}` and `/file/bot{token}/{path}`.
"""

import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self, cast

from aiohttp import web

from sandbox.faults import Delay, Drop, Faults
from sandbox.loopback import LoopbackServer, meet
from sandbox.telegram.calls import Arguments, Call, CallLog, Parameter, Upload
from sandbox.telegram.context import Context, Done, Method
from sandbox.telegram.errors import ApiError, unauthorized
from sandbox.telegram.limits import FloodControl, FloodLimits
from sandbox.telegram.methods import METHODS
from sandbox.telegram.people import Bot
from sandbox.telegram.webhooks import FIRST_PAUSE, WebhookSender
from sandbox.telegram.world import TelegramWorld

MAX_BODY = 52 * 1024 * 1024  # bytes: 50 MB of file, and the form around it
LOGGED_OUT_FOR = timedelta(minutes=10)
_TOKEN = re.compile(r"[1-9]\d{0,18}:[A-Za-z0-9_-]{1,64}")
_NOT_FOUND = ApiError(404, "Not Found")
_NO_METHOD = ApiError(404, "Not Found: method not found")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Mapping[str, object]
    retry_after: int | None = None

    def response(self) -> web.Response:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        text = json.dumps(self.body)
        return web.Response(
            status=self.status, text=text, content_type="application/json", headers=headers
        )


class TelegramServer:
    """
    Serves a world while it is entered. `url` is what a bot takes for `https://api.telegram.org`.

    `limits` None: no flood limits. Faults are ordered by the name of a method. `webhook_pause`:
    seconds that the pauses between a webhook's repetitions grow from.
    """

    def __init__(
        self,
        world: TelegramWorld,
        *,
        limits: FloodLimits | None = None,
        faults: Faults | None = None,
        webhook_pause: float = FIRST_PAUSE,
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self.calls = CallLog()
        self.flood = FloodControl(limits, world.state.clock) if limits is not None else None
        self._webhooks = WebhookSender(clock=world.state.clock, first_pause=webhook_pause)
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        app.router.add_route("*", "/{rest:.*}", self._serve_nothing)
        self._server = LoopbackServer(app=app, faults=self.faults)
        self._opened = AsyncExitStack()

    @property
    def url(self) -> str:
        return self._server.url

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._webhooks)
            await opening.enter_async_context(self._server)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    def cut_connections(self) -> None:
        """Break every open connection; new ones are taken."""
        self._server.cut_connections()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        fault = self.faults.take(name)
        if fault is not None and not isinstance(fault, Delay) and fault != Drop(after=True):
            self._note_undone(name)
        return await meet(request, fault, self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        bot: Bot | None = None
        arguments = Arguments({}, {})
        name = request.match_info["method"]
        method = METHODS.get(name.lower())
        try:
            arguments = await _read(request)
            bot = self._find_bot(request.match_info["token"])
            if method is None:
                raise _NO_METHOD
            answer = _success(await method.run(self._context(bot, arguments)))
        except ApiError as error:
            answer = _Answer(error.code, error.as_json(), error.retry_after)
        self._note(method, method.name if method else name, bot, arguments, answer)
        return answer.response()

    def _context(self, bot: Bot, arguments: Arguments) -> Context:
        return Context(
            bot=bot,
            state=self.world.state,
            arguments=arguments,
            flood=self.flood,
            webhooks=self._webhooks,
        )

    def _find_bot(self, token: str) -> Bot:
        if not _TOKEN.fullmatch(token):
            raise _NOT_FOUND
        for bot in self.world.bots:
            if bot.token == token:
                self._check_logged_in(bot)
                return bot
        raise unauthorized()

    def _note_undone(self, name: str) -> None:
        """A call that met a fault before anything was done for it."""
        method = METHODS.get(name.lower())
        self.calls.add(
            Call(
                method=method.name if method else name,
                bot_id=None,
                parameters={},
                unknown_parameters=(),
                misfits=(),
                status=0,
                answer=None,
                at=self.world.state.clock(),
            )
        )

    def _check_logged_in(self, bot: Bot) -> None:
        since = bot.logged_out_at
        if since is not None and self.world.state.clock() - since < LOGGED_OUT_FOR:
            raise ApiError(400, "Logged out")

    def _note(
        self,
        method: Method | None,
        name: str,
        bot: Bot | None,
        arguments: Arguments,
        answer: _Answer,
    ) -> None:
        known: Mapping[str, Parameter] = method.parameters if method else {}
        call = Call(
            method=name,
            bot_id=bot.id if bot else None,
            parameters=dict(arguments.values),
            unknown_parameters=tuple(
                each for each in arguments.names() if each not in known and not arguments.file(each)
            ),
            misfits=tuple(
                each
                for each, value in arguments.values.items()
                if each in known and not known[each].takes(value)
            ),
            status=answer.status,
            answer=answer.body,
            at=self.world.state.clock(),
        )
        self.calls.add(call)

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        try:
            self._find_bot(request.match_info["token"])
        except ApiError as error:
            return _Answer(error.code, error.as_json()).response()
        for file in self.world.state.files.values():
            if file.path == request.match_info["path"]:
                return web.Response(body=file.content, content_type="application/octet-stream")
        return _Answer(404, _NOT_FOUND.as_json()).response()

    async def _serve_nothing(self, _: web.Request) -> web.StreamResponse:
        return _Answer(404, _NOT_FOUND.as_json()).response()


def _success(result: object) -> _Answer:
    if isinstance(result, Done):
        return _Answer(200, {"ok": True, "result": True, "description": result.description})
    return _Answer(200, {"ok": True, "result": result})


async def _read(request: web.Request) -> Arguments:
    """
    The parameters of a call, from its address and its body.

    Raises:
        ApiError: the body cannot be read.
    """
    values = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= _from_json(await request.read())
    elif request.can_read_body:
        try:
            form = await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise ApiError(413, "Request Entity Too Large") from None
        except (ValueError, LookupError):  # not a form, or in no known encoding
            raise ApiError(400, "Bad Request: can't parse the request's body") from None
        for name, value in form.items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.content_type, value.file.read())
            else:
                values[name] = str(value)
    return Arguments(values, files)


def _from_json(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        value = cast("object", json.loads(body))
    except (ValueError, RecursionError):
        raise ApiError(400, "Bad Request: can't parse JSON object") from None
    if not isinstance(value, dict):
        raise ApiError(400, "Bad Request: expected JSON object")
    fields = cast("dict[str, object]", value)
    return {name: _as_text(item) for name, item in fields.items() if item is not None}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
