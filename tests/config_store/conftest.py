"""
The server behind the panel's database, for tests that stop it.
"""

import asyncio

import pytest

from tests.databases import PrivateMariaDB


class Server:
    """
    The private MariaDB, stopped and started without holding up the loop.
    """

    def __init__(self, mariadb: PrivateMariaDB) -> None:
        self._mariadb = mariadb

    async def stop(self) -> None:
        await asyncio.to_thread(self._mariadb.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._mariadb.start)


@pytest.fixture
def server(panel_url: str, mariadb: PrivateMariaDB) -> Server:
    if panel_url.startswith("sqlite"):
        pytest.skip("an SQLite file has no server")
    return Server(mariadb)
