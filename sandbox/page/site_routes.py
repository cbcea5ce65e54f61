"""
The panel's site, as far as the bot's buttons lead there: the page where an account is bound, and
subscription addresses.
"""

from aiohttp import web

from sandbox.page.asking import find_person, looking, read_form
from sandbox.page.rendering import Pages
from sandbox.page.stage import Stage
from sandbox.panel.demo_panel import BindingTakenError

SITE = "/site"


class SiteRoutes:
    """The routes below `/site`."""

    def __init__(self, stage: Stage, pages: Pages) -> None:
        self._panel = stage.panel
        self._daemon = stage.daemon
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(SITE + "/sub/{token}/{format}", self._subscription),
            web.get(SITE + "{path:(/.*)?}", self._show),
            web.post(SITE + "{path:(/.*)?}", self._bind),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return await self._page(request, "")

    async def _bind(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        if form.text("way") == "code":
            code = await self._daemon.bind_code(form.number("account"))
            return await self._page(request, "" if code else "no_code", code=code)
        who = find_person(form.text("person"))
        try:
            await self._panel.bind(form.number("account"), "telegram", str(who.telegram_id))
        except BindingTakenError:
            return await self._page(request, "taken")
        return await self._page(request, "bound")

    async def _page(self, request: web.Request, outcome: str, *, code: str = "") -> web.Response:
        facts = {
            "path": request.match_info["path"] or "/",
            "accounts": await self._panel.accounts(limit=12),
            "outcome": outcome,
            "code": code,
        }
        html = await self._pages.site(looking(request), facts)
        return web.Response(text=html, content_type="text/html")

    async def _subscription(self, request: web.Request) -> web.Response:
        if not await self._panel.has_subscription(request.match_info["token"]):
            raise web.HTTPNotFound(text="No subscription has this address.\n")
        return web.Response(text=f"# {request.match_info['format']}: nodes would be listed here\n")
