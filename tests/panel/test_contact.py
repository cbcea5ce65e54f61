"""
How an account is told things: read and changed by itself alone, and for the binding that was shown.
"""

import pytest
from sqlalchemy import select, update

from config_store.panel.accounts import AccountGoneError
from config_store.panel.contact import Contact, ContactTable

pytestmark = pytest.mark.real_schema


@pytest.fixture
def contacts(tables):
    return ContactTable(tables)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"contact_method": 1}, (True, None)),
        ({"contact_method": 2, "im_type": 4, "im_value": "7"}, (False, "telegram")),
        ({"contact_method": 1, "im_type": 2, "im_value": "7"}, (True, "discord")),
        ({"contact_method": 2, "im_type": 1, "im_value": ""}, (False, None)),
        ({"contact_method": 2, "im_type": 3, "im_value": "x"}, (False, None)),
    ],
)
async def test_it_is_read_as_the_panel_keeps_it(database, contacts, add_account, columns, expected):
    """
    A binding without a user, or to a platform that nobody knows, is none.
    """
    account_id = await add_account(**columns)

    contact = await database.run(lambda it: contacts.get(it, account_id))

    assert contact == Contact(by_email=expected[0], platform=expected[1])


async def test_a_deleted_account_is_gone(database, contacts):
    """
    There is nothing to be told of it.
    """
    with pytest.raises(AccountGoneError):
        await database.run(lambda it: contacts.get(it, 404))


async def test_a_choice_changes_nothing_else(database, tables, contacts, add_account):
    """
    Neither another column nor another account.
    """
    bound = {"contact_method": 2, "im_type": 4}
    mine = await add_account(im_value="7", **bound)
    other = await add_account(im_value="8", **bound)
    rows = select(tables.user).order_by(tables.user.c.id)
    before = (await database.run(lambda it: it.execute(rows))).all()

    is_chosen = await database.run(
        lambda it: contacts.choose(it, mine, by_email=True, platform="telegram")
    )

    after = (await database.run(lambda it: it.execute(rows))).all()
    assert is_chosen
    assert [row._asdict() for row in after] == [
        row._asdict() | ({"contact_method": 1} if row.id == mine else {}) for row in before
    ]
    assert other


@pytest.mark.parametrize("by_email", [True, False])
async def test_what_is_so_already_is_not_chosen_again(database, contacts, add_account, by_email):
    """
    The second of two presses of one button changes nothing, and is told so.
    """
    account_id = await add_account(contact_method=2 if by_email else 1, im_type=4, im_value="7")

    async def choose(it):
        return await contacts.choose(it, account_id, by_email=by_email, platform="telegram")

    assert [await database.run(choose), await database.run(choose)] == [True, False]


@pytest.mark.parametrize(
    "now", [{"im_type": 2, "im_value": "9"}, {"im_type": 0, "im_value": ""}, {"im_value": ""}]
)
async def test_a_choice_for_another_binding_is_not_made(
    database, tables, contacts, add_account, now
):
    """
    The panel has changed it since the person saw it.
    """
    account_id = await add_account(contact_method=1, im_type=4, im_value="7")
    user = tables.user
    await database.run(
        lambda it: it.execute(update(user).where(user.c.id == account_id).values(**now))
    )

    is_chosen = await database.run(
        lambda it: contacts.choose(it, account_id, by_email=False, platform="telegram")
    )

    assert not is_chosen
    assert (await database.run(lambda it: contacts.get(it, account_id))).by_email
