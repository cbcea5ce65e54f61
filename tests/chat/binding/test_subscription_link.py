"""
Binding with the subscription link, which is a secret: warned of, deleted, and told whose it is.
"""

from datetime import timedelta
from typing import Any

import pytest

from core.actions import AskUnbind, BindByLink, OpenPage, Page
from tests.chat.binding.conftest import BindingSite, OpenSite, Visitor
from tests.chat.reading import actions_of, said

TOKEN = "0123456789abcdef"
LINK = f"https://sub.example/sub/{TOKEN}"


@pytest.fixture
async def account(site: BindingSite, add_account: Any) -> int:
    account = await add_account(user_name="lee", email="lee@example.com", locale="en_US")
    await site.add_subscription(account, TOKEN)
    return account


@pytest.mark.parametrize(
    "text", [f"{LINK}/clash", f"{LINK.removeprefix('https://')}/json", LINK, TOKEN]
)
async def test_the_link_binds(site: BindingSite, lee: Visitor, account: int, text: str):
    """
    Any format of it; the message is deleted, the account's address told so far as it is no secret.
    """
    await lee.commands("start")
    asked = await lee.taps(BindByLink())
    done = await lee.sends(text)

    assert "as good as a password" in said(asked)
    assert done.deletes_asked
    assert "Your account lee is linked" in said(done)
    assert "l***@e***.com" in said(done)
    assert "lee@example.com" not in said(done)
    assert {AskUnbind(), OpenPage(Page.ACCOUNT)} <= set(actions_of(done))
    assert await site.holder(account) == lee.person.id
    assert await site.steps() == []


async def test_other_links_prove_nothing(site: BindingSite, lee: Visitor, account: int):
    """
    Foreign, truncated, of nobody, no link at all: deleted and told; the step stays.
    """
    await lee.presses(BindByLink())

    for text in (
        f"https://evil.example/sub/{TOKEN}",
        LINK[:-3],
        "https://sub.example/sub/",
        "fedcba9876543210",
        "hello",
        "' OR 1=1",
        "x" * 4096,
    ):
        answer = await lee.sends(text)
        assert answer.deletes_asked
        assert "not valid" in said(answer)
        assert "as good as a password" in said(answer)
    picture = await lee.sends(None)
    done = await lee.sends(LINK)

    assert not picture.deletes_asked
    assert "answer with text" in said(picture)
    assert "is linked" in said(done)


async def test_a_link_that_comes_too_late_is_deleted_too(
    site: BindingSite, lee: Visitor, account: int
):
    """
    The step is over, the secret is one all the same.
    """
    await lee.presses(BindByLink())
    site.time.passes(timedelta(minutes=31))

    late = await lee.sends(LINK)

    assert "has expired" in said(late)
    assert late.deletes_asked
    assert await site.holder(account) is None


async def test_a_link_without_the_step_binds_nothing(site: BindingSite, lee: Visitor, account: int):
    """
    Nobody is bound unwarned: the prompt shows the way.
    """
    answer = await lee.sends(f"look: {LINK}/clash")

    assert "Link your account" in said(answer)
    assert BindByLink() in actions_of(answer)
    assert await site.holder(account) is None


async def test_guessing_tokens_stops(site: BindingSite, lee: Visitor, account: int):
    """
    After some wrong ones even the right one has to wait.
    """
    await lee.presses(BindByLink())
    for number in range(5):
        await lee.sends(f"{number:016}")

    refused = await lee.sends(LINK)

    assert refused.deletes_asked
    assert "too many wrong tries" in said(refused)
    assert await site.holder(account) is None


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"is_banned": 1, "banned_reason": "abuse"}, "Reason: abuse"),
        ({"im_type": 4, "im_value": "9999"}, "linked to another user"),
    ],
)
async def test_refusals_say_what_to_do(
    site: BindingSite, lee: Visitor, add_account: Any, columns: dict[str, Any], told: str
):
    """
    Banned, or bound elsewhere.
    """
    account = await add_account(**columns)
    await site.add_subscription(account, TOKEN)
    await lee.presses(BindByLink())

    refused = await lee.sends(LINK)

    assert told in said(refused)
    assert refused.deletes_asked


async def test_it_is_off_by_default(open_site: OpenSite, add_account: Any):
    """
    Neither offered nor taken.
    """
    site = await open_site(binding_methods="email,site,code")
    account = await add_account()
    await site.add_subscription(account, TOKEN)
    lee = site.visitor()

    prompt = await lee.presses(BindByLink())
    await lee.sends(LINK)

    assert BindByLink() not in actions_of(prompt)
    assert await site.holder(account) is None
