"""
What an unbound person is shown first, and that it gets him out of everything.
"""

from typing import Any

import pytest

from core.actions import BindByCode, BindByEmail, BindByLink, CheckBinding, CheckIn, OpenPage, Page
from core.chat.asking import Answer
from tests.chat.binding.conftest import BindingSite, OpenSite, Visitor
from tests.chat.conftest import SITE_GROUP, Configure
from tests.chat.reading import actions_of, said, urls_of

BINDING_PAGE = "https://panel.example/user/edit"
WAYS = [BindByEmail(), BindByCode(), BindByLink()]


def is_prompt(answer: Answer) -> bool:
    return "Link your account" in said(answer)


async def test_every_beginning_shows_the_ways(lee: Visitor):
    """
    Commands, texts, pictures and old menus: what it is for, and a button for each way.
    """
    answers = [
        await lee.commands("start"),
        await lee.commands("start", "menu"),
        await lee.commands("menu"),
        await lee.commands("my"),
        await lee.commands("checkin"),
        await lee.sends("hello"),
        await lee.sends(None),
        await lee.presses(OpenPage(Page.HOME)),
        await lee.presses(OpenPage(Page.ACCOUNT)),
        await lee.presses(CheckIn(lee.person.id)),
    ]

    for answer in answers:
        assert is_prompt(answer)
        assert actions_of(answer) == WAYS
        assert urls_of(answer) == [BINDING_PAGE]


@pytest.mark.parametrize(
    ("methods", "actions", "urls"),
    [
        ("email", [BindByEmail()], []),
        ("site", [], [BINDING_PAGE]),
        ("code", [BindByCode()], []),
        ("subscription", [BindByLink()], []),
        ("email,site,code", [BindByEmail(), BindByCode()], [BINDING_PAGE]),
    ],
)
async def test_only_what_the_operator_allows_is_offered(
    open_site: OpenSite, methods: str, actions: list[Any], urls: list[str]
):
    """
    `binding_methods` decides; a way that is off is not begun by an old button either.
    """
    site = await open_site(binding_methods=methods)
    lee = site.visitor()

    prompt = await lee.commands("start")

    assert actions_of(prompt) == actions
    assert urls_of(prompt) == urls
    for action in WAYS:
        if action not in actions:
            refused = await lee.presses(action)
            assert is_prompt(refused)
            assert "no longer offers" in said(refused)


async def test_without_mail_and_address_two_ways_are_missing(
    open_site: OpenSite, configure: Configure
):
    """
    `email_driver` none takes the e-mail way, an unknown address of the site that of the site.
    """
    site = await open_site(binding_methods="email,site", site_url=None)
    await configure(email_driver="none")
    lee = site.visitor()

    prompt = await lee.commands("start")
    address = await lee.sends("lee@example.com")

    assert actions_of(prompt) == []
    assert urls_of(prompt) == []
    assert "No way of linking" in said(prompt)
    assert is_prompt(address)
    assert await site.mails() == []


async def test_the_prompt_begins_the_watch_for_the_site(
    site: BindingSite, lee: Visitor, open_site: OpenSite
):
    """
    Only where the site's way is offered; once a person, however often it is shown.
    """
    await lee.commands("start")
    await lee.sends("hello")
    with_site = await site.steps()
    other = await open_site(binding_methods="email,code")
    await other.visitor(2).commands("start")

    assert with_site == ["binding_offered"]
    assert await other.steps() == ["binding_offered"]


async def test_start_gets_one_out_of_every_step(site: BindingSite, lee: Visitor):
    """
    So do `/menu` and the button that leads back; afterwards nothing is waited for.
    """
    for begin in WAYS:
        for out in ("start", "menu", None):
            await lee.presses(begin)
            gone = await (lee.commands(out) if out else lee.taps(OpenPage(Page.HOME)))

            assert is_prompt(gone)
            assert await site.steps() == ["binding_offered"]


async def test_an_old_prompt_still_works(lee: Visitor, site: BindingSite, add_account: Any):
    """
    „Check again" of a message from before an upgrade: the prompt of today, or the menu.
    """
    not_yet = await lee.presses(CheckBinding())
    await add_account(im_type=4, im_value=lee.person.id, locale="en_US")
    done = await lee.presses(CheckBinding())

    assert is_prompt(not_yet)
    assert not_yet.replaces
    assert not_yet.is_alert
    assert OpenPage(Page.ACCOUNT) in actions_of(done)


async def test_groups_get_the_hint_alone(site: BindingSite, lee: Visitor, statements: Any):
    """
    No way of binding, no dialogue, no answer to a code or an address.
    """
    hint = await site.office.desk.command("my", "", lee.person, SITE_GROUP)
    start = await site.office.desk.command("start", "ABCDEFGH2345", lee.person, SITE_GROUP)
    press = await site.office.desk.press("be", lee.person, SITE_GROUP)

    assert actions_of(hint) == []
    assert "in private" in said(hint)
    assert actions_of(start) == []
    assert press.message is None
    assert await site.office.desk.text("lee@example.com", lee.person, SITE_GROUP) is None
    assert await site.steps() == []
    assert await site.mails() == []


async def test_the_prompt_costs_two_statements(site: BindingSite, lee: Visitor, statements: Any):
    """
    The look-up and the dialogue, also where a step is given up; so does each step's beginning.
    """
    for _ in range(2):
        with statements() as seen:
            await lee.commands("start")
        assert len(seen) == 2
        for begin in WAYS:
            with statements() as seen:
                await lee.presses(begin)
            assert len(seen) == 2
