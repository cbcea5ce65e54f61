"""
The panel corner's actions: settings, nodes, announcements, accounts, and faults of Telegram.
"""

import asyncio

from aiohttp import web

from sandbox.faults import AnswerPage, Hang, Order
from sandbox.page.asking import done, read_form, words_of
from sandbox.page.panel_view import LOCALES
from sandbox.page.stage import Stage
from sandbox.panel.demo_panel import BindingTakenError

FAULT_SECONDS = 10.0


class PanelRoutes:
    """The routes below `/panel`."""

    def __init__(self, stage: Stage) -> None:
        self._panel = stage.panel
        self._faults = stage.telegram.faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/panel/setting", self._set),
            web.post("/panel/node", self._node),
            web.post("/panel/announcement", self._announce),
            web.post("/panel/account", self._account),
            web.post("/panel/bind", self._bind),
            web.post("/panel/fault", self._fault),
        ]

    async def _set(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        item = form.text("item").strip()
        if not item:
            raise web.HTTPBadRequest(text="Which setting?\n")
        await self._panel.set_setting(item, form.text("value").strip())
        return done(request)

    async def _node(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        if form.one_of("change", "silence", "revive") == "silence":
            await self._panel.silence_node(form.number("node"))
        else:
            await self._panel.revive_node(form.number("node"))
        return done(request)

    async def _announce(self, request: web.Request) -> web.Response:
        form, _ = await read_form(request), words_of(request)
        html = form.text("content").strip()
        if not html:
            return done(request, _("Write something first."), is_error=True)
        await self._panel.add_announcement(html)
        return done(request, _("Published."))

    async def _account(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        account_id = form.number("account")
        match form.one_of("change", "unbind", "ban", "unban", "locale"):
            case "unbind":
                await self._panel.unbind(account_id)
            case "ban":
                await self._panel.ban(account_id, "Banned from the sandbox's page")
            case "unban":
                await self._panel.unban(account_id)
            case _:
                await self._panel.set_locale(account_id, form.one_of("locale", *LOCALES))
        return done(request)

    async def _bind(self, request: web.Request) -> web.Response:
        form, _ = await read_form(request), words_of(request)
        try:
            await self._panel.bind(form.number("account"), "telegram", str(form.who.telegram_id))
        except BindingTakenError:
            return done(
                request, _("This person is bound to another account already."), is_error=True
            )
        return done(request, _("Bound."))

    async def _fault(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        if form.one_of("kind", "hang", "error") == "hang":
            order = self._faults.order(Hang(FAULT_SECONDS), times=None)
        else:
            order = self._faults.order(AnswerPage(500), times=None)
        asyncio.get_running_loop().call_later(FAULT_SECONDS, self._lift, order)
        self._panel.touch()
        return done(request)

    def _lift(self, order: Order) -> None:
        self._faults.lift(order)
        self._panel.touch()
