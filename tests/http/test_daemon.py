"""
The API of whole daemons, with the local Telegram on the far side.
"""

from typing import Any

import aiohttp

from tests.conftest import SetConfig
from tests.databases import free_port
from tests.telegram.conftest import (
    BOUND,
    Chatting,
    StartDaemon,
    chatting,
    site_settings,
    start_daemon,
    world,
)

__all__ = ["chatting", "site_settings", "start_daemon", "world"]

CHAT = {"type": "chat", "platform": "telegram", "target": str(BOUND)}
TOKEN = "correct-horse-battery-staple"


async def test_a_standby_serves_the_whole_api(
    start_daemon: StartDaemon,
    site_settings: SetConfig,
    chatting: Chatting,
):
    """
    A notice that the standby accepts is sent by the other daemon; a test message goes at once.
    """
    chatting.world.start_bot(BOUND)
    await site_settings("enable_telegram", 1)
    standby = f"127.0.0.1:{free_port()}"

    async def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url, headers = f"http://{standby}{path}", {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
            session.request(method, url, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    async with start_daemon() as holder:
        await holder.until_bot("running", 20)
        async with start_daemon(listen=standby, api_token=TOKEN) as other:
            await other.until_bot("standby", 20)
            status, accepted = await ask(
                "POST",
                "/api/v1/notifications",
                {"audience": CHAT, "text": "from the queue"},
            )
            told = await chatting.world.wait_for(
                BOUND, lambda message: message.text == "from the queue", seconds=5
            )
            trial = await ask(
                "POST",
                "/api/v1/test-messages",
                {"platform": "telegram", "target": str(BOUND), "text": "at once"},
            )
            refused = await ask(
                "POST",
                "/api/v1/test-messages",
                {"platform": "telegram", "target": "42", "text": "to nobody"},
            )
            _, story = await ask("GET", f"/api/v1/notifications/{accepted['id']}")
            _, readiness = await ask("GET", "/readyz")

    assert status == 202
    assert told.text == "from the queue"
    assert (trial[0], trial[1]["ok"]) == (200, True)
    assert chatting.world.messages(BOUND)[-1].text == "at once"
    assert (refused[1]["ok"], refused[1]["reason"]) == (False, "target_refused")
    assert story["deliveries"]["total"] == 1
    assert readiness["queue"].keys() == {"waiting", "oldest_seconds", "failed"}
    assert readiness["roles"]["telegram"] == "standby"
