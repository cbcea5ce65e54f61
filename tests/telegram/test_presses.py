"""
Presses of buttons and messages without text, through real aiogram and the local Telegram.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.telegram.platform import TelegramConnector
from core.chat.asking import Answer, Chat, Person
from core.message import Button, Message, OpenUrl, Paragraph, Picture, plain
from core.metrics import Metrics
from core.pacing import Pacer, PaceRules
from core.platform import Credentials
from sandbox.telegram import Message as Shown
from sandbox.telegram import TelegramWorld
from tests.conftest import LogLines
from tests.telegram.conftest import BOUND, GROUP, TOKEN, UNBOUND, Chatting, Daemon

ONE_ENGINE = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)


@dataclass
class Clock:
    """Telegram's clock."""

    ahead: timedelta = field(default=timedelta(0))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> TelegramWorld:
    world = TelegramWorld(clock=clock)
    bot = world.add_bot(TOKEN, "site_bot", "Site")
    world.add_person(BOUND, "Ming", language_code="en")
    world.add_person(UNBOUND, "Ann", language_code="en")
    world.add_group(GROUP, "Group", owner_id=BOUND, member_ids=[UNBOUND, bot.id])
    world.promote_bot(BOUND, GROUP)
    return world


@dataclass
class Desk:
    """
    Whoever decides what is said, as the test tells it. `slowness`: seconds a press takes.
    """

    answers: list[Answer | Exception] = field(default_factory=list)
    asked: list[tuple[str | None, Chat]] = field(default_factory=list)
    slowness: float = 0.0

    def commands(self, language: str | None, *, in_groups: bool) -> list[Any]:
        return []

    async def command(self, name: str, argument: str, asker: Person, chat: Chat) -> Answer | None:
        return self._next(f"/{name}", chat)

    async def text(self, text: str | None, asker: Person, chat: Chat) -> Answer | None:
        return self._next(text, chat) if self.answers else None

    async def press(self, action_data: str, asker: Person, chat: Chat) -> Answer:
        await asyncio.sleep(self.slowness)
        return self._next(action_data, chat)

    def _next(self, what: str | None, chat: Chat) -> Answer:
        self.asked.append((what, chat))
        answer = self.answers.pop(0) if self.answers else Answer(notice="nothing more")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def desk(chatting: Chatting) -> AsyncIterator[Desk]:
    """
    A bot that runs with that desk.
    """
    desk, stop = Desk(), asyncio.Event()
    connector = TelegramConnector(
        api_url=chatting.server.url,
        proxy=None,
        desk=desk,
        groups=None,
        metrics=Metrics(),
        pacer=Pacer(PaceRules(overall=None)),
        rate=30,
        paid_broadcasts=False,
    )
    async with connector.connect(Credentials(token=TOKEN)) as bot:
        serving = asyncio.create_task(bot.serve(stop, lambda *_: None))
        yield desk
        stop.set()
        await serving


def say(text: str, **fields: Any) -> Message:
    button = Button("Site", OpenUrl("https://site.example"))
    return Message(blocks=(Paragraph(plain(text)),), buttons=((button,),), **fields)


def in_private(chatting: Chatting) -> list[Shown]:
    """
    The bot's messages to `BOUND` that are there.
    """
    return [
        message
        for message in chatting.world.messages(BOUND)
        if chatting.is_from_bot(message) and not message.is_deleted
    ]


async def shown(chatting: Chatting, desk: Desk, chat: int = BOUND) -> Shown:
    """
    A message of the bot's in a chat.
    """
    desk.answers.append(Answer(message=say("menu")))
    return await chatting.ask(BOUND, "/menu", chat=chat)


async def quiet(chatting: Chatting) -> None:
    """
    Whatever came before has been dealt with.
    """
    last = chatting.world.state.revision.number
    async with asyncio.timeout(5):
        while True:
            await asyncio.sleep(0.2)
            now = chatting.world.state.revision.number
            if now == last:
                return
            last = now


async def test_the_desk_knows_which_message_it_was(chatting: Chatting, desk: Desk):
    """
    The message that was written, and the one that bears the button.
    """
    message = await shown(chatting, desk)

    await chatting.world.wait_for_answer(chatting.world.press(BOUND, BOUND, message.id, data="x"))

    (_, written), (_, pressed) = desk.asked
    assert written.message_id == str(message.id - 1)
    assert pressed.message_id == str(message.id)


