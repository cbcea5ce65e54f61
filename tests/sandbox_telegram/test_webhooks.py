import asyncio
from dataclasses import dataclass, field

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiohttp import web

from sandbox.faults import Faults
from sandbox.loopback import LoopbackServer
from sandbox.revision import Revision
from tests.sandbox_telegram.conftest import ANN, BOB, EVE


@dataclass
class Hook:
    """A webhook that notes what comes; `answers` are its next statuses, then 200."""

    url: str = ""
    got: list[tuple[dict, dict]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    revision: Revision = field(default_factory=Revision)
    hold: asyncio.Event | None = None

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((await request.json(), dict(request.headers)))
        self.revision.bump()
        if self.hold is not None:
            await self.hold.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.got) < count:
                await self.revision.beyond(self.revision.number)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update, _ in self.got]


@pytest.fixture
async def hook():
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    async with LoopbackServer(app=app, faults=Faults()) as server:
        hook.url = f"{server.url}/hook"
        yield hook


async def test_updates_are_sent_with_the_secret(place, client, hook):
    """
    Those that waited come first, and each is confirmed by 2xx.
    """
    place.world.write(ANN, ANN, "early")
    await client.set_webhook(hook.url, secret_token="s3cret")
    await hook.until(1)
    place.world.write(ANN, ANN, "late")
    await hook.until(2)

    assert hook.texts == ["early", "late"]
    assert hook.got[0][1]["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    async with asyncio.timeout(5):
        while (await client.get_webhook_info()).pending_update_count:
            pass


async def test_what_is_not_taken_is_sent_again(place, client, hook):
    """
    Until it is; the last error can be seen.
    """
    hook.answers = [500, 404]
    await client.set_webhook(hook.url)
    place.world.write(ANN, ANN, "a")
    await hook.until(3)

    info = await client.get_webhook_info()
    assert hook.texts == ["a", "a", "a"]
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"


async def test_no_more_than_the_wanted_connections_are_open(place, client, hook):
    """
    The rest waits.
    """
    hook.hold = asyncio.Event()
    await client.set_webhook(hook.url, max_connections=2)
    for person in (ANN, BOB, EVE):
        place.world.write(person, person, str(person))
    await hook.until(2)
    await client.get_me()
    assert len(hook.got) == 2

    hook.hold.set()
    await hook.until(3)
    assert sorted(hook.texts) == [str(ANN), str(BOB), str(EVE)]


async def test_a_chat_waits_for_its_own_update_only(place, client, hook):
    """
    Order is kept within a chat; another chat overtakes.
    """
    hook.answers = [500] * 4
    for person, text in ((ANN, "a1"), (ANN, "a2"), (ANN, "a3")):
        place.world.write(person, person, text)
    await client.set_webhook(hook.url)
    await hook.until(2)
    place.world.write(BOB, BOB, "b")
    await hook.until(8)

    from_ann = list(dict.fromkeys(text for text in hook.texts if text != "b"))
    assert from_ann == ["a1", "a2", "a3"]
    assert hook.texts.index("b") < hook.texts.index("a2")


async def test_a_webhook_that_is_deleted_gets_nothing_more(place, client, hook):
    """
    What waits can be polled, or dropped.
    """
    await client.set_webhook(hook.url)
    assert await client.delete_webhook()
    place.world.write(ANN, ANN, "a")

    assert [update.message.text for update in await client.get_updates()] == ["a"]
    await client.delete_webhook(drop_pending_updates=True)
    assert await client.get_updates() == []
    assert hook.got == []


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        (
            "http://example.com/",
            None,
            "bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            "https://example.com:8080/",
            None,
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("nonsense", None, "invalid webhook URL specified"),
        ("https://example.com/", "a b", "secret token contains unallowed characters"),
    ],
)
async def test_webhook_addresses_and_secrets_are_checked(client, url, secret, said):
    """
    HTTPS on its ports, except on this machine.
    """
    with pytest.raises(TelegramBadRequest, match=said):
        await client.set_webhook(url, secret_token=secret)


async def test_the_state_of_a_webhook_can_be_seen(client, call):
    """
    And setting the same again says so.
    """
    await client.set_webhook("http://127.0.0.1:9/x", allowed_updates=["message"])
    info = await client.get_webhook_info()

    assert (info.url, info.max_connections, info.allowed_updates) == (
        "http://127.0.0.1:9/x",
        40,
        ["message"],
    )
    assert (await call("setWebhook", url="http://127.0.0.1:9/x"))["description"] == (
        "Webhook is already set"
    )
