"""
Who binds on the site is told so in the chat, without asking.
"""

import asyncio
import json
from datetime import timedelta

import pytest

from config_store.own.conversations import Conversation
from core.accounts.binding.people import PersonKey
from core.accounts.binding.site_watch import OFFERED, SiteWatch
from core.platform import PlatformName
from tests.binding.conftest import BOB, HOUR, MEI, MINUTE, Site, person
from tests.conftest import AddAccount

MEI_AT_SLACK = PersonKey(PlatformName.SLACK, "U0MEI")


def watch(site: Site, *, is_on_duty: bool = True) -> SiteWatch:
    return site.ways.site_watch(
        notifier=site.queue.notifier,
        follow=site.services.follower.follow,
        is_on_duty=lambda: is_on_duty,
    )


async def offer(site: Site, to: PersonKey, target: str | None = None) -> Conversation:
    """Show the site's page to somebody."""
    return await site.database.run(
        lambda connection: site.services.conversations.begin(
            connection,
            platform=to.platform.value,
            target=target or to.id,
            person=to.id,
            step=OFFERED,
            details={},
            expires_at=site.time.at + 30 * MINUTE,
        )
    )


async def told(site: Site) -> list[tuple[str, str, str]]:
    """Platform, target and name of what goes out."""
    rows = await site.rows(
        "SELECT d.platform, d.target, n.content FROM im_deliveries AS d"
        " JOIN im_notices AS n ON n.id = d.notice_id ORDER BY d.id"
    )
    contents = [json.loads(row.content) for row in rows]
    assert all(content["message_id"] == "binding.done_on_site" for content in contents)
    return [
        (row.platform, row.target, content["values"]["name"])
        for row, content in zip(rows, contents, strict=True)
    ]


async def test_who_is_bound_is_told_once(site: Site, add_account: AddAccount):
    """
    In the chat in which the way there was shown; his dialogue is over.
    """
    await offer(site, MEI)
    await offer(site, BOB)
    await offer(site, MEI_AT_SLACK, "D0123")
    await add_account(user_name="mei", im_type=4, im_value=MEI.id)
    await add_account(user_name="mei at work", im_type=1, im_value="U0MEI")

    for _ in range(3):
        await watch(site).look()

    assert sorted(await told(site)) == [
        ("slack", "D0123", "mei at work"),
        ("telegram", MEI.id, "mei"),
    ]
    waiting = await site.rows("SELECT person FROM im_conversations")
    assert [row.person for row in waiting] == [BOB.id]


async def test_many_who_look_tell_once(site: Site, other_daemon: Site, add_account: AddAccount):
    """
    Also if two daemons both think that they are on duty.
    """
    for number in range(20):
        await offer(site, person(number))
        await add_account(im_type=4, im_value=person(number).id)

    await asyncio.gather(*(watch(each).look() for each in (site, other_daemon) * 4))

    targets = [target for _, target, _ in await told(site)]
    assert sorted(targets) == sorted(person(number).id for number in range(20))


async def test_who_has_moved_on_is_not_told(site: Site, add_account: AddAccount):
    """
    He does something else by now, or has let it expire.
    """
    await offer(site, MEI)
    await site.send(MEI, "somebody@example.com")
    await offer(site, BOB)
    await add_account(im_type=4, im_value=MEI.id)
    await add_account(im_type=4, im_value=BOB.id)
    site.later(HOUR)

    await watch(site).look()

    assert await told(site) == []


async def test_nobody_is_told_where_it_is_not_known_who_he_is(site: Site, add_account: AddAccount):
    """
    Two accounts with the same value, the same number on another platform, or nearly the same text.
    """
    for number in range(3):
        await offer(site, person(number))
    await add_account(im_type=4, im_value=person(0).id)
    await add_account(im_type=4, im_value=person(0).id)
    await add_account(im_type=2, im_value=person(1).id)
    await add_account(im_type=4, im_value="７００２")

    await watch(site).look()

    assert await told(site) == []


async def test_a_round_is_one_statement_while_nobody_waits(site: Site, add_account: AddAccount):
    """
    However many accounts there are; and two for however many wait on one platform.
    """
    with site.counting() as idle:
        await watch(site).look()
    for number in range(50):
        await offer(site, person(number))

    with site.counting() as busy:
        await watch(site).look()

    assert (len(idle), len(busy)) == (1, 2)


async def test_a_long_list_is_gone_through_page_by_page(site: Site, add_account: AddAccount):
    """
    Nobody waits for ever behind those who came before him.
    """
    for number in range(25):
        site.later(timedelta(milliseconds=1))
        await offer(site, person(number))
    await add_account(im_type=4, im_value=person(24).id)
    one = watch(site)
    one._at_once = 10

    for _ in range(3):
        await one.look()

    assert [target for _, target, _ in await told(site)] == [person(24).id]


async def test_our_own_rows_follow(site: Site, add_account: AddAccount):
    """
    What the panel has bound stands in our table soon afterwards.
    """
    account = await add_account(im_type=4, im_value=MEI.id)
    await offer(site, MEI)

    await watch(site).look()
    await site.services.follower.catch_up()

    (row,) = await site.rows("SELECT account_id, platform_user FROM im_bindings")
    assert tuple(row) == (account, MEI.id)


@pytest.mark.parametrize("is_on_duty", [True, False])
async def test_only_who_is_on_duty_looks(site: Site, add_account: AddAccount, *, is_on_duty: bool):
    """
    Every two seconds; the others do not ask the database at all.
    """
    await offer(site, MEI)
    await add_account(im_type=4, im_value=MEI.id)
    stop = asyncio.Event()
    part = watch(site, is_on_duty=is_on_duty)
    part._every = 0.01

    with site.counting() as seen:
        running = asyncio.create_task(part.run(stop))
        async with asyncio.timeout(5):
            for _ in range(20):
                await asyncio.sleep(0.01)
            while is_on_duty and not seen:
                await asyncio.sleep(0.01)
        stop.set()
        await running

    assert bool(seen) is is_on_duty
    assert len(await told(site)) == int(is_on_duty)
