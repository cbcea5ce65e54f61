"""
What a newcomer sees of Telegram on the page.
"""

import re

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("daemon")]


async def start(page: Page) -> None:
    """
    Press Start, and wait for the bot's greeting.
    """
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.locator(".message.other")).to_have_count(1)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_what_is_written_arrives_and_the_answer_is_seen(visit, shoot):
    """
    A newcomer presses Start, writes, and sees both sides without reloading.
    """
    page = await visit("emma")

    await start(page)
    await write(page, "/my")

    await expect(page.locator(".message.own").last).to_contain_text("/my")
    await expect(page.locator(".message.other").last).to_contain_text("Emma Walker")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("")
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    await shoot(page, "private")


async def test_a_command_is_sent_by_a_touch(visit):
    """
    The bot's commands are offered in the person's language, and one touch sends one.
    """
    page = await visit("chen", "group")

    await page.locator("#hint-ping").click()

    await expect(page.locator(".message.own").last).to_contain_text("/ping")
    await expect(page.locator(".message.other").last).to_contain_text("620114507")
    assert re.search(r"[\u4e00-\u9fff]", await page.locator("#hint-ping").text_content())


async def test_the_answer_to_a_press_is_shown(visit, shoot):
    """
    A press of somebody else's check-in button shows the notice that the bot answers with.
    """
    emma, bobby = await visit("emma", "group"), await visit("bobby", "group")
    await write(emma, "/my")

    await bobby.locator(".keys button").first.click()

    said = bobby.locator("#toast.shown, dialog[open]")
    await expect(said).to_be_visible()
    assert (await said.inner_text()).strip()
    await expect(bobby.locator("button[aria-busy]")).to_have_count(0)
    await shoot(bobby, "press")


async def test_a_press_edits_the_message_in_place(visit):
    """
    The menu goes from page to page in one message, which then says that it was edited.
    """
    page = await visit("emma")
    await start(page)
    await write(page, "/menu")
    await expect(page.locator(".message.other")).to_have_count(2)
    menu = page.locator(".message.other").last
    await expect(menu.locator(".keys button").first).to_be_visible()
    before = await menu.locator(".text").inner_text()

    await menu.locator(".keys button").first.click()

    await expect(menu.locator("footer")).to_contain_text("edited")
    assert await menu.locator(".text").inner_text() != before


async def test_the_button_into_the_private_chat_goes_there(visit):
    """
    In the group, a person who is not bound is led into the private chat and started there.
    """
    page = await visit("bobby", "group")
    await write(page, "/my")

    await page.locator(".keys button").last.click()

    await expect(page).to_have_url(re.compile("place=private"))
    await expect(page.locator(".message.own").first).to_contain_text("/start")


async def test_binding_on_the_site_is_noticed(visit, shoot):
    """
    The binding prompt leads to the site; bound there, the person is known to the bot.
    """
    page = await visit("sato")
    await start(page)
    async with page.expect_popup() as opening:
        await page.locator(".keys a").first.click()
    site = await opening.value

    await site.get_by_role("button", name="Bind").click()
    await expect(site.get_by_role("status")).to_contain_text("Bound")
    await shoot(site, "site")
    await write(page, "/my")

    await expect(page.locator(".message.other").last).to_contain_text("佐藤健二")
    await expect(page.locator("#people [data-key=sato]")).to_contain_text("account 4")


async def test_a_hostile_name_is_text(visit, shoot):
    """
    Markup in a name is shown as it was written, wherever the name appears.
    """
    page = await visit("bobby", "group")
    await write(page, "<script>alert(1)</script> <b>x</b>")
    other = await visit("emma", "group")

    await expect(other.locator(".message .author").last).to_have_text("<b>Bobby</b> _*[Tables](")
    await expect(other.locator(".message .text").last).to_have_text(
        "<script>alert(1)</script> <b>x</b>"
    )
    await expect(page.locator("#people [data-key=bobby] .name")).to_have_text(
        "<b>Bobby</b> _*[Tables]("
    )
    await shoot(other, "hostile")


async def test_a_member_can_leave_and_come_back(visit):
    """
    Out of the group nothing can be written; joining again makes it possible.
    """
    page = await visit("emma", "group")

    await page.get_by_role("button", name="Leave").click()
    await expect(page.get_by_label("Message", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="Join the group").click()

    await expect(page.get_by_label("Message", exact=True)).to_be_visible()
    await expect(page.locator(".service").last).to_contain_text("joined the group")


async def test_the_state_of_the_daemon_is_shown(visit):
    """
    The line at the top follows what the daemon says of itself.
    """
    page = await visit("emma")

    await expect(page.locator("#daemon .brief")).to_contain_text("telegram running")
    await expect(page.locator("#daemon .brief")).to_contain_text("database up")


@pytest.mark.parametrize("tab", ["telegram", "panel", "discord", "slack"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_all_without_scrolling_sideways(visit, shoot, tab, scheme):
    """
    At 390 pixels nothing is wider than the screen.
    """
    page = await visit("emma", tab=tab, size=PHONE, scheme=scheme)
    if tab == "telegram":
        await start(page)
        await write(page, "/my")
        await expect(page.locator(".message.other")).to_have_count(2)
    await shoot(page, f"phone-{tab}-{scheme}")

    widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")

    assert widths[0] <= widths[1]
