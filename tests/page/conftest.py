"""
The sandbox's page in a real Chromium, with the real daemon answering behind it.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bots.registry import platforms
from config_store.bootstrap import BootstrapSettings
from core.app import App
from core.log import Redactor
from sandbox.demo import Demo, open_demo

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = (390, 844), (1280, 860)
_PATIENCE = 30  # seconds for what is to be seen

Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip("Chromium is not installed: make setup")
    expect.set_options(timeout=_PATIENCE * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    """
    A fresh sandbox without a daemon.
    """
    async with open_demo() as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="session")
async def daemon(demo: Demo) -> AsyncIterator[None]:
    """
    The real daemon, serving that sandbox.
    """
    async with _running_daemon(demo):
        yield


@asynccontextmanager
async def _running_daemon(demo: Demo) -> AsyncIterator[None]:
    bootstrap = BootstrapSettings(**demo.settings)
    app, stop = App(bootstrap=bootstrap, redactor=Redactor(), platforms=platforms), asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    try:
        async with asyncio.timeout(60):
            await _telegram_runs(demo)
        yield
    finally:
        stop.set()
        await running
        await app.close()


async def _telegram_runs(demo: Demo) -> None:
    watch, seen = demo.stage.daemon, 0
    while not any(
        part.name == "telegram" and part.state == "running" for part in watch.current.parts
    ):
        seen = await watch.changed(seen)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, demo: Demo) -> AsyncIterator[Visit]:
    """
    Opens the page as a person. A script's error, or one that the console shows, fails the test.
    """
    contexts, complaints = [], []

    async def open_page(
        who: str = "emma",
        place: str = "private",
        *,
        tab: str = "telegram",
        size: tuple[int, int] = DESK,
        scheme: str = "light",
        language: str = "en",
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(_PATIENCE * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
        query = f"person={who}&place={place}&tab={tab}&lang={language}"
        await page.goto(f"{demo.page_url}/?{query}")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
def shoot() -> Callable[[Page, str], Awaitable[None]]:
    """
    Keeps a picture of the page where `SANDBOX_SHOTS` names a directory.
    """

    async def keep(page: Page, name: str) -> None:
        if directory := os.environ.get("SANDBOX_SHOTS"):
            await page.screenshot(path=Path(directory) / f"{name}.png")

    return keep
