"""
In which language a notice is told: that of its reader at the moment of sending.
"""

from typing import Any

import pytest
from sqlalchemy import event, insert

from config_store.own.tables import OwnTables
from core.delivery.content import WordedContent
from core.delivery.model import ToChat, ToEveryone, ToUser
from core.platform import PlatformName
from tests.conftest import AddAccount
from tests.delivery.conftest import House

GREETING = WordedContent(message_id="greeting", values={"name": "Mei"})
BOUND = {"im_type": 4, "im_value": "501", "contact_method": 2}


@pytest.fixture
def choose(house: House, own_tables: OwnTables) -> Any:
    """
    Keeps the language that a user of a platform has chosen.
    """

    async def keep(user: str, language: str, platform: str = "telegram") -> None:
        row = {"platform": platform, "platform_user": user, "language": language}
        await house.database.run(lambda it: it.execute(insert(own_tables.people).values(row)))

    return keep


async def test_the_readers_choice_comes_before_the_accounts_language(
    house: House, add_account: AddAccount, choose: Any
):
    """
    And is read when the notice is sent, not when it was accepted.
    """
    account = await add_account(**BOUND, locale="en_US")
    await house.notifier.accept(ToUser(account), GREETING)
    await choose("501", "ja_JP")

    async with house.running():
        await house.until_done()

    assert house.far_side.texts("501") == ["ja_JP Mei"]


async def test_without_a_choice_the_account_tells_the_language(
    house: House, add_account: AddAccount, choose: Any
):
    """
    The same id on another platform is somebody else.
    """
    account = await add_account(**BOUND, locale="en_US")
    await choose("501", "ja_JP", platform="discord")

    async with house.running():
        await house.notifier.accept(ToUser(account), GREETING)
        await house.until_done()

    assert house.far_side.texts("501") == ["en_US Mei"]


async def test_who_is_not_bound_is_told_in_the_language_he_chose(house: House, choose: Any):
    """
    A chat without an account; a group stays with the site's language.
    """
    await choose("501", "zh_TW")

    async with house.running():
        for target in ("501", "-100"):
            await house.notifier.accept(ToChat(PlatformName.TELEGRAM, target), GREETING)
        await house.until_done()

    assert house.far_side.texts("501") == ["zh_TW Mei"]
    assert house.far_side.texts("-100") == ["zh_CN Mei"]


async def test_one_notice_to_many_is_told_each_in_his_own(
    house: House, add_account: AddAccount, choose: Any
):
    """
    What was said to one is not repeated to the next.
    """
    languages = {"501": "ja_JP", "502": "zh_TW", "503": None, "504": "ja_JP"}
    for user, language in languages.items():
        await add_account(**{**BOUND, "im_value": user}, locale="en_US")
        if language is not None:
            await choose(user, language)

    async with house.running():
        await house.notifier.accept(ToEveryone(), GREETING)
        await house.until_done()

    for user, language in languages.items():
        assert house.far_side.texts(user) == [f"{language or 'en_US'} Mei"]


async def test_the_choices_cost_no_statement_of_their_own(
    house: House, add_account: AddAccount, choose: Any
):
    """
    They are read with what was claimed, once for a batch.
    """
    for number in range(20):
        await add_account(**{**BOUND, "im_value": str(501 + number)})
    reads: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "im_people" in statement:
            reads.append(statement)

    engine = house.database._statements.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with house.running():
        await house.notifier.accept(ToEveryone(), GREETING)
        await house.until_done()
    event.remove(engine, "before_cursor_execute", note)

    assert len(house.far_side.received) == 20
    assert len(reads) < 10
