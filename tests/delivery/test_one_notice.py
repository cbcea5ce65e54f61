"""
One notice from being accepted to being delivered, failing, or finding another way.
"""

from core.delivery.content import LiteralContent
from core.delivery.model import ToChat
from core.platform import (
    PlatformName,
    PlatformUnreachableError,
    TargetError,
    TargetMovedError,
)
from tests.conftest import AddAccount
from tests.delivery.conftest import House

BOUND = {"im_type": 4, "im_value": "501", "contact_method": 2}


async def test_a_bound_account_is_told_in_chat(house: House, add_account: AddAccount):
    """
    What is accepted for an account arrives at its chat, once, and its row says so.
    """
    account = await add_account(**BOUND)

    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until_done()

    assert house.far_side.texts("501") == ["Title\nText"]
    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.attempts, row.message_ids) == ("sent", 1, '["1"]')


async def test_an_idle_queue_hands_over_within_a_second(house: House, add_account: AddAccount):
    """
    A notice that another process accepted is sent within a second.
    """
    account = await add_account(**BOUND)
    async with house.running():
        await house.database.transact(
            lambda tx: house.notifier.notify_user(account, "Title", "Text", tx=tx)
        )
        await house.until(lambda: house.far_side.received, seconds=1.0)


async def test_a_transient_failure_is_tried_again(house: House, add_account: AddAccount):
    """
    The first retry comes after one to five seconds.
    """
    account = await add_account(**BOUND)
    house.far_side.answers["501"].append(PlatformUnreachableError("no", may_have_arrived=True))

    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until_done()

    assert house.far_side.texts() == ["Title\nText"]
    (row,) = await house.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.attempts, bool(row.may_be_double)) == ("sent", 2, True)


async def test_a_person_out_of_reach_gets_mail(house: House, add_account: AddAccount):
    """
    Who blocked the bot is reached by the panel's mail.
    """
    account = await add_account(**BOUND, email="ming@example.com")
    house.far_side.answers["501"].append(TargetError("blocked"))

    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE way = 1"))

    first, second = await house.rows("SELECT * FROM im_deliveries ORDER BY way")
    assert (first.state, first.last_error) == ("failed", "blocked")
    assert (second.platform, second.target, second.state) == (
        "email",
        "ming@example.com",
        "waiting",
    )


async def test_order_is_kept_while_the_first_is_tried_again(house: House, add_account: AddAccount):
    """
    One recipient gets what was accepted first, first.
    """
    account = await add_account(**BOUND)
    house.far_side.answers["501"].append(PlatformUnreachableError("no"))

    async with house.running():
        for number in range(4):
            await house.notifier.notify_user(account, "", str(number))
        await house.until_done()

    assert house.far_side.texts() == ["0", "1", "2", "3"]


async def test_group_notices_of_a_moment_are_one_message(house: House):
    """
    Fifty nodes that go down at once are one message in the group.
    """
    async with house.running():
        for number in range(50):
            await house.notifier.notify_group(f"node {number} is down")
        await house.until_done()

    (said,) = house.far_side.texts("-100")
    assert said.split("\n") == [f"node {number} is down" for number in range(50)]


async def test_everyone_is_told_once(house: House, add_account: AddAccount):
    """
    All that are bound are told, the administrator as well.
    """
    for number in range(30):
        await add_account(im_type=4, im_value=str(number + 1), contact_method=2)

    async with house.running():
        await house.notifier.notify_everyone("Title", "Text")
        await house.until_done()

    assert sorted(int(each.target) for each in house.far_side.received) == list(range(1, 31))


async def test_administrators_are_told(house: House, add_account: AddAccount):
    """
    Administrators that are not banned are told.
    """
    await add_account(im_type=4, im_value="1", contact_method=2, is_admin=1)
    await add_account(im_type=4, im_value="2", contact_method=2, is_admin=1, is_banned=1)
    await add_account(im_type=4, im_value="3", contact_method=2)

    async with house.running():
        await house.notifier.notify_admins("Title", "Text")
        await house.until_done()

    assert [each.target for each in house.far_side.received] == ["1"]


async def test_a_moved_group_is_followed(house: House):
    """
    A group that has become a supergroup gets what waits for it under its new id.
    """
    house.far_side.answers["-100"].append(TargetMovedError("moved", target="-1001"))

    async with house.running():
        await house.notifier.accept(
            ToChat(PlatformName.TELEGRAM, "-100:7"), LiteralContent(text="one")
        )
        house.far_side.answers["-100:7"].append(TargetMovedError("moved", target="-1001"))
        await house.until_done()

    assert [each.target for each in house.far_side.received] == ["-1001:7"]
