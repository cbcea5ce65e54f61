"""
Binding by the address of the account's subscription.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from core.accounts.binding.outcomes import AccountBanned, Bound, TooManyTries, WrongProof
from core.accounts.binding.subscription_links import find_linked_token, find_token
from core.accounts.subscription_formats import SubscriptionFormat
from tests.binding.conftest import MEI, MINUTE, SUBSCRIPTION_URL, Site
from tests.conftest import AddAccount

TOKEN = "0123456789abcdef"
LINK = f"{SUBSCRIPTION_URL}/sub/{TOKEN}/clash"

tokens = st.text("0123456789abcdef", min_size=8, max_size=64)
formats = st.sampled_from([f"/{each}" for each in SubscriptionFormat] + ["", "/"])
schemes = st.sampled_from(["https://", "http://", "", "HTTPS://", "Https://"])
hosts = st.sampled_from(["sub.example", "SUB.Example", "sub.example:443"])
surroundings = st.tuples(
    st.sampled_from(["", "  ", "\n", "链接：", "my link: ", "(", "<", "\u200e", '"', "url="]),
    st.sampled_from(["", " ", "\n", "?flag=1&x=2", "#frag", ")", ">", "。谢谢", " ok?", '"']),
)


async def give_token(site: Site, account: int, token: str = TOKEN) -> None:
    statement = insert(site.tables.link).values(userid=account, token=token)
    await site.database.run(lambda connection: connection.execute(statement))


@given(tokens, formats, schemes, hosts, surroundings)
def test_an_address_is_found_however_it_is_written(
    token: str, format_: str, scheme: str, host: str, around: tuple[str, str]
):
    """
    In any format, with or without `https://`, with whatever stands around it.
    """
    start, end = around

    written = f"{start}{scheme}{host}/sub/{token}{format_}{end}"

    assert find_token(written, SUBSCRIPTION_URL) == token
    assert find_linked_token(written, SUBSCRIPTION_URL) == token


@given(tokens, st.integers(1, 60))
def test_a_line_that_was_broken_is_put_together(token: str, at: int):
    """
    As mail programs break long addresses.
    """
    at = min(at, len(token) - 1)

    written = f"see {SUBSCRIPTION_URL}/sub/{token[:at]}\r\n{token[at:]}/v2rayjson bye"

    assert find_token(written, SUBSCRIPTION_URL) == token


@pytest.mark.parametrize(
    "written",
    [
        f"clash://install-config?url=https%3A%2F%2Fsub.example%2Fsub%2F{TOKEN}%2Fclash&name=x",
        f"HTTPS%3A//SUB.EXAMPLE/sub/{TOKEN}",
        f"ｈｔｔｐｓ：／／sub.example／sub／{TOKEN}／clash",
        f"{LINK}\n{LINK}",
    ],
)
def test_a_link_of_a_client_is_one_too(written: str):
    """
    With the address in it, as clients and buttons of sites have it.
    """
    assert find_token(written, SUBSCRIPTION_URL) == TOKEN


@given(tokens, st.sampled_from(["", " ", "\n", "\u200b"]))
def test_a_bare_token_is_found(token: str, around: str):
    """
    Also if the site's address is not known.
    """
    written = f"{around}{token}{around}"

    assert find_token(written, SUBSCRIPTION_URL) == find_token(written, None) == token
    assert find_linked_token(written, SUBSCRIPTION_URL) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "你好",
        "' OR 1=1 -- -",
        "https://sub.example/",
        "https://sub.example/sub/",
        "https://sub.example/sub/short/clash",
        f"https://sub.example/{TOKEN}",
        f"https://other.example/sub/{TOKEN}/clash",
        f"https://notsub.example/sub/{TOKEN}/clash",
        f"https://www.sub.example/sub/{TOKEN}/clash",
        f"https://sub.example.evil.com/sub/{TOKEN}/clash",
        f"https://sub.example@evil.com/sub/{TOKEN}/clash",
        f"https://evil.com/sub.example/sub/{TOKEN}/clash",
        f"https://evil.com/?u=.sub.example/sub/{TOKEN}/clash",
        f"https://sub.example:8443/sub/{TOKEN}/clash",
        f"https://sub.example/subs/{TOKEN}/clash",
        f"https://sub.example/sub/{'a' * 300}/clash",
        "x" * 100_000,
        f"{TOKEN} {TOKEN}",
    ],
)
def test_what_is_no_address_of_the_site_is_none(written: str):
    """
    Wrong, truncated, of another site, or something else.
    """
    assert find_token(written, SUBSCRIPTION_URL) is None


@pytest.mark.parametrize(
    ("subscription_url", "link"),
    [
        ("https://sub.example/", f"https://sub.example/sub/{TOKEN}/ss"),
        ("https://sub.example:443", f"sub.example/sub/{TOKEN}"),
        ("https://sub.example:8443", f"https://sub.example:8443/sub/{TOKEN}/ss"),
        ("https://sub.example/panel", f"https://sub.example/panel/sub/{TOKEN}/ss"),
        ("http://192.0.2.7:8080", f"192.0.2.7:8080/sub/{TOKEN}/ss"),
        ("sub.example", f"https://sub.example/sub/{TOKEN}/ss"),
    ],
)
def test_the_sites_address_may_have_a_path_or_a_port(subscription_url: str, link: str):
    """
    As the panel's setting has it.
    """
    assert find_token(link, subscription_url) == TOKEN


@given(st.text(max_size=200))
def test_any_text_is_read(written: str):
    """
    What comes out is a token or nothing.
    """
    token = find_token(written, SUBSCRIPTION_URL)

    assert token is None or (token.isascii() and token.isalnum() and len(token) >= 8)


async def test_the_address_binds(site: Site, add_account: AddAccount):
    """
    And shows the account's address masked.
    """
    account = await add_account(email="mei@example.com")
    await give_token(site, account)

    outcome = await site.paste(MEI, LINK)

    assert isinstance(outcome, Bound)
    assert (outcome.account_id, outcome.masked_email) == (account, "m***@e***.com")
    assert await site.account_of(MEI) == account


async def test_a_token_is_compared_exactly(site: Site, add_account: AddAccount):
    """
    The panel's collation is not asked what is the same.
    """
    await give_token(site, await add_account())

    assert await site.paste(MEI, TOKEN.upper()) == WrongProof()


async def test_a_token_whose_account_is_gone_proves_nothing(site: Site):
    """
    The panel's table may still have it.
    """
    await give_token(site, 4711)

    assert await site.paste(MEI, LINK) == WrongProof()


async def test_a_refusal_is_told(site: Site, add_account: AddAccount):
    """
    Who has the address has proved the account.
    """
    await give_token(site, await add_account(is_banned=1, banned_reason="abuse"))

    assert await site.paste(MEI, LINK) == AccountBanned("abuse")


async def test_wrong_tokens_are_tries_and_other_texts_are_not(site: Site, add_account: AddAccount):
    """
    A link of another site is not even looked up.
    """
    with site.counting() as seen:
        for _ in range(10):
            await site.paste(MEI, f"https://other.example/sub/{TOKEN}/clash")
    assert seen == []

    await give_token(site, await add_account())
    answers = [await site.paste(MEI, f"{number:016x}") for number in range(5)]

    assert answers == [WrongProof()] * 5
    assert await site.paste(MEI, LINK) == TooManyTries(site.time.at + MINUTE)
