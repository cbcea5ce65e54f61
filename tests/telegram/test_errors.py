"""
Telegram's errors, one by one, as whoever sends meets them.
"""

import pytest

from bots.telegram.bot import TelegramBot
from core.platform import (
    ContentRefusedError,
    CredentialsRefusedError,
    OtherReceiverError,
    PlatformUnreachableError,
    TargetError,
)
from sandbox.faults import AnswerJson, AnswerPage
from tests.telegram.conftest import BOUND, TOKEN, Chatting
from tests.telegram.test_deliveries import bot, open_bot, to

__all__ = ["bot", "open_bot"]

REFUSALS = {
    TargetError: (
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: bot was kicked from the channel chat"),
        (403, "Forbidden: bot is not a member of the supergroup chat"),
        (403, "Forbidden: bots can't send messages to bots"),
        (403, "Forbidden: the group chat was deleted"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat"),
        (400, "Bad Request: message thread not found"),
        (400, "Bad Request: TOPIC_CLOSED"),
        (400, "Bad Request: TOPIC_DELETED"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: have no rights to send a message"),
        (400, "Bad Request: need administrator rights in the channel chat"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
        (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"),
        (400, "Bad Request: CHAT_RESTRICTED"),
        (400, "Bad Request: CHANNEL_PRIVATE"),
        (400, "Bad Request: PEER_ID_INVALID"),
        (400, "Bad Request: USER_IS_BLOCKED"),
        (400, "Bad Request: INPUT_USER_DEACTIVATED"),
    ),
    ContentRefusedError: (
        (400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag b"),
        (400, "Bad Request: message is too long"),
        (400, "Bad Request: message text is empty"),
        (400, "Bad Request: BUTTON_DATA_INVALID"),
        (400, "Bad Request: BUTTON_URL_INVALID"),
        (400, "Bad Request: reply markup is too long"),
        (400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL"),
        (400, "Bad Request: ENTITY_BOUNDS_INVALID"),
        (413, "Request Entity Too Large"),
    ),
    CredentialsRefusedError: (
        (401, "Unauthorized"),
        (404, "Not Found"),
        (404, "Not Found: method not found"),
    ),
    OtherReceiverError: ((409, "Conflict: terminated by other getUpdates request"),),
    PlatformUnreachableError: (
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (504, "Gateway Timeout"),
        (400, "Bad Request: SOMETHING_NEW"),
        (418, "I'm a teapot"),
    ),
}


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [(code, said, kind) for kind, refusals in REFUSALS.items() for code, said in refusals],
)
async def test_an_error_is_told_by_what_to_do(
    bot: TelegramBot, chatting: Chatting, code: int, said: str, kind: type[Exception]
):
    """
    Every error that sending may meet has its class; one that is not known may pass, with all words.
    """
    body = {"ok": False, "error_code": code, "description": said}
    chatting.server.faults.order(AnswerJson(code, body), method="sendMessage", times=2)

    with pytest.raises(kind) as failure:
        await bot.send(to(BOUND))

    if kind in {TargetError, ContentRefusedError, PlatformUnreachableError}:
        assert said in str(failure.value)
    assert "\n" not in str(failure.value)
    assert TOKEN not in str(failure.value)


@pytest.mark.parametrize(
    "fault",
    [AnswerPage(502), AnswerPage(404), AnswerPage(200, page="{"), AnswerJson(200, {"ok": True})],
)
async def test_what_is_no_answer_may_pass(
    bot: TelegramBot, chatting: Chatting, fault: AnswerJson | AnswerPage
):
    """
    A page, broken JSON or an answer without the message: it may have arrived.
    """
    chatting.server.faults.order(fault, method="sendMessage")

    with pytest.raises(PlatformUnreachableError) as failure:
        await bot.send(to(BOUND))

    assert failure.value.may_have_arrived


async def test_a_429_tells_the_exact_wait(bot: TelegramBot, chatting: Chatting):
    """
    The seconds that Telegram asks for; of what they cover it says nothing.
    """
    body = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 17",
        "parameters": {"retry_after": 17},
    }
    chatting.server.faults.order(AnswerJson(429, body), method="sendMessage")

    with pytest.raises(PlatformUnreachableError) as failure:
        await bot.send(to(BOUND))

    assert (failure.value.retry_after, failure.value.covers) == (17, None)
    assert not failure.value.may_have_arrived
