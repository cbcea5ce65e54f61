"""
The page's style, script and icon.
"""

import asyncio
import gc
from urllib.parse import urlsplit

import aiohttp
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_each_file_has_its_type(demo, name, content_type):
    """
    A browser is told what it gets: it must not guess, and would refuse another type.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{demo.page_url}/static/{name}")

        assert (answer.status, answer.content_type) == (200, content_type)
        assert await answer.read()


@pytest.mark.parametrize("name", ["none.css", "..%2Fapp.py", "%2Fetc%2Fpasswd"])
async def test_nothing_else_is_served(demo, name):
    """
    What is not one of the page's files is not there.
    """
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{demo.page_url}/static/{name}")

        assert answer.status == 404


async def test_a_browser_that_goes_away_leaves_nothing_open(demo):
    """
    A request that is given up in the middle of its answer holds no file.
    """
    address = urlsplit(demo.page_url)
    request = f"GET /static/page.css HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()

    for steps in range(20):
        opened = [await asyncio.open_connection(address.hostname, address.port) for _ in range(20)]
        for _, writer in opened:
            writer.write(request)
        for _ in range(steps):
            await asyncio.sleep(0)
        for _, writer in opened:
            writer.transport.abort()

    gc.collect()  # a file that was forgotten while open complains now, which fails the test
