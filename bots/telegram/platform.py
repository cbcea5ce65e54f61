"""
Telegram as a platform: how a token becomes a running bot.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiogram import Bot as Client
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import GetMe
from aiogram.utils.token import TokenValidationError

from bots.telegram.bot import TelegramBot
from bots.telegram.deliveries import TelegramDeliveries
from bots.telegram.errors import UNKNOWN_TO_TELEGRAM
from bots.telegram.pace import new_unpaid_pacer
from bots.telegram.sender import TelegramSender
from bots.telegram.session import LeanSession
from core.chat.desk import ChatDesk
from core.metrics import Metrics
from core.pacing import Pacer
from core.platform import Credentials, CredentialsRefusedError
from core.site_groups import SiteGroups

_CONNECTIONS = 250  # at once: a broadcast's and the answers'; Telegram refuses some 1000 calls


class TelegramConnector:
    """
    Telegram at an address.

    `api_url`: of the Bot API server, without `/bot…`. `proxy`: an http or socks5 address. `rate`:
    messages a second of the whole bot. `paid_broadcasts`: broadcasts are paid for.
    """

    def __init__(
        self,
        *,
        api_url: str,
        proxy: str | None,
        desk: ChatDesk,
        groups: SiteGroups,
        metrics: Metrics,
        pacer: Pacer,
        rate: int,
        paid_broadcasts: bool,
    ) -> None:
        self._api = TelegramAPIServer.from_base(api_url)
        self._proxy = proxy
        self._desk = desk
        self._groups = groups
        self._metrics = metrics
        self._pacer = pacer
        self._unpaid_pacer = new_unpaid_pacer(rate)
        self._paid_broadcasts = paid_broadcasts

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncGenerator[TelegramBot]:
        """See `core.platform.Connector.connect`."""
        session = LeanSession(api=self._api, proxy=self._proxy, limit=_CONNECTIONS)
        try:
            client = Client(credentials.token, session=session)
        except TokenValidationError as error:
            raise CredentialsRefusedError(UNKNOWN_TO_TELEGRAM) from error
        try:
            sender = TelegramSender(client=client, pacer=self._pacer)
            me = await sender.call(GetMe())
            yield TelegramBot(
                client=client,
                username=me.username or "",
                sender=sender,
                deliveries=TelegramDeliveries(
                    client=client,
                    session=session,
                    paid_broadcasts=self._paid_broadcasts,
                    unpaid_pacer=self._unpaid_pacer,
                ),
                desk=self._desk,
                groups=self._groups,
                metrics=self._metrics,
            )
        finally:
            await session.end()
