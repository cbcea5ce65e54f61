"""
What the ways of binding cost the database, however many accounts there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from core.accounts.binding.outcomes import Bound
from tests.binding.conftest import MEI, NOON, Site, another_code, person
from tests.conftest import AddAccount

MANY = 300


@contextmanager
def selects(site: Site) -> Iterator[list[tuple[str, Any]]]:
    """The SELECTs that go to the database meanwhile, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    engines = [site.database._statements.sync_engine, site.database._transactions.sync_engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def reads_whole_table(site: Site, statement: str, parameters: Any) -> bool:
    """Whether the database would go through a whole table for a statement."""
    explain = {"mysql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[site.database.dialect]
    rows = await site.database.run(
        lambda connection: connection.exec_driver_sql(f"{explain} {statement}", parameters)
    )
    if site.database.dialect == "sqlite":
        return any(row.detail.startswith("SCAN") for row in rows)
    return any(row.type == "ALL" for row in rows)


@pytest.fixture
async def crowd(site: Site, add_account: AddAccount) -> list[int]:
    """
    Accounts with subscriptions, some of them bound, and people who wait.
    """
    accounts = [
        await add_account(im_type=4, im_value=f"9{number:05}", email=f"many{number}@example.com")
        for number in range(MANY)
    ]
    await site.rows("CREATE INDEX ix_im ON user (im_type, im_value)")
    await site.rows(
        "INSERT INTO link (userid, token) SELECT id, CONCAT('0123456789abcdef', id) FROM user"
        if site.database.dialect == "mysql"
        else "INSERT INTO link (userid, token) SELECT id, '0123456789abcdef' || id FROM user"
    )
    await site.rows(
        "INSERT INTO im_conversations (platform, target, person, step, details, revision,"
        " expires_at) SELECT 'telegram', id, id, 'binding_address', '{}', 1, :later FROM user",
        later=NOON.replace(year=2027, tzinfo=None).isoformat(" "),
    )
    await site.rows(
        "INSERT INTO im_conversations (platform, target, person, step, details, revision,"
        " expires_at) SELECT 'slack', id, id, 'binding_offered', '{}', 1, :later FROM user LIMIT 3",
        later=NOON.replace(year=2027, tzinfo=None).isoformat(" "),
    )
    if site.database.dialect == "mysql":
        await site.rows("ANALYZE TABLE user, link, im_conversations")
    return accounts


async def test_everything_is_found_by_an_index(site: Site, crowd: list[int]):
    """
    An account by its address, token or chat, a code by its hash, who waits by his step.
    """
    watch = site.ways.site_watch(
        notifier=site.queue.notifier, follow=lambda *_: None, is_on_duty=lambda: True
    )
    with selects(site) as seen:
        await site.send(MEI, "many7@example.com")
        await site.prove(MEI, await site.code())
        await site.redeem(person(2), "7" * 12)
        await site.paste(person(3), "https://sub.example/sub/0123456789abcdef7")
        await watch.look()

    of_binding = [it for it in seen if "email_queue" not in it[0]]
    assert len(of_binding) >= 6
    slow = [it for it in of_binding if await reads_whole_table(site, *it)]
    assert slow == []


async def test_how_many_statements_each_step_takes(site: Site, add_account: AddAccount):
    """
    The same for everybody, but for what a binding itself writes.
    """
    await add_account(email="mei@example.com")
    with site.counting() as mail:
        await site.send(MEI, "mei@example.com")
    code, conversation = await site.code(), await site.conversation(MEI)
    assert conversation is not None
    with site.counting() as wrong:
        await site.ways.email_codes.prove(conversation, another_code(code))
    with site.counting() as wrong_code:
        await site.redeem(person(2), "7" * 12)
    with site.counting() as wrong_link:
        await site.paste(person(3), "https://sub.example/sub/0123456789abcdef7")
    conversation = await site.conversation(MEI)
    assert conversation is not None
    with site.counting() as right:
        assert isinstance(await site.ways.email_codes.prove(conversation, code), Bound)

    assert [len(_asked(it)) for it in (mail, wrong, wrong_code, wrong_link)] == [5, 3, 3, 3]
    assert len(_asked(right)) <= 22


def _asked(statements: list[str]) -> list[str]:
    return [each for each in statements if not each.startswith(("BEGIN", "SET"))]
