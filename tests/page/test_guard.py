"""
Who may use the page, and what its answers forbid the browser.
"""

import aiohttp
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_only_a_browser_on_this_machine_gets_in(demo, headers, status):
    """
    A foreign site, also by a name of its own for 127.0.0.1, is refused.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.get(demo.page_url, headers=headers)

        assert answer.status == status


async def test_a_foreign_form_changes_nothing(demo):
    """
    A form that another site sends is refused before it does anything.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.post(
            f"{demo.page_url}/panel/setting",
            data={"item": "enable_checkin", "value": "0"},
            headers={"Origin": "http://127.0.0.1:1"},
        )

    assert answer.status == 403
    assert (await demo.stage.panel.settings())["enable_checkin"] == "1"


async def test_the_page_runs_no_foreign_script(demo):
    """
    The browser is told to load nothing from elsewhere and to run nothing written into the page.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.get(demo.page_url)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/telegram/write", {}),
        ("/telegram/write", {"person": "nobody", "place": "private", "text": "x"}),
        ("/telegram/press", {"person": "emma", "place": "private", "message": "x", "key": "0:0"}),
        ("/telegram/press", {"person": "emma", "place": "private", "message": "9", "key": "0:0"}),
        ("/telegram/press", {"person": "emma", "place": "private", "message": "9", "key": "-1"}),
        ("/telegram/move", {"person": "emma", "move": "fly"}),
        ("/discord/write", {"room": "channel", "text": " "}),
        ("/panel/node", {"node": "1", "change": "paint"}),
        ("/panel/account", {"account": "1", "change": "locale", "locale": "xx"}),
        ("/panel/bind", {"account": "one", "person": "emma"}),
        ("/panel/fault", {"kind": "flood"}),
        ("/site/user/edit", {"person": "emma"}),
    ],
)
async def test_what_no_form_of_the_page_sends_is_refused(demo, path, form):
    """
    Missing, unknown and malformed fields get 400 and no exception.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.post(demo.page_url + path, data=form)

        assert answer.status == 400


async def test_a_form_without_script_goes_back_to_where_it_was(demo):
    """
    Without the page's script a form is answered by the page, never by another address.
    """
    form = {"person": "emma", "place": "private", "text": "hi"}
    async with aiohttp.ClientSession() as session:
        post = f"{demo.page_url}/telegram/write"
        here = {"Referer": f"{demo.page_url}/?person=emma&place=private"}
        back = await session.post(post, data=form, headers=here, allow_redirects=False)
        away = {"Referer": "https://evil.example//evil.example/?a=b"}
        elsewhere = await session.post(post, data=form, headers=away, allow_redirects=False)

    assert (back.status, back.headers["Location"]) == (303, "/?person=emma&place=private")
    assert (elsewhere.status, elsewhere.headers["Location"]) == (303, "/")


async def test_a_subscription_address_answers(demo):
    """
    The subscription addresses that the bot shows lead somewhere; others do not.
    """
    base = demo.settings["subscription_url"]
    token = await demo.stage.panel.find_subscription(3)
    async with aiohttp.ClientSession() as session:
        known = await session.get(f"{base}/sub/{token}/clash")
        unknown = await session.get(f"{base}/sub/0000/clash")

        assert (known.status, unknown.status) == (200, 404)
