"""
Answers to people when Telegram does not take them at once.
"""

import asyncio

from sandbox.faults import AnswerJson
from tests.conftest import LogLines
from tests.telegram.conftest import BOUND, GROUP, OTHER, Chatting, Daemon

WAIT = {
    "ok": False,
    "error_code": 429,
    "description": "Too Many Requests: retry after 1",
    "parameters": {"retry_after": 1},
}


async def test_an_answer_that_has_to_wait_holds_up_that_chat_alone(
    daemon: Daemon, chatting: Chatting
):
    """
    After a 429 nothing goes to that chat until the time is over; others are answered meanwhile.
    """
    clock = asyncio.get_running_loop().time
    chatting.server.faults.order(AnswerJson(429, WAIT), method="sendMessage")
    began = clock()
    written = chatting.world.write(BOUND, BOUND, "/ping")
    async with asyncio.timeout(5):
        while not chatting.server.calls.count_status(0):
            await asyncio.sleep(0.01)

    await chatting.ask(OTHER, "/ping")
    others_took = clock() - began
    await chatting.next_answer(BOUND, after=written.id)

    assert others_took < 0.9
    assert 1.0 <= clock() - began < 4.0
    answers = [m for m in chatting.world.messages(BOUND) if chatting.is_from_bot(m)]
    assert len(answers) == 1


async def test_a_group_that_has_to_wait_gets_no_other_answer(
    daemon: Daemon, chatting: Chatting, log_lines: LogLines
):
    """
    The pause that Telegram asked for in one answer is kept by all: another one is left out.
    """
    chatting.server.faults.order(AnswerJson(429, WAIT), method="sendMessage")
    chatting.world.write(BOUND, GROUP, "/ping")
    async with asyncio.timeout(5):
        while not chatting.server.calls.count("sendMessage"):
            await asyncio.sleep(0.01)

    chatting.world.write(OTHER, GROUP, "/ping")
    async with asyncio.timeout(5):
        while not any(line["event"] == "answer left out" for line in log_lines):
            await asyncio.sleep(0.01)

    answer = await chatting.next_answer(GROUP, after=0)
    assert str(BOUND) in answer.text
    assert chatting.server.calls.count("sendMessage") == 2


async def test_an_answer_follows_a_group_that_moved(daemon: Daemon, chatting: Chatting):
    """
    Who asked in the moment of the change is answered in the supergroup.
    """
    group, supergroup = -4001, -1004001
    world = chatting.world
    members = [OTHER, chatting.bot.id]
    world.add_group(group, "Small", is_supergroup=False, owner_id=BOUND, member_ids=members)

    world.write(OTHER, group, "/ping")
    world.migrate_group(BOUND, group, new_id=supergroup)

    answer = await world.wait_for(supergroup, chatting.is_from_bot)
    assert str(OTHER) in answer.text
