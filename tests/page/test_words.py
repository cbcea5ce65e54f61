"""
The page in Chinese.
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

import sandbox.page
from sandbox.page.panel_view import LABELS
from sandbox.page.words import translator

PAGE = Path(sandbox.page.__file__).parent
WORDS = re.compile(r"""\b_\((?:"([^"]+)"|'([^']+)')\)""")


def test_every_text_of_the_page_has_its_chinese():
    """
    No text of templates, answers and labels is left out.
    """
    sources = [*PAGE.glob("templates/*.html"), *PAGE.glob("*.py")]
    found = [WORDS.findall(path.read_text(encoding="utf-8")) for path in sources]
    texts = {double or single for each in found for double, single in each} | set(LABELS)
    same = {"Telegram"}

    chinese = translator("zh")

    assert {text for text in texts - same if chinese(text) == text} == set()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_language_stays_chosen(visit, shoot):
    """
    One touch turns the page to Chinese, and it stays so on the next visit.
    """
    page = await visit("chen", tab="panel")

    await page.get_by_role("link", name="中文").click()
    await page.goto(page.url.split("?")[0])

    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(page.get_by_role("link", name="English")).to_be_visible()
    await shoot(page, "chinese")
