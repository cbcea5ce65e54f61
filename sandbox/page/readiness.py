"""
How the daemon is, as its `/readyz` tells, looked at once a second.

The page knows the daemon by this address alone; one that does not answer is shown as not running.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import aiohttp

_EVERY = 1.0  # seconds between looks
_TIMEOUT = aiohttp.ClientTimeout(total=2)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the daemon: its state in the daemon's word, and why."""

    name: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the daemon says of itself; `status` is `away` if it says nothing."""

    status: str
    parts: tuple[Part, ...] = ()


AWAY = Readiness("away")


class DaemonWatch:
    """
    Keeps the last answer. `url`: the daemon's HTTP address without a path; `api_token`: what opens
    its HTTP API.
    """

    def __init__(self, url: str, *, api_token: str = "") -> None:
        self.url = url
        self._api_token = api_token
        self._current = AWAY
        self._number = 0
        self._turned = asyncio.Event()

    @property
    def current(self) -> Readiness:
        return self._current

    async def changed(self, seen: int) -> int:
        """Wait until the state has changed since number `seen`; gives the number then."""
        while self._number <= seen:
            await self._turned.wait()
        return self._number

    async def run(self) -> None:
        """Look again and again, for ever."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while True:
                self._keep(await self._look(session))
                await asyncio.sleep(_EVERY)

    async def bind_code(self, account_id: int) -> str:
        """A code by which an account is bound in chat, as a site asks for it; "" if none comes."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            with suppress(aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                async with session.post(
                    f"{self.url}/api/v1/bind-codes",
                    json={"user_id": account_id},
                    headers={"Authorization": f"Bearer {self._api_token}"},
                ) as response:
                    return str((await response.json())["code"])
        return ""

    async def _look(self, session: aiohttp.ClientSession) -> Readiness:
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with session.get(f"{self.url}/readyz") as response:
                return _read(await response.json())
        return AWAY

    def _keep(self, readiness: Readiness) -> None:
        if readiness != self._current:
            self._current = readiness
            self._number += 1
            turned, self._turned = self._turned, asyncio.Event()
            turned.set()


def _read(answer: object) -> Readiness:
    """The parts that a person wants to see, in the order of the page."""
    if not isinstance(answer, dict):
        return AWAY
    body = cast("Mapping[str, Any]", answer)
    parts = [_part("database", body.get("database")), _part("settings", body.get("settings"))]
    bots = cast("Mapping[str, object]", body.get("bots") or {})
    parts += [_part(name, bots[name]) for name in bots]
    return Readiness(str(body.get("status", "unavailable")), tuple(parts))


def _part(name: str, said: object) -> Part:
    if not isinstance(said, dict):
        return Part(name, "unknown")
    facts = cast("Mapping[str, object]", said)
    return Part(name, str(facts.get("state", "unknown")), str(facts.get("detail") or ""))
