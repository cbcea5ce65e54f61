"""
`/bind-codes`: codes with which an account is bound in chat, for a button on the site.
"""

from collections.abc import Callable
from typing import Annotated

from aiohttp import web
from pydantic import Field

from config_store.live_settings import SiteSettings
from config_store.panel.accounts import AccountGoneError
from core.accounts.binding.bind_codes import BindCodes
from core.delivery.offers import Offered
from core.delivery.showing import instant_as_text
from core.http.errors import bad_input, database_in_time
from core.http.reading import read_body

_NO_NAME = "_bot"  # what a new install of the panel has
_HIGHEST_ID = 2**63 - 1


class OfferedBindCode(Offered):
    """Whose code is asked for. `user_id`: the account's id in the panel."""

    user_id: Annotated[int, Field(ge=1, le=_HIGHEST_ID)]


def telegram_chat_url(settings: SiteSettings | None) -> str | None:
    """What opens the chat with the bot by its name in the panel, None if it has none there."""
    name = "" if settings is None else settings.telegram_bot
    return None if name in ("", _NO_NAME) else f"https://t.me/{name}"


class BindCodeRoutes:
    """Makes codes. `chat_url`: what opens the chat with the Telegram bot, None while unknown."""

    def __init__(self, *, codes: BindCodes, chat_url: Callable[[], str | None]) -> None:
        self._codes = codes
        self._chat_url = chat_url

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/bind-codes", self._make)

    async def _make(self, request: web.Request) -> web.Response:
        offered = await read_body(request, OfferedBindCode)
        try:
            async with database_in_time("ask for another code later"):
                made = await self._codes.make(offered.user_id)
        except AccountGoneError as error:
            raise bad_input("user_id", f"{error}: check the id") from error
        answer = {
            "code": made.code,
            "url": self._url(made.code),
            "expires_at": instant_as_text(made.expires_at),
        }
        return web.json_response(answer, status=201, headers={"Cache-Control": "no-store"})

    def _url(self, code: str) -> str | None:
        chat_url = self._chat_url()
        return f"{chat_url}?start={code}" if chat_url else None
