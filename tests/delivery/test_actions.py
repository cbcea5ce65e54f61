"""
What is to be done later and is no message, and notices that are worded when they are sent.
"""

from datetime import UTC, datetime, timedelta

import pytest

from core.delivery.actions import DELETE_MESSAGE
from core.delivery.content import WordedContent
from core.delivery.model import ToUser
from core.platform import PlatformName, PlatformUnreachableError
from tests.conftest import AddAccount
from tests.delivery.conftest import House

TELEGRAM = PlatformName.TELEGRAM


async def schedule(house: House, message_id: str, *, due: datetime) -> None:
    await house.database.transact(
        lambda tx: house.queue.actions.schedule(
            tx,
            DELETE_MESSAGE,
            platform=TELEGRAM,
            target="501",
            due=due,
            arguments={"message_id": message_id},
        )
    )


async def test_an_action_is_done_when_it_is_due(house: House):
    """
    What is due later does not keep what is due now from being done, and is not done before.
    """
    now = datetime.now(UTC)
    await schedule(house, "7", due=now + timedelta(hours=1))
    await schedule(house, "8", due=now)

    async with house.running():
        await house.until(lambda: house.far_side.deleted)
        first = list(house.far_side.deleted)
        house.time.ahead = timedelta(hours=2)
        await house.until_done()

    assert first == [("501", "8")]
    assert house.far_side.deleted == [("501", "8"), ("501", "7")]


async def test_an_action_that_fails_is_tried_again(house: House):
    """
    An action is as sure as a delivery.
    """
    house.far_side.refusals.append(PlatformUnreachableError("no"))
    await schedule(house, "7", due=datetime.now(UTC))

    async with house.running():
        await house.until_done()

    assert house.far_side.deleted == [("501", "7")]
    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.attempts) == ("sent", 2)


async def test_an_action_of_a_later_version_fails_with_its_reason(house: House):
    """
    What this version does not know is not dropped without a word.
    """
    await house.database.transact(
        lambda tx: house.queue.actions.schedule(
            tx, "dance", platform=TELEGRAM, target="501", due=datetime.now(UTC), arguments={}
        )
    )

    async with house.running():
        await house.until_done()

    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert row.state == "failed"
    assert "upgrade" in row.last_error


async def test_arguments_that_would_not_fit_are_refused(house: House):
    """
    What the table would cut is refused when it is scheduled.
    """
    with pytest.raises(ValueError, match="characters"):
        await schedule(house, "7" * 2000, due=datetime.now(UTC))


@pytest.mark.parametrize(("locale", "language"), [("ja_JP", "ja_JP"), ("zh-TW", "zh_TW")])
async def test_a_worded_notice_speaks_the_readers_language(
    house: House, add_account: AddAccount, locale: str, language: str
):
    """
    The language is the account's when the notice is sent.
    """
    account = await add_account(im_type=4, im_value="501", contact_method=2, locale=locale)

    async with house.running():
        await house.notifier.accept(
            ToUser(account), WordedContent(message_id="greeting", values={"name": "Ming"})
        )
        await house.until_done()

    assert house.far_side.texts() == [f"{language} Ming"]


async def test_a_caller_that_takes_back_tells_nobody(house: House, add_account: AddAccount):
    """
    A notice that was written in a transaction is there only if that one commits.
    """
    account = await add_account(im_type=4, im_value="501", contact_method=2)

    async def fail(tx: object) -> None:
        await house.notifier.notify_user(account, "Title", "Text", tx=tx)
        raise LookupError

    with pytest.raises(LookupError):
        await house.database.transact(fail)

    assert await house.rows("SELECT 1 FROM im_notices") == []
    assert await house.rows("SELECT 1 FROM im_deliveries") == []
    assert await house.rows("SELECT 1 FROM im_lanes") == []