async def test_a_message_that_has_done_its_service_is_deleted(chatting: Chatting, desk: Desk):
    """
    The one with the button, after the answer is there.
    """
    message = await shown(chatting, desk)
    desk.answers.append(Answer(message=say("the answer"), deletes_asked=True))

    chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_until(lambda: message.is_deleted)

    assert [each.text for each in in_private(chatting)] == ["the answer"]


async def test_what_a_person_wrote_is_deleted_after_the_answer(chatting: Chatting, desk: Desk):
    """
    A secret does not stay in the chat, and the person sees what became of it.
    """
    chatting.world.start_bot(BOUND)
    await quiet(chatting)
    desk.answers.append(Answer(message=say("got it"), deletes_asked=True))

    written = chatting.world.write(BOUND, BOUND, "secret")
    await chatting.world.wait_until(lambda: written.is_deleted)

    assert in_private(chatting)[-1].text == "got it"


async def test_what_cannot_be_deleted_does_no_harm(
    chatting: Chatting, desk: Desk, clock: Clock, log_lines: LogLines
):
    """
    In private a line in the log, in a group a warning with its mend; the answer is there all the
    same.
    """
    chatting.world.promote_bot(BOUND, GROUP, rights=["can_manage_chat"])
    desk.answers.append(Answer(message=say("seen"), deletes_asked=True))

    written = chatting.world.write(UNBOUND, GROUP, "secret")
    answer = await chatting.next_answer(GROUP, after=written.id)

    assert answer.text == "seen"
    assert not written.is_deleted
    (line,) = [line for line in log_lines if line["event"] == "message not deleted"]
    assert line["level"] == "warning"
    assert "right to delete" in line["mend"]


async def test_in_a_group_the_secret_goes_first(chatting: Chatting, desk: Desk):
    """
    Where many read it is gone before anything is said.
    """
    desk.answers.append(Answer(message=say("seen"), deletes_asked=True))

    written = chatting.world.write(UNBOUND, GROUP, "secret")
    answer = await chatting.next_answer(GROUP, after=written.id)

    assert written.is_deleted
    assert answer.reply_to is None


async def test_a_picture_is_not_edited_into_a_text(chatting: Chatting, desk: Desk):
    """
    The new message comes, then the picture goes; and the same the other way round.
    """
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x05\0\0\0\x05"
    picture = Message(blocks=(), picture=Picture(png))
    message = await shown(chatting, desk)
    desk.answers += [
        Answer(message=picture, replaces=True),
        Answer(message=say("home"), replaces=True),
    ]

    chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_until(lambda: message.is_deleted)
    (as_picture,) = in_private(chatting)
    assert as_picture.media is not None
    chatting.world.press(BOUND, BOUND, as_picture.id, data="x")
    await chatting.world.wait_until(lambda: as_picture.is_deleted)

    assert [(each.text, each.media) for each in in_private(chatting)] == [("home", None)]
    assert [call for call in chatting.server.calls if not call.is_ok] == []


@pytest.mark.parametrize("replaces", [True, False])
async def test_an_old_message_is_followed_by_a_new_one(
    chatting: Chatting, desk: Desk, clock: Clock, replaces: Any
):
    """
    After 48 hours nothing can be done to it; what there is to show is shown all the same.
    """
    message = await shown(chatting, desk)
    clock.ahead = timedelta(hours=49)
    desk.answers.append(Answer(message=say("new"), replaces=replaces))

    await chatting.world.wait_for_answer(chatting.world.press(BOUND, BOUND, message.id, data="x"))
    await chatting.next_answer(BOUND, after=message.id)

    assert [each.text for each in in_private(chatting)] == ["menu", "new"]
    assert [call for call in chatting.server.calls if not call.is_ok] == []


async def test_an_old_message_that_should_go_says_so(chatting: Chatting, desk: Desk, clock: Clock):
    """
    It cannot be deleted: the desk is asked what it says of a dead button.
    """
    message = await shown(chatting, desk)
    clock.ahead = timedelta(hours=49)
    desk.answers += [Answer(deletes_asked=True), Answer(notice="send /menu", is_alert=True)]

    query = chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_for_answer(query)

    assert (query.text, query.is_alert) == ("send /menu", True)
    assert [call for call in chatting.server.calls if not call.is_ok] == []


