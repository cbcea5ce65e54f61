"""
What a newcomer changes in the panel corner, and what the database has of it afterwards.
"""

import pytest
from playwright.async_api import expect

from sandbox.faults import Hang

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def until(demo, is_so):
    """
    Wait until a look at the panel, after each change of it, is as wanted.
    """
    while True:
        seen = demo.stage.panel.revision
        if await is_so():
            return
        await demo.stage.panel.changed(seen)


async def test_a_switch_changes_the_row(visit, demo, shoot):
    """
    A switch shows the setting's value and turns it over, with the keyboard as well.
    """
    page = await visit(tab="panel")
    quiet = page.get_by_role("switch", name="Quiet in groups")
    await expect(quiet).to_have_attribute("aria-checked", "false")

    await quiet.focus()
    await page.keyboard.press("Space")

    await expect(quiet).to_have_attribute("aria-checked", "true")
    await expect(quiet).to_be_focused()
    assert (await demo.stage.panel.settings())["telegram_group_quiet"] == "1"
    await shoot(page, "panel")


async def test_any_setting_can_be_given_any_value(visit, demo):
    """
    Also a value that does not fit the setting, to see what the daemon makes of it.
    """
    page = await visit(tab="panel")

    await page.get_by_text("Any other setting").click()
    await page.get_by_label("Item").fill("checkin_max")
    await page.get_by_label("Value").fill("abc")
    await page.locator("#any-setting button").click()

    await expect(page.get_by_label("Most, MB")).to_have_value("abc")
    assert (await demo.stage.panel.settings())["checkin_max"] == "abc"


async def test_a_node_falls_silent_and_comes_back(visit, demo):
    """
    A silent node's heartbeat is too old for the daemon at once, and fresh again afterwards.
    """
    page = await visit(tab="panel")

    await page.get_by_role("button", name="Silence 🇹🇼 台北 01").click()
    await expect(page.locator("#nodes [data-key=n3]")).to_contain_text("silent")
    silent = (await demo.stage.panel.nodes())[2]
    await page.get_by_role("button", name="Revive 🇹🇼 台北 01").click()
    await expect(page.locator("#nodes [data-key=n3]")).to_contain_text("online")
    alive = (await demo.stage.panel.nodes())[2]

    assert (alive.heartbeat_at - silent.heartbeat_at).total_seconds() >= 600


async def test_an_announcement_is_published(visit, demo):
    """
    What is published is stored as it was written.
    """
    page = await visit(tab="panel")

    await page.get_by_label("HTML, as the panel stores it").fill("<p>Hello & <b>welcome</b></p>")
    await page.get_by_role("button", name="Publish").click()

    await expect(page.locator("#toast.shown")).to_have_text("Published.")
    assert (await demo.stage.panel.announcements())[-1] == "<p>Hello & <b>welcome</b></p>"


async def test_accounts_are_bound_and_banned_as_the_site_does_it(visit, demo):
    """
    Unbinding, binding, banning and the language go into the account's row.
    """
    page = await visit(tab="panel")
    emma = page.locator("#accounts [data-key=a3]")

    await emma.get_by_role("button", name="Unbind").click()
    await expect(emma).to_contain_text("not bound")
    await emma.get_by_role("button", name="Bind", exact=True).click()
    await expect(emma).to_contain_text("711830226")
    await emma.get_by_role("button", name="Ban", exact=True).click()
    await expect(emma).to_contain_text("banned")
    await emma.get_by_label("Language of Emma Walker").select_option("ja_JP")

    async def is_japanese() -> bool:
        account = (await demo.stage.panel.accounts())[2]
        return account.is_banned and account.locale == "ja_JP"

    await until(demo, is_japanese)


async def test_a_fault_is_ordered(visit, demo):
    """
    Telegram hangs for as long as the page says that it does.
    """
    page = await visit(tab="panel")

    await page.get_by_role("button", name="Hang").click()

    await expect(page.get_by_text("in force")).to_be_visible()
    assert isinstance(demo.stage.telegram.faults.take("getMe"), Hang)


async def test_what_the_daemon_changes_is_seen(visit, demo):
    """
    A change in the database by somebody else appears by itself.
    """
    page = await visit(tab="panel")

    await demo.stage.panel.unbind(2)

    await expect(page.locator("#people [data-key=chen]")).to_contain_text("not bound")


async def test_messages_on_discord_and_slack_arrive(visit, demo, shoot):
    """
    What bots write there is shown with its formatting; a tab out of sight is marked.
    """
    stage = demo.stage
    page = await visit(tab="panel")

    noah = stage.discord.world.users["301884520117403648"]
    channel = stage.discord.world.direct_channel(stage.discord_bot, noah)
    stage.discord.world.post_as(
        stage.discord_bot, channel, "**Node offline** __now__ ||secret|| <b>no</b>", []
    )
    await expect(page.locator(".tabs [data-tab=discord] .news")).to_be_visible()
    await page.locator(".tabs [data-tab=discord]").click()
    text = page.locator("#discord-direct .text").last

    await expect(text.locator("strong")).to_have_text("Node offline")
    await expect(text.locator("u")).to_have_text("now")
    await expect(text.locator(".spoiler")).to_have_text("secret")
    await expect(text).to_contain_text("<b>no</b>")
    await shoot(page, "discord")

    block = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Node offline", "style": {"bold": True}},
                    {"type": "text", "text": " *as written* <b>no</b> "},
                    {"type": "link", "url": "https://example.org/", "text": "more"},
                ],
            }
        ],
    }
    stage.slack.world.post_as(stage.slack_app, stage.slack_channel, "Node offline", [block])
    await page.locator(".tabs [data-tab=slack]").click()
    text = page.locator("#slack-channel .text").last

    await expect(text.locator("b")).to_have_text("Node offline")
    await expect(text).to_contain_text("*as written* <b>no</b>")
    await expect(text.locator("a")).to_have_attribute("href", "https://example.org/")
    await shoot(page, "slack")
