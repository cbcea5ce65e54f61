"""
What people see of the commands, through real aiogram and the local Telegram.
"""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from config_store.database import Database
from config_store.panel.tables import PanelTables
from sandbox.faults import AnswerPage
from tests.conftest import SetConfig
from tests.telegram.conftest import BOUND, GROUP, OTHER, OTHER_GROUP, UNBOUND, Chatting, Daemon

MB = 1024**2  # bytes


@pytest.fixture
def allowance(database: Database, tables: PanelTables, account_id: int):
    """
    The bytes that the account may use.
    """
    statement = select(tables.user.c.transfer_enable).where(tables.user.c.id == account_id)

    async def read() -> int:
        return (await database.run(lambda connection: connection.execute(statement))).scalar_one()

    return read


async def test_my_in_private_shows_the_subscription_itself(daemon: Daemon, chatting: Chatting):
    """
    `/my` in the private chat names the account's traffic and its subscription's address.
    """
    answer = await chatting.ask(BOUND, "/my")

    assert "https://site.example/sub/" in answer.text
    assert "3 KB" in answer.text or "1 KB" in answer.text


async def test_my_in_the_group_keeps_the_subscription_secret(daemon: Daemon, chatting: Chatting):
    """
    In the group `/my` shows traffic, never the subscription.
    """
    answer = await chatting.ask(BOUND, "/my", chat=GROUP)

    assert "/sub/" not in answer.text
    assert answer.reply_to is not None


async def test_unbound_people_get_a_way_to_bind(daemon: Daemon, chatting: Chatting):
    """
    `/start` of a person without an account leads to the site by a URL button.
    """
    answer = await chatting.ask(UNBOUND, "/start")

    assert any(
        button.kind == "url" and button.value.startswith("https://site.example")
        for button in answer.buttons
    )


async def test_two_check_ins_pay_once(daemon: Daemon, chatting: Chatting, allowance):
    """
    The first `/checkin` of a day pays, the second is told so.
    """
    before = await allowance()

    first = await chatting.ask(BOUND, "/checkin")
    second = await chatting.ask(BOUND, "/checkin")

    assert await allowance() == before + 10 * MB
    assert first.text != second.text


async def test_a_foreign_check_in_button_does_nothing(
    daemon: Daemon, chatting: Chatting, allowance
):
    """
    The check-in button below somebody's `/my` in the group pays nobody else.
    """
    before = await allowance()
    answer = await chatting.ask(BOUND, "/my", chat=GROUP)
    button = answer.buttons[0]

    query = await chatting.press(OTHER, answer, button.text)

    assert query.is_alert
    assert query.text
    assert await allowance() == before


async def test_commands_for_other_bots_are_not_ours(daemon: Daemon, chatting: Chatting):
    """
    `/ping@OtherBot` stays unanswered; `/PING@Site_Bot` is ours in any case of letters.
    """
    chatting.world.write(BOUND, GROUP, "/ping@OtherBot")

    answer = await chatting.ask(BOUND, "/PING@Site_Bot", chat=GROUP)

    assert [m for m in chatting.world.messages(GROUP) if chatting.is_from_bot(m)] == [answer]
    assert str(GROUP) in answer.text


