"""
Pictures, number pads, spoilers, copy buttons, links and files on the page, with the real daemon.
"""

import pytest
from playwright.async_api import Page, expect

from tests.page.conftest import PHONE
from tests.page.test_chatting import start, write

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("daemon")]


async def open_menu(page: Page) -> None:
    await start(page)
    await write(page, "/menu")
    await expect(page.locator(".message.other")).to_have_count(2)


async def press(page: Page, label: str) -> None:
    await page.locator(".message.other").last.get_by_role("button", name=label).first.click()


async def test_a_qr_code_is_a_picture_that_goes_away_again(visit, shoot):
    """
    From the subscription's page; it is loaded, drawn sharply, and deleted by its button.
    """
    page = await visit("emma")
    await open_menu(page)
    await press(page, "Subscription")
    await expect(page.locator(".keys [data-copy]").first).to_be_visible()
    await shoot(page, "subscription")

    await press(page, "QR")
    picture = page.locator(".bubble img")
    await expect(picture).to_be_visible()
    await page.wait_for_function("document.querySelector('.bubble img').naturalWidth > 0")
    await shoot(page, "qr")
    await page.locator(".message.other").last.locator(".keys button").last.click()

    await expect(picture).to_have_count(0)


async def test_a_password_is_covered_until_it_is_touched(visit, shoot):
    """
    A spoiler shows nothing until it is clicked.
    """
    page = await visit("emma")
    await open_menu(page)
    await press(page, "Connection")
    await expect(page.locator(".message.other").last).to_contain_text("Port")
    await page.locator(".message.other").last.locator(".keys button").first.click()
    spoiler = page.locator(".message.other").last.locator(".spoiler").first
    await expect(spoiler).to_be_visible()
    await shoot(page, "spoiler")
    colour = "element => getComputedStyle(element).color"
    before = await spoiler.evaluate(colour)

    await spoiler.click()

    assert before == "rgba(0, 0, 0, 0)"
    assert await spoiler.evaluate(colour) != before
    await shoot(page, "spoiler-revealed")


@pytest.mark.parametrize("size", [PHONE, (1280, 860)])
async def test_the_number_pad_has_three_keys_a_row(visit, shoot, size):
    """
    For who types a mailed code with the thumb.
    """
    page = await visit("noah", size=size)
    await start(page)
    await write(page, "emma.walker@example.com")
    pad = page.locator(".message.other").last.locator(".keys")
    await expect(pad.filter(has_text="5")).to_be_visible()

    rows = [await row.locator("button").count() for row in await pad.all()]
    await shoot(page, f"pad-{size[0]}")

    assert rows[:4] == [3, 3, 3, 3]


async def test_a_deep_link_is_opened_as_a_person(visit, shoot):
    """
    It starts the bot with what it carries; one that leads nowhere says so.
    """
    page = await visit("emma", "group")
    await page.locator("#linking summary").click()
    await page.locator("#link").fill("https://example.com/")
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.locator("#toast.shown.error")).to_be_visible()
    await page.locator("#link").fill(
        (await page.locator("#link").get_attribute("placeholder")).replace("…", "code123")
    )

    await page.get_by_role("button", name="Open", exact=True).click()

    await expect(page.locator(".message.own").last).to_contain_text("/start code123")
    await expect(page.locator(".message.other").last).to_be_visible()
    await shoot(page, "link")


async def test_an_invitation_button_joins(visit, shoot):
    """
    Who has left comes back by the invitation that the bot makes.
    """
    page = await visit("emma", "group")
    await page.get_by_role("button", name="Leave").click()
    await expect(page.get_by_role("button", name="Join the group")).to_be_visible()
    page = await visit("emma")
    await open_menu(page)
    await press(page, "Group")
    await expect(page.locator(".message.other").last).to_contain_text("Lift my ban")
    await shoot(page, "group")
    await press(page, "Invitation")
    await expect(page.locator(".message.other").last).to_contain_text("Join the group")
    await shoot(page, "invitation")

    await press(page, "Join the group")

    await expect(page.locator(".message.service").last).to_contain_text("joined")


@pytest.mark.parametrize("kind", ["Photo", "Sticker"])
async def test_a_file_is_sent_and_answered(visit, shoot, kind):
    """
    For trying what the bot says of a picture where it waits for a text.
    """
    page = await visit("emma")
    await start(page)

    await page.locator("#attach summary").click()
    await page.get_by_role("button", name=kind, exact=True).click()

    await expect(page.locator(".message.own")).to_have_count(2)
    await expect(page.locator(".message.other")).to_have_count(2)
    await shoot(page, f"file-{kind}")
