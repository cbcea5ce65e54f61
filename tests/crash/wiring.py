"""
A daemon with everything between it and the rest on wires: its database can be cut off, and what it
sends to each platform is heard.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import make_url

from tests.crash.far_side import DISCORD, PLATFORMS, SLACK, TELEGRAM, Accepted, FarSides
from tests.crash.wires import Ear, Said, Wire, wire

_EARLIER, _LATER = 0.1, 1.0  # seconds between what is heard on a wire and its being taken


@dataclass
class Wiring:
    """One daemon's wires. `settings`: the bootstrap settings that lead it over them."""

    database: Wire
    ears: dict[str, Ear]
    settings: dict[str, Any]

    def has_sent(self, to: str, taken: Accepted) -> bool:
        """Whether a message that a platform took came from this daemon."""
        heard = self.ears[taken.key.platform].times.get((to, taken.key.mark), ())
        return any(-_EARLIER < taken.at - at < _LATER for at in heard)

    @property
    def said(self) -> list[Said]:
        """What the daemon has sent, in its order."""
        return sorted(
            (said for ear in self.ears.values() for said in ear.said), key=lambda said: said.at
        )


async def open_wiring(
    opened: AsyncExitStack, name: str, *, database_url: str, far: FarSides
) -> Wiring:
    """Wires for a daemon with this name; they end with `opened`."""
    ears = {platform: Ear(name, platform) for platform in PLATFORMS}
    ports = {}
    for platform in PLATFORMS:
        made = await opened.enter_async_context(wire(far.port(platform), heard=ears[platform]))
        ports[platform] = made.port
    url = make_url(database_url)
    assert url.port is not None
    database = await opened.enter_async_context(wire(url.port))
    return Wiring(
        database=database,
        ears=ears,
        settings={
            "database_url": url.set(port=database.port).render_as_string(hide_password=False),
            "telegram_api_url": f"http://127.0.0.1:{ports[TELEGRAM]}",
            "discord_api_url": f"http://127.0.0.1:{ports[DISCORD]}/api/v10",
            "slack_api_url": f"http://127.0.0.1:{ports[SLACK]}/api/",
        },
    )
