"""
aiogram's session, with a cheap way for what is sent most, and all network faults told alike.

A message goes as JSON instead of a form, and of Telegram's answer only the id is read: nobody
needs the rest, and to validate it costs as much as all else (`bench/sending.py`). Times are in
seconds.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from aiogram import Bot as Client
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientTimeout

from bots.network import OUTSIDE_FAULTS
from core.platform import PlatformUnreachableError

_JSON: Final[Mapping[str, str]] = {"Content-Type": "application/json"}
_OK = 200


class NewMessage(TelegramMethod[dict[str, Any]]):
    """`sendMessage` by its fields as the Bot API has them, answered without reading more."""

    __returning__ = dict[str, Any]
    __api_method__ = "sendMessage"

    fields: dict[str, Any]


class LeanSession(AiohttpSession):
    """A session of one Bot API server. `timeout`: for a new message."""

    _is_ended = False

    async def end(self) -> None:
        """Close it for good: the library's own `close` lets the next call open it again."""
        self._is_ended = True
        await self.close()

    async def post_message(self, client: Client, fields: dict[str, Any], *, timeout: float) -> int:
        """
        Send a message and return its id. `fields`: those of `sendMessage`.

        Raises:
            AiogramError: as for any other call.
            PlatformUnreachableError: the session has ended.
        """
        self._check_open()
        session = await self.create_session()
        url = self.api.api_url(token=client.token, method=NewMessage.__api_method__)
        body = json.dumps(fields).encode()
        try:
            async with session.post(
                url, data=body, headers=_JSON, timeout=ClientTimeout(total=timeout)
            ) as response:
                status, content = response.status, await response.read()
        except OUTSIDE_FAULTS as error:
            raise _network_error(NewMessage(fields=fields), error) from error
        message_id = _id_in(content) if status == _OK else None
        if message_id is None:
            self._refuse(client, fields, status, content)
        return message_id

    async def make_request(
        self, bot: Client, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Called by the library; a proxy's faults become network errors like all others."""
        self._check_open()
        try:
            return await super().make_request(bot, method, timeout)
        except OUTSIDE_FAULTS as error:
            raise _network_error(method, error) from error

    def _check_open(self) -> None:
        if self._is_ended:
            raise PlatformUnreachableError("the bot is being closed")

    def _refuse(
        self, client: Client, fields: dict[str, Any], status: int, content: bytes
    ) -> NoReturn:
        text = content.decode(errors="replace")
        self.check_response(client, NewMessage(fields=fields), status, text)
        unread = ValueError("no message in an answer that says ok")
        raise ClientDecodeError("Failed to read object", unread, text)


def _id_in(content: bytes) -> int | None:
    """The id of the message that an answer tells of, None if it tells of none."""
    try:
        message_id = json.loads(content)["result"]["message_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return message_id if isinstance(message_id, int) else None


def _network_error(method: TelegramMethod[Any], error: BaseException) -> TelegramNetworkError:
    return TelegramNetworkError(method=method, message=type(error).__name__)
