import asyncio

import pytest

from bots.discord.invalid_calls import InvalidCalls
from core.platform import (
    ContentRefusedError,
    Covers,
    CredentialsRefusedError,
    PlatformUnreachableError,
    TargetError,
)
from sandbox.faults import AnswerJson, AnswerPage
from tests.discord.conftest import Site, to

CREATE = "POST /channels/{channel_id}/messages"
KINDS = {
    TargetError: (
        *(10003, 10004, 10013, 10015, 40058, 50001, 50007, 50008, 50013, 50033, 50083, 50278),
        160005,
    ),
    ContentRefusedError: (50006, 50035, 40005, 20009),
    CredentialsRefusedError: (40001, 50014),
    PlatformUnreachableError: (20016, 20028, 20029, 40003, 40062, 130000, 99999, 0),
}


@pytest.mark.parametrize(
    ("code", "kind"), [(code, kind) for kind, codes in KINDS.items() for code in codes]
)
async def test_a_code_is_told_by_what_to_do(site: Site, code: int, kind: type[Exception]) -> None:
    """
    Every code that sending may meet has its class; one that is not known may pass, with all words.
    """
    body = {"message": "Discord's own\nwords", "code": code}

    async with site.connector.connect(site.credentials) as bot:
        site.server.faults.order(AnswerJson(400, body), times=None)
        with pytest.raises(kind) as failure:
            await bot.send(to(site.channel.id, "x"))

    if kind is not CredentialsRefusedError:
        assert "Discord's own words" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert site.bot.token not in str(failure.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (AnswerJson(401, {"message": "401: Unauthorized", "code": 0}), CredentialsRefusedError),
        (AnswerJson(500, {"message": "500: Internal Server Error", "code": 0}), None),
        (AnswerPage(502), None),
        (AnswerPage(503), None),
        (AnswerPage(200, page="{"), None),
        (AnswerJson(200, {}), None),
        (AnswerPage(404), None),
    ],
)
async def test_an_answer_without_a_code_goes_by_its_status(
    site: Site, fault: AnswerJson | AnswerPage, kind: type[Exception] | None
) -> None:
    """
    Pages of proxies and answers that are none may pass; only 401 is the token's.
    """
    async with site.connector.connect(site.credentials) as bot:
        site.server.faults.order(fault, method=CREATE)
        with pytest.raises(kind or PlatformUnreachableError):
            await bot.send(to(site.channel.id, "x"))


@pytest.mark.parametrize(
    ("headers", "told", "covers"),
    [
        ({"X-RateLimit-Scope": "global"}, {"global": True}, Covers.BOT),
        ({"X-RateLimit-Scope": "user"}, {"global": False}, Covers.TARGET),
        ({"X-RateLimit-Scope": "shared"}, {"global": False}, Covers.TARGET),
        ({}, {"global": True}, Covers.BOT),
        ({}, {}, Covers.TARGET),
    ],
)
async def test_a_429_tells_what_it_covers(
    site: Site, headers: dict[str, str], told: dict[str, bool], covers: Covers
) -> None:
    """
    The bot as a whole, or the channel alone; the wait is exact.
    """
    body = {"message": "wait", "retry_after": 1.25, **told}

    async with site.connector.connect(site.credentials) as bot:
        site.server.faults.order(AnswerJson(429, body, headers), method=CREATE)
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "x"))

    assert (failure.value.retry_after, failure.value.covers) == (1.25, covers)


async def test_a_429_that_is_no_budgets_covers_all(site: Site) -> None:
    """
    A page in its place comes from what stands before Discord and refuses this address.
    """
    async with site.connector.connect(site.credentials) as bot:
        site.server.faults.order(AnswerPage(429), method=CREATE)
        with pytest.raises(PlatformUnreachableError) as failure:
            await bot.send(to(site.channel.id, "x"))

    assert failure.value.covers is Covers.BOT


async def test_too_many_invalid_calls_make_the_bot_pause() -> None:
    """
    Before Discord shuts the address out; after the time it goes on. What is shared does not count.
    """
    calls = InvalidCalls(most=2, seconds=0.2)
    calls.note(403, {})
    calls.note(404, {})
    calls.note(429, {"X-RateLimit-Scope": "shared"})
    calls.check()

    calls.note(401, {})

    with pytest.raises(PlatformUnreachableError) as pause:
        calls.check()
    assert pause.value.covers is Covers.BOT
    assert 0 < pause.value.retry_after <= 0.2
    await asyncio.sleep(pause.value.retry_after)
    calls.check()
