"""
`notify`: a notice by command.
"""

import pytest

from tests.conftest import AddAccount
from tests.console.conftest import Type
from tests.delivery.conftest import House


async def test_what_was_typed_is_sent(house: House, type_in: Type, add_account: AddAccount):
    """
    A notice that a command accepted is sent by the daemon that runs.
    """
    account = await add_account(im_type=4, im_value="7", contact_method=2)

    async with house.running():
        ended = await type_in(f"notify user {account} --title 'Mind this' --text 'Hello there'")
        await house.until_done()

    assert (ended.status, ended.told) == (0, "")
    assert ended.output.startswith("accepted as notice 1: ")
    assert house.far_side.texts("7") == ["Mind this\nHello there"]


@pytest.mark.parametrize("audience", ["admins", "group", "everyone"])
async def test_each_audience_is_a_word(house: House, type_in: Type, audience: str):
    """
    Kind and format are taken over, and `--json` gives the id.
    """
    ended = await type_in(
        f"notify {audience} --text <b>x</b> --kind maintenance --format html --json"
    )

    assert (ended.status, ended.json) == (0, {"id": 1, "is_new": True})
    (row,) = await house.rows("SELECT audience, kind, content FROM im_notices")
    assert (row.audience, row.kind) == (audience, "maintenance")
    assert '"html"' in row.content


async def test_a_text_may_come_from_standard_input(house: House, type_in: Type):
    """
    `--text -` reads it there.
    """
    await type_in("notify group --text -", stdin="one\ntwo\n")

    async with house.running():
        await house.until_done()
    assert house.far_side.texts() == ["one\ntwo"]


async def test_a_dedupe_key_gives_the_first_notice(house: House, type_in: Type):
    """
    A script that runs twice says the same thing once.
    """
    first = await type_in("notify group --text x --dedupe-key night --json")
    again = await type_in("notify group --text x --dedupe-key night --json")
    told = await type_in("notify group --text x --dedupe-key night")

    assert first.json == {"id": 1, "is_new": True}
    assert again.json == {"id": 1, "is_new": False}
    assert (told.status, "notice 1" in told.output) == (0, True)


@pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("notify user --text x", 2, "ID"),
        ("notify group 7 --text x", 2, "ID"),
        ("notify user 0 --text x", 2, "ID"),
        ("notify user 9 --text x", 1, "no account 9"),
        ("notify group --text ' '", 2, "--text"),
        ("notify group --text -", 2, "--text"),
        ("notify group --text x --dedupe-key ' a'", 2, "--dedupe-key"),
        (f"notify group --text x --title {'y' * 257}", 2, "--title"),
    ],
)
async def test_a_mistake_is_one_line(
    house: House, type_in: Type, line: str, status: int, told: str
):
    """
    It names what is wrong, and nothing is queued.
    """
    ended = await type_in(line)

    assert (ended.status, ended.output) == (status, "")
    assert ended.told.count("\n") == 1
    assert told in ended.told
    assert not await house.rows("SELECT 1 FROM im_notices")
