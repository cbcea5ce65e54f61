"""Slack as a platform: how tokens become a running bot."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bots.network import DEFAULT_PATIENCE, Patience, connector
from bots.slack.bot import SlackBot
from bots.slack.calls import Answer, SlackCalls
from bots.slack.socket_mode import SocketMode
from core.platform import Credentials, CredentialsRefusedError

log = structlog.get_logger(__name__)


class SlackConnector:
    """
    Slack at an address.

    `api_url`: of the Web API. `proxy`: an http or socks5 address.
    """

    def __init__(
        self, *, api_url: str, proxy: str | None, patience: Patience = DEFAULT_PATIENCE
    ) -> None:
        self._api_url = api_url
        self._proxy = proxy
        self._patience = patience
        # What the library has to say of Slack's failures is told by our errors, once.
        self._library_log = logging.getLogger("slack_bolt.quiet")
        self._library_log.setLevel(logging.CRITICAL)

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncGenerator[SlackBot]:
        """See `core.platform.Connector.connect`."""
        _check_form(credentials)
        async with AsyncExitStack() as opened:
            http = await opened.enter_async_context(self._http())
            client = self._client(credentials.token, http)
            calls = SlackCalls(client=client, app_token=credentials.app_token)
            identity = await calls.check_token()
            socket_mode = None
            if credentials.app_token:
                socket_mode = SocketMode(
                    app=self._app(client, identity),
                    app_token=credentials.app_token,
                    calls=calls,
                    http=http,
                    patience=self._patience,
                )
                opened.push_async_callback(socket_mode.end)
            yield SlackBot(calls=calls, socket_mode=socket_mode, patience=self._patience)

    def _http(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector(self._proxy),
            timeout=aiohttp.ClientTimeout(total=self._patience.call),
        )

    def _client(self, token: str, http: aiohttp.ClientSession) -> AsyncWebClient:
        client = AsyncWebClient(
            token=token,
            base_url=self._api_url,
            session=http,
            retry_handlers=[],
            logger=self._library_log,
        )
        client.proxy = None  # the library would take one from the environment
        return client

    def _app(self, client: AsyncWebClient, identity: Answer) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=identity.get("enterprise_id"),
                team_id=identity.get("team_id"),
                bot_id=identity.get("bot_id"),
                bot_user_id=identity.get("user_id"),
                bot_token=client.token,
            )

        async def note_crash(error: Exception) -> None:
            log.error("listener crashed", platform="slack", exc_info=error)

        app = AsyncApp(
            client=client, authorize=authorize, signing_secret="", logger=self._library_log
        )
        app.error(note_crash)
        return app


def _check_form(credentials: Credentials) -> None:
    """
    Refuse what can be no token before it is put into a header.

    Raises:
        CredentialsRefusedError: one of the two cannot be a token.
    """
    for setting, token in (
        ("slack_token", credentials.token),
        ("slack_app_token", credentials.app_token),
    ):
        if not (token.isascii() and (token.isprintable())):
            raise CredentialsRefusedError(
                f"{setting}: this is no token: copy it anew from the app's settings"
            )
