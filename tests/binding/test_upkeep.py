"""
What belongs to binding stays small, and what an account has left behind goes with it.
"""

from collections.abc import AsyncGenerator

from core.accounts.binding.outcomes import Bound, WrongProof
from tests.binding.conftest import BOB, DAY, HOUR, MEI, MINUTE, Site, another_code, person
from tests.conftest import AddAccount


async def total(pages: AsyncGenerator[int, None]) -> int:
    return sum([removed async for removed in pages])


async def count(site: Site, table: str) -> int:
    ((number,),) = await site.rows(f"SELECT COUNT(*) FROM {table}")
    return number


async def test_what_has_expired_goes_an_hour_later(site: Site, add_account: AddAccount):
    """
    Dialogues and codes; what holds still stays.
    """
    await site.send(MEI, "mei@example.com")
    await site.ways.bind_codes.make(await add_account())
    site.later(25 * MINUTE)
    await site.send(BOB, "bob@example.com")
    await site.ways.bind_codes.make(await add_account())
    upkeep = site.ways.upkeep

    site.later(44 * MINUTE)
    assert await total(upkeep.remove_codes()) == 0
    site.later(2 * MINUTE)
    assert await total(upkeep.remove_codes()) == 1
    site.later(20 * MINUTE)
    assert await total(upkeep.remove_conversations()) == 1

    assert await site.conversation(MEI) is None
    assert await site.conversation(BOB) is not None


async def test_counts_go_after_a_day(site: Site, add_account: AddAccount):
    """
    When they say nothing any more: not those of who went on trying.
    """
    await site.redeem(MEI, "7" * 12)
    await site.redeem(BOB, "7" * 12)
    site.later(DAY - HOUR)
    assert await total(site.ways.upkeep.remove_tries()) == 0
    await site.redeem(BOB, "7" * 12)
    site.later(2 * HOUR)

    assert await total(site.ways.upkeep.remove_tries()) > 0

    left = await site.rows("SELECT kind, subject FROM im_tries WHERE kind = 'wrong_person'")
    assert [row.subject for row in left] == [f"telegram:{BOB.id}"]


async def test_it_goes_in_small_batches(site: Site, add_account: AddAccount):
    """
    So that nobody waits for it.
    """
    site.ways.upkeep._at_once = 10
    for number in range(25):
        await site.send(person(number), f"user{number}@example.com")
    site.later(DAY)

    pages = [removed async for removed in site.ways.upkeep.remove_conversations()]

    assert pages == [10, 10, 5]


async def test_a_deleted_account_leaves_nothing(site: Site, add_account: AddAccount):
    """
    Bindings and codes go, whatever page they are on; those of others stay. A query a page.
    """
    site.ways.upkeep._at_once = 10
    accounts = [await add_account() for _ in range(25)]
    for number, account in enumerate(accounts):
        code = (await site.ways.bind_codes.make(account)).code
        assert isinstance(await site.redeem(person(number), code), Bound)
    unused = (await site.ways.bind_codes.make(accounts[3])).code
    gone = [accounts[3], accounts[12], accounts[24]]
    for account in gone:
        await site.rows("DELETE FROM user WHERE id = :id", id=account)

    with site.counting() as seen:
        erased = await total(site.ways.upkeep.erase_deleted_accounts())

    assert erased == 4
    kept = await site.rows("SELECT account_id FROM im_bindings ORDER BY account_id")
    assert [row.account_id for row in kept] == [each for each in accounts if each not in gone]
    assert await site.redeem(person(90), unused) == WrongProof()
    assert len([each for each in seen if "SELECT" in each or "DELETE" in each]) <= 4 * 4


async def test_nothing_is_left_of_an_account_within_a_day(site: Site, add_account: AddAccount):
    """
    Neither dialogues about it nor its bindings and codes, with time for the passes to come round.
    """
    account = await add_account(email="mei@example.com")
    await site.send(MEI, "mei@example.com")
    await site.prove(MEI, another_code(await site.code()))
    await site.ways.bind_codes.make(account)
    await site.rows("DELETE FROM user WHERE id = :id", id=account)
    site.later(DAY / 2)

    for chore in site.ways.upkeep.chores():
        assert chore.every < DAY / 2
        await total(chore.make_pass())

    for table in ("im_conversations", "im_bind_codes", "im_bindings"):
        assert await count(site, table) == 0
