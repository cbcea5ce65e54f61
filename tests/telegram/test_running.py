"""
The bot beside the settings, the platform and the database as they come and go.
"""

import asyncio

import pytest

from sandbox.faults import AnswerPage
from tests.conftest import SetConfig
from tests.databases import PrivateMariaDB
from tests.telegram.conftest import (
    BOUND,
    GROUP,
    OTHER_GROUP,
    TOKEN,
    UNBOUND,
    Chatting,
    Daemon,
    StartDaemon,
)

OTHER_TOKEN = "123456789:AAF-local-token-of-the-site-bot-00002"


async def test_a_changed_token_restarts_that_bot(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    A new token in the panel is in force within two seconds, and nothing else is disturbed.
    """
    chatting.world.change_token(chatting.bot, OTHER_TOKEN)

    await site_settings("telegram_token", OTHER_TOKEN)

    answer = await chatting.ask(BOUND, "/ping")
    assert str(BOUND) in answer.text
    await daemon.until_bot("running", 2.0)


async def test_switching_off_and_on_needs_no_restart(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    `enable_telegram` 0 stops the bot; 1 starts it, and what was written meanwhile is answered.
    """
    await site_settings("enable_telegram", 0)
    await daemon.until_bot("disabled", 2.0)
    written = chatting.world.write(BOUND, BOUND, "/ping")

    await site_settings("enable_telegram", 1)

    await daemon.until_bot("running", 3.0)
    assert await chatting.next_answer(BOUND, after=written.id)


async def test_a_wrong_token_is_told_once_and_mended(
    start_daemon: StartDaemon,
    site_settings: SetConfig,
    account_id: int,
    chatting: Chatting,
    log_lines: list[dict[str, object]],
):
    """
    A refused token shows in `/readyz` and as one warning, and the right one starts the bot at once.
    """
    await site_settings("telegram_token", OTHER_TOKEN)
    async with start_daemon() as daemon:
        await daemon.until_bot("failing")
        assert daemon.readiness()["status"] == "degraded"
        assert OTHER_TOKEN not in str(daemon.readiness())

        await site_settings("telegram_token", TOKEN)

        await daemon.until_bot("running", 3.0)
    told = [line for line in log_lines if line.get("state") == "failing"]
    assert [line["level"] for line in told] == ["warning"]


async def test_a_platform_that_is_away_is_waited_for(
    start_daemon: StartDaemon, site_settings: SetConfig, account_id: int, chatting: Chatting
):
    """
    While Telegram refuses connections the bot is failing; it runs again by itself.
    """
    chatting.server.faults.set_down(down=True)
    async with start_daemon() as daemon:
        await daemon.until_bot("failing")

        chatting.server.faults.set_down(down=False)

        await daemon.until_bot("running", 10.0)
        assert await chatting.ask(BOUND, "/ping")


async def test_a_restart_answers_nothing_twice(
    start_daemon: StartDaemon, site_settings: SetConfig, account_id: int, chatting: Chatting
):
    """
    What was answered before an orderly stop is not answered again after it.
    """
    async with start_daemon() as daemon:
        await daemon.until_bot("running")
        await chatting.ask(BOUND, "/ping")

    async with start_daemon() as daemon:
        await daemon.until_bot("running")
        await chatting.ask(BOUND, "/help")

    answers = [m for m in chatting.world.messages(BOUND) if chatting.is_from_bot(m)]
    assert len(answers) == 2


async def test_the_bot_leaves_groups_it_is_newly_added_to(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    With a group of the site set, the bot leaves another it is added to, unless that is allowed.
    """
    new = -1007777777777
    chatting.world.add_group(new, "Elsewhere", owner_id=BOUND)

    chatting.world.add_bot_to_group(BOUND, new)

    await chatting.world.wait_until(lambda: not chatting.world.chat(new).has(chatting.bot.id))
    for known in (GROUP, OTHER_GROUP):
        assert chatting.world.chat(known).has(chatting.bot.id)


async def test_an_allowed_group_is_not_left(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    `group_id_allowed_to_join` names groups the bot may stay in.
    """
    new = -1007777777778
    await site_settings("group_id_allowed_to_join", f"[{new}]")
    async with asyncio.timeout(5):
        while not daemon.app.settings.current.group_id_allowed_to_join:
            await asyncio.sleep(0.02)
    chatting.world.add_group(new, "Friends", owner_id=BOUND)

    chatting.world.add_bot_to_group(BOUND, new)

    await chatting.ask(BOUND, "/ping")  # the update before this one has been dealt with
    assert chatting.world.chat(new).has(chatting.bot.id)


@pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
async def test_a_database_that_is_away_is_told_politely(
    daemon: Daemon, chatting: Chatting, mariadb: PrivateMariaDB
):
    """
    While the database is stopped people are told so within three seconds; then all works again.
    """
    mariadb.stop()
    try:
        apology = await chatting.ask(BOUND, "/my")
        await daemon.until(lambda now: now["database"]["state"] == "down")
        assert daemon.readiness()["status"] == "degraded"
    finally:
        mariadb.ensure_running()

    assert "/sub/" not in apology.text
    await daemon.until(lambda now: now["status"] == "ready")
    assert "/sub/" in (await chatting.ask(BOUND, "/my")).text


async def test_an_answer_to_a_polling_fault_is_patience(daemon: Daemon, chatting: Chatting):
    """
    HTML pages instead of updates do not end the bot.
    """
    chatting.server.faults.order(AnswerPage(502), method="getUpdates", times=2)

    answer = await chatting.ask(UNBOUND, "/ping")

    assert str(UNBOUND) in answer.text
