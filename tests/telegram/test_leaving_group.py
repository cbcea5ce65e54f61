"""
Unbinding that removes from the group, and the group's page, through the whole daemon and the local
Telegram.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from config_store.database import Database
from sandbox.faults import Drop
from sandbox.telegram import Status
from tests.conftest import LogLines, SetConfig
from tests.telegram.conftest import (
    BOUND,
    GROUP,
    OTHER,
    UNBOUND,
    Chatting,
    Daemon,
    StartDaemon,
)

Removal = Callable[[], Awaitable[Any]]


@pytest.fixture
async def removing_site(chatting: Chatting, site_settings: SetConfig) -> None:
    """
    A site whose group is left with the binding, and whose bot may do what that takes.
    """
    chatting.world.add_group(GROUP, "Group", owner_id=OTHER, member_ids=[BOUND, UNBOUND])
    chatting.world.add_bot_to_group(OTHER, GROUP)
    chatting.world.promote_bot(OTHER, GROUP)
    await site_settings("telegram_unbind_kick_member", 1)


@pytest.fixture
def place(chatting: Chatting) -> Callable[[], Status]:
    """
    The place of `BOUND` in the group.
    """
    world = chatting.world
    return lambda: world.state.place_of(world.chat(GROUP), world.person(BOUND)).status


@pytest.fixture
def removal(database: Database) -> Removal:
    """
    The removal in the queue, once it is done or given up.
    """
    statement = text("SELECT * FROM im_deliveries WHERE action = 'remove_member'")

    async def read() -> Any:
        async with asyncio.timeout(10):
            while True:
                rows = list(await database.run(lambda connection: connection.execute(statement)))
                if rows and rows[0].state not in {"queued", "waiting", "sending"}:
                    return rows[0]
                await asyncio.sleep(0.05)

    return read


async def unbind(chatting: Chatting) -> str:
    asked = await chatting.ask(BOUND, "/unbind")
    (label,) = [button.text for button in asked.buttons if button.value.startswith("ub:")]
    await chatting.press(BOUND, asked, label)
    return asked.text


async def test_unbinding_really_removes_the_member(
    removing_site: None, daemon: Daemon, chatting: Chatting, place: Any, removal: Removal
):
    """
    With the switch on the member is out of the group, not banned, and can come back.
    """
    asked = await unbind(chatting)

    assert (await removal()).state == "sent"
    assert "群组" in asked
    assert place() is Status.LEFT
    chatting.world.join(BOUND, GROUP)


async def test_who_is_bound_again_by_then_stays(
    removing_site: None,
    start_daemon: StartDaemon,
    account_id: int,
    chatting: Chatting,
    *,
    place: Any,
    removal: Removal,
    database: Database,
):
    """
    The removal asks before it removes.
    """
    async with start_daemon() as daemon:
        await daemon.until_bot("running", seconds=20.0)
        chatting.server.faults.order(Drop(), method="getChatMember", times=1)
        await unbind(chatting)
        async with asyncio.timeout(5):
            while not any(call.method == "getChatMember" for call in chatting.server.calls):
                await asyncio.sleep(0.02)
        again = "UPDATE user SET im_type = 4, im_value = :person WHERE id = :account"
        values = {"person": str(BOUND), "account": account_id}
        await database.run(lambda connection: connection.execute(text(again), values))

        assert (await removal()).state == "sent"

    assert place() is Status.MEMBER


async def test_a_bot_without_the_right_says_what_to_do(
    removing_site: None,
    daemon: Daemon,
    chatting: Chatting,
    place: Any,
    *,
    removal: Removal,
    log_lines: LogLines,
):
    """
    In the log and in the queue, where the removal can be tried again by hand.
    """
    chatting.world.promote_bot(OTHER, GROUP, rights=["can_manage_chat"])

    await unbind(chatting)

    row = await removal()
    assert row.state == "failed"
    assert "Ban users" in row.last_error
    (line,) = [line for line in log_lines if line["event"] == "member not removed"]
    assert (line["level"], line["user"]) == ("warning", str(BOUND))
    assert place() is Status.MEMBER


async def test_a_removed_person_comes_back_by_the_menu(
    removing_site: None, daemon: Daemon, chatting: Chatting, place: Any
):
    """
    Banned by hand and bound: the ban is lifted, the invitation works, nobody else need help.
    """
    chatting.world.remove_member(OTHER, GROUP, BOUND, ban=True)
    menu = await chatting.ask(BOUND, "/menu")
    await chatting.press(BOUND, menu, "👥")
    await chatting.world.wait_until(lambda: any("🔓" in b.text for b in menu.buttons))
    lifted = await chatting.press(BOUND, menu, "🔓")
    await chatting.press(BOUND, menu, "🎟")
    url = await chatting.world.wait_until(
        lambda: next((b.value for b in menu.buttons if b.value.startswith("https://t.me/+")), None)
    )

    chatting.world.open_link(BOUND, url)

    assert lifted.is_alert
    assert place() is Status.MEMBER
    assert [call for call in chatting.server.calls if not call.is_ok] == []


async def test_a_subscription_link_in_the_group_is_gone(
    removing_site: None,
    daemon: Daemon,
    chatting: Chatting,
    site_settings: SetConfig,
    *,
    account_id: int,
    database: Database,
):
    """
    Also in a quiet group and below a picture; the bound are told in private, others there.
    """
    world = chatting.world
    await database.run(
        lambda connection: connection.execute(
            text("UPDATE user SET contact_method = 2 WHERE id = :id"), {"id": account_id}
        )
    )
    world.start_bot(BOUND)
    url = "https://site.example/sub/0123456789abcdef/clash"

    by_stranger = world.write(UNBOUND, GROUP, f"try {url} please")
    told = await chatting.next_answer(GROUP, after=by_stranger.id)
    assert by_stranger.is_deleted
    assert "Ann" in told.text
    await site_settings("telegram_group_quiet", 1)
    async with asyncio.timeout(5):
        while not daemon.app.settings.current.telegram_group_quiet:
            await asyncio.sleep(0.02)
    pasted = world.send_file(BOUND, GROUP, "photo", caption=url.removeprefix("https://"))
    passed_on = world.write(BOUND, GROUP, url, forwarded=True)
    ordinary = world.write(BOUND, GROUP, "see https://site.example/user/subscribe")

    alone = await world.wait_for(BOUND, lambda message: "订阅链接发到了群里" in message.text)
    await world.wait_until(lambda: pasted.is_deleted and passed_on.is_deleted)
    assert alone.buttons
    assert not ordinary.is_deleted
    assert [m for m in world.messages(GROUP) if chatting.is_from_bot(m) and not m.service] == [told]