async def test_ping_finds_the_group_while_none_is_set(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    Without a group in the settings `/ping` names any group's id, also when groups are quiet.
    """
    await site_settings("telegram_chatid", -1)
    await site_settings("telegram_group_quiet", 1)
    async with asyncio.timeout(5):
        while daemon.app.settings.current.telegram_group is not None:
            await asyncio.sleep(0.02)

    answer = await chatting.ask(BOUND, "/ping", chat=OTHER_GROUP)

    assert str(OTHER_GROUP) in answer.text


async def test_a_quiet_group_hears_nothing_and_presses_get_a_notice(
    daemon: Daemon, chatting: Chatting, site_settings: SetConfig
):
    """
    With `telegram_group_quiet` no command is answered in the group, a press by a silent notice.
    """
    shown = await chatting.ask(BOUND, "/my", chat=GROUP)
    await site_settings("telegram_group_quiet", 1)
    async with asyncio.timeout(5):
        while not daemon.app.settings.current.telegram_group_quiet:
            await asyncio.sleep(0.02)
    chatting.world.write(BOUND, GROUP, "/my")

    query = await chatting.press(BOUND, shown, shown.buttons[0].text)

    assert query.text
    await chatting.ask(BOUND, "/ping")  # whatever came before has been dealt with by now
    assert chatting.world.messages(GROUP)[-1].text == "/my"


async def test_odd_updates_disturb_nothing(
    daemon: Daemon, chatting: Chatting, log_lines: list[dict[str, object]]
):
    """
    Updates of unknown kinds, forwarded commands and odd texts are passed over without an error.
    """
    bot = chatting.bot
    for body in (
        {"telepathy": {"thought": "?"}},
        {"message": {"message_id": "no number"}},
        {"callback_query": {"id": "1", "from": {"id": BOUND, "is_bot": False, "first_name": "x"}}},
        {},
    ):
        chatting.world.push_raw_update(bot, body)
    chatting.world.write(BOUND, BOUND, "/checkin", forwarded=True)
    for text in ("/", "/ start", "/\u202eevil", "x" * 4096, "/start " + "<b>" * 20, "\u200f"):
        chatting.world.write(OTHER, OTHER, text)

    answer = await chatting.ask(BOUND, "/ping")

    assert str(BOUND) in answer.text
    assert [line for line in log_lines if line["level"] in ("error", "critical")] == []


async def test_stale_and_forged_buttons_are_answered(daemon: Daemon, chatting: Chatting):
    """
    A press of a button that this version does not know gets a word, and changes nothing.
    """
    shown = await chatting.ask(BOUND, "/my", chat=GROUP)

    for data in ("zz:1", "ci:", "ub:1", "pg:nowhere", "\x00", "ci:501:502"):
        query = chatting.world.press(OTHER, GROUP, shown.id, data=data)
        answered = await chatting.world.wait_for_answer(query)

        assert answered.text


async def test_trouble_of_telegrams_own_is_tried_again(daemon: Daemon, chatting: Chatting):
    """
    An answer that Telegram takes with a 500 and an HTML page is sent once more.
    """
    chatting.server.faults.order(AnswerPage(500), method="sendMessage", times=1)

    answer = await chatting.ask(BOUND, "/ping")

    assert str(BOUND) in answer.text


async def test_commands_are_listed_in_every_language(daemon: Daemon, chatting: Chatting):
    """
    Telegram is told the commands for private chats and groups, in each language.
    """
    async with asyncio.timeout(5):
        while sum(call.method == "setMyCommands" for call in chatting.server.calls) < 8:
            await asyncio.sleep(0.02)

    answers = [call for call in chatting.server.calls if call.method == "setMyCommands"]

    assert all(call.is_ok for call in answers)


async def test_nothing_is_answered_400_in_normal_use(daemon: Daemon, chatting: Chatting):
    """
    Whatever people ask, Telegram finds no fault with our calls, nor parameters it does not know.
    """

    async def ask(person: int) -> None:
        for command in ("/start", "/menu", "/my", "/help", "/ping", "/checkin", "/unbind", "hello"):
            await chatting.ask(person, command)

    await asyncio.gather(*(ask(person) for person in (BOUND, UNBOUND, OTHER)))

    for call in chatting.server.calls:
        assert call.is_ok, call
        assert not call.unknown_parameters, call


async def test_a_button_that_changes_nothing_asks_nothing_of_telegram(
    daemon: Daemon, chatting: Chatting
):
    """
    The page that is shown, opened once more, is not put in its own place, which Telegram refuses.
    """
    menu = await chatting.ask(BOUND, "/menu")
    page = next(button.text for button in menu.buttons if button.value == "pg:subscription")
    await chatting.press(BOUND, menu, page)
    await chatting.ask(BOUND, "/ping")  # what one person does is answered in its order
    current = next(button.text for button in menu.buttons if button.text.startswith("✓"))

    for _ in range(2):
        await chatting.press(BOUND, menu, current)
    await chatting.ask(BOUND, "/ping")

    assert all(call.is_ok for call in chatting.server.calls)
    edits = [call for call in chatting.server.calls if call.method == "editMessageText"]
    assert len(edits) == 1


async def test_unbinding_asks_once_more(
    daemon: Daemon, chatting: Chatting, database: Database, tables: PanelTables, account_id: int
):
    """
    `/unbind` asks, and the button does it: the account is nobody's then, and mail its way.
    """
    asked = await chatting.ask(BOUND, "/unbind")

    for label in [button.text for button in asked.buttons if button.value.startswith("ub:")]:
        await chatting.press(BOUND, asked, label)

    row = (
        await database.run(
            lambda connection: connection.execute(
                select(
                    tables.user.c.im_type, tables.user.c.im_value, tables.user.c.contact_method
                ).where(tables.user.c.id == account_id)
            )
        )
    ).one()
    assert tuple(row) == (0, "", 1)


async def test_an_answer_is_prompt(daemon: Daemon, chatting: Chatting):
    """
    A person does not wait for a long poll to end.
    """
    began = datetime.now(UTC)

    await chatting.ask(BOUND, "/ping")

    assert (datetime.now(UTC) - began).total_seconds() < 2