async def test_a_slow_answer_stops_the_sign_and_comes_as_a_message(chatting: Chatting, desk: Desk):
    """
    The sign stops after three seconds, without a word; a notice comes as a message then.
    """
    message = await shown(chatting, desk)
    desk.answers.append(Answer(notice="done at last", is_alert=True))
    desk.slowness = 3.5

    query = chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_for_answer(query, seconds=3.4)
    assert query.text == ""

    answer = await chatting.next_answer(BOUND, after=message.id)
    assert answer.text == "done at last"


async def test_a_fault_of_ours_leaves_no_sign_turning(
    chatting: Chatting, desk: Desk, log_lines: LogLines
):
    """
    The press is answered, the fault is in the log, and the next press works.
    """
    message = await shown(chatting, desk)
    desk.answers += [LookupError("ours"), Answer(notice="fine")]

    first = chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_for_answer(first)
    second = chatting.world.press(BOUND, BOUND, message.id, data="x")
    await chatting.world.wait_for_answer(second)

    assert (first.text, second.text) == ("", "fine")
    assert [line["event"] for line in log_lines if line["level"] == "error"] == ["update failed"]


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice", "document"])
async def test_what_has_no_text_reaches_the_desk(chatting: Chatting, desk: Desk, kind: str):
    """
    A caption is no text: nobody types a code below a picture.
    """
    chatting.world.start_bot(BOUND)
    await quiet(chatting)
    desk.asked.clear()
    desk.answers.append(Answer(message=say("text, please")))

    sent = chatting.world.send_file(BOUND, BOUND, kind, caption="123456" * (kind != "sticker"))
    answer = await chatting.next_answer(BOUND, after=sent.id)

    assert answer.text == "text, please"
    assert [text for text, _ in desk.asked] == [None]


async def test_what_telegram_says_of_a_chat_reaches_nobody(chatting: Chatting, desk: Desk):
    """
    Service messages, forwarded pictures, pictures in groups: the desk is not asked.
    """
    world = chatting.world
    chatting.world.start_bot(BOUND)
    await quiet(chatting)
    desk.asked.clear()
    desk.answers.append(Answer(message=say("heard")))

    world.state.post_service(
        world.chat(BOUND), world.person(BOUND), {"message_auto_delete_timer_changed": {}}
    )
    world.send_file(BOUND, BOUND, "photo", forwarded=True)
    world.send_file(BOUND, GROUP, "photo")
    world.leave(UNBOUND, GROUP)
    await quiet(chatting)

    assert desk.asked == []


async def test_in_groups_captions_and_what_is_passed_on_are_looked_at(
    chatting: Chatting, desk: Desk
):
    """
    A secret may stand there too, and behind a command.
    """
    world = chatting.world

    world.send_file(BOUND, GROUP, "photo", caption="in a caption")
    world.write(BOUND, GROUP, "passed on", forwarded=True)
    world.write(BOUND, GROUP, "/ping@other_bot not ours")
    world.write(BOUND, GROUP, "/start@site_bot ours")
    desk.answers += [Answer(message=say(str(number))) for number in range(4)]
    async with asyncio.timeout(5):
        while len(desk.asked) < 4:
            await asyncio.sleep(0.02)

    assert [text for text, _ in desk.asked] == [
        "in a caption",
        "passed on",
        "/ping@other_bot not ours",
        "/start@site_bot ours",
    ]


@ONE_ENGINE
async def test_the_qr_code_comes_and_goes(
    daemon: Daemon, chatting: Chatting, press_data: Callable[..., Any]
):
    """
    From the menu to the picture and back, with nothing that Telegram finds fault with.
    """
    menu = await chatting.ask(BOUND, "/menu")
    await press_data(menu, "pg:subscription")
    await press_data(menu, "qr:")
    picture = await chatting.next_answer(BOUND, after=menu.id)
    assert picture.media is not None
    assert picture.media.file.content.startswith(b"\x89PNG")

    await press_data(picture, "cl")
    await chatting.world.wait_until(lambda: picture.is_deleted)

    assert not menu.is_deleted
    assert [call for call in chatting.server.calls if not call.is_ok] == []


@pytest.fixture
def press_data(chatting: Chatting) -> Callable[..., Any]:
    """
    Presses the button of `BOUND`'s whose data begins so.
    """

    async def press(message: Shown, begins: str) -> Any:
        found = await chatting.world.wait_until(
            lambda: next((b for b in message.buttons if b.value.startswith(begins)), None)
        )
        query = chatting.world.press(BOUND, BOUND, message.id, data=found.value)
        return await chatting.world.wait_for_answer(query)

    return press
