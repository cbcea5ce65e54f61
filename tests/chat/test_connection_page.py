"""
The connection's page: a password that is hidden again for certain, and changes that happen once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from config_store.database import Database
from config_store.panel.tables import PanelTables
from core.accounts.encryption import EncryptionMethod
from core.actions import (
    Action,
    AskNewPassword,
    ChangeMethod,
    ChangePassword,
    ChooseMethod,
    HidePassword,
    OpenPage,
    Page,
    ShowPassword,
    encode,
)
from core.chat.asking import Answer
from core.chat.desk import ChatDesk
from core.message import Button, CopyText, Fields, Message, Style
from core.platform import PlatformUnreachableError
from tests.chat.conftest import (
    BOUND,
    OTHER_GROUP,
    PRIVATE,
    SITE_GROUP,
    STRANGER,
    Configure,
    Office,
    OpenOffice,
)
from tests.chat.reading import actions_of, said, text_of
from tests.conftest import AddAccount
from tests.delivery.conftest import AdjustableClock
from tests.delivery.far_side import Duty, FarSide, Role

Press = Callable[..., Awaitable[Answer]]
SECRET = "Sesame0Open1Door"
PAGE = replace(PRIVATE, message_id="88")
OPEN, ASK = OpenPage(Page.CONNECTION), AskNewPassword()
LANGUAGES = ("zh_CN", "en_US", "zh_TW", "ja_JP")


@pytest.fixture
async def owner(database: Database, tables: PanelTables, account: int) -> int:
    """
    The account of `BOUND`, with a password that a test would see anywhere.
    """
    user = tables.user
    values = {"port": 31337, "passwd": SECRET, "method": "aes-256-gcm"}
    await database.run(lambda it: it.execute(update(user).values(values)))
    return account


@pytest.fixture
def tap(press: Press) -> Press:
    """
    Presses a button of the page, as its owner if not told otherwise.
    """

    async def press_button(action: Action, asker: Any = BOUND, chat: Any = PAGE) -> Answer:
        return await press(action, asker, chat)

    return press_button


def buttons_of(answer: Answer) -> list[Button]:
    assert answer.message is not None
    return [button for row in answer.message.buttons for button in row]


def confirmation_in(answer: Answer) -> ChangePassword:
    (action,) = [each for each in actions_of(answer) if isinstance(each, ChangePassword)]
    return action


async def test_the_page_keeps_the_password_hidden(tap: Press, owner: int):
    """
    Port and method are there, and what can be done.
    """
    answer = await tap(OPEN)

    shown = said(answer)
    assert ("31337" in shown, "aes-256-gcm" in shown, SECRET in shown) == (True, True, False)
    assert set(actions_of(answer)) == {
        ShowPassword(),
        ChooseMethod(),
        AskNewPassword(),
        OpenPage(Page.HOME),
    }


async def test_a_password_is_shown_in_a_form_that_is_copied(tap: Press, owner: int):
    """
    Below a veil, as code, and with a button that copies it; every other button hides it.
    """
    answer = await tap(ShowPassword())

    assert answer.message is not None
    (fields,) = [block for block in answer.message.blocks if isinstance(block, Fields)]
    spans = [span for each in fields.fields for span in each.value]
    assert [span.styles for span in spans if span.text == SECRET] == [{Style.CODE, Style.SPOILER}]
    assert answer.replaces
    assert [each.does for each in buttons_of(answer)] == [
        CopyText(SECRET),
        HidePassword(Page.CONNECTION),
        HidePassword(Page.HOME),
    ]


async def test_a_password_that_could_not_be_hidden_is_not_shown(
    tap: Press, owner: int, database: Database
):
    """
    Where the platform does not say which message it is, or the queue is not there.
    """
    unknown = await tap(ShowPassword(), BOUND, PRIVATE)
    await database.run(lambda it: it.execute(text("DROP TABLE im_deliveries")))
    refused = await tap(ShowPassword())

    for answer in (unknown, refused):
        assert answer.is_alert
        assert SECRET not in said(answer)


async def test_hiding_shows_the_page_or_the_menu_again(tap: Press, owner: int):
    """
    By each of the two buttons.
    """
    await tap(ShowPassword())

    page, home = await tap(HidePassword(Page.CONNECTION)), await tap(HidePassword(Page.HOME))

    assert (SECRET in said(page), ShowPassword() in actions_of(page)) == (False, True)
    assert OPEN in actions_of(home)


@dataclass
class Telegram(FarSide):
    """
    A platform whose messages can be edited. `edit_refusals`: what it answers next.
    """

    edits: list[tuple[str, str, Message]] = field(default_factory=list)
    edit_refusals: list[Exception] = field(default_factory=list)

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        if self.edit_refusals:
            raise self.edit_refusals.pop()
        self.edits.append((target, message_id, message))


class Site:
    """
    A desk with its queue, whose actions are done when a test has them done.
    """

    def __init__(self, open_office: OpenOffice, database: Database) -> None:
        self.far_side = Telegram()
        self.time = AdjustableClock()
        self._database = database
        self._platform = self.far_side.platform()
        self._open = lambda: open_office(now=self.time, platforms=[self._platform])
        self.office: Office = self._open()

    def restart(self) -> None:
        self.office = self._open()

    async def tap(self, action: Action, chat: Any = PAGE) -> Answer:
        return await self.office.desk.press(encode(action), BOUND, chat)

    async def states(self) -> list[str]:
        found = await self._database.run(
            lambda it: it.execute(text("SELECT state FROM im_deliveries WHERE action IS NOT NULL"))
        )
        return list(found.scalars())

    async def after(self, length: timedelta) -> list[tuple[str, str, Message]]:
        """What has been edited once all that is due by then is done."""
        self.time.ahead += length
        stop = asyncio.Event()
        worker = self.office.queue.worker(self._platform, role=Role(), duty=Duty(self.far_side))
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
            tasks.create_task(worker.run(stop))
            while await self._is_due():
                await asyncio.sleep(0.02)
            stop.set()
        return self.far_side.edits

    async def _is_due(self) -> bool:
        now: datetime = self.time()
        found = await self._database.run(
            lambda it: it.execute(
                text(
                    "SELECT 1 FROM im_deliveries WHERE state = 'sending'"
                    " OR (state IN ('waiting', 'queued') AND not_before <= :now)"
                ),
                {"now": now.replace(tzinfo=None)},
            )
        )
        return found.first() is not None


@pytest.fixture
async def site(
    open_office: OpenOffice, database: Database, configure: Configure, owner: int
) -> Site:
    site = Site(open_office, database)
    await configure(telegram_chatid=-100500, telegram_token="1:a", enable_checkin=1)
    return site


MINUTE = timedelta(seconds=61)


async def test_a_shown_password_hides_by_itself(site: Site):
    """
    After a minute, in the very message, with the page as it stands then, in the reader's language.
    """
    shown = await site.tap(ShowPassword())

    early = list(await site.after(timedelta(seconds=30)))
    ((target, message_id, message),) = await site.after(timedelta(seconds=31))

    assert SECRET in said(shown)
    assert early == []
    assert (target, message_id) == (PAGE.target, PAGE.message_id)
    assert "连接信息" in text_of(message)
    assert "31337" in text_of(message)
    assert SECRET not in text_of(message)
    assert await site.states() == ["sent"]


async def test_a_restart_does_not_forget_to_hide(site: Site):
    """
    Nor does a platform that is away for a moment.
    """
    await site.tap(ShowPassword())
    site.restart()
    site.far_side.edit_refusals.append(PlatformUnreachableError("away"))

    edits = await site.after(MINUTE)
    while not edits:
        edits = await site.after(MINUTE)

    assert len(edits) == 1
    assert SECRET not in text_of(edits[0][2])


async def test_who_has_hidden_it_is_left_alone(site: Site):
    """
    What he looks at in the same message by then stays: the action finds nothing to do.
    """
    for page in (Page.CONNECTION, Page.HOME):
        await site.tap(ShowPassword())
        await site.tap(HidePassword(page))

        assert await site.after(MINUTE) == []
    assert await site.states() == ["sent", "sent"]


async def test_a_double_tap_hides_once_and_for_all(site: Site):
    """
    Shown twice in the same message: it is hidden once, and hiding by hand ends both.
    """
    await asyncio.gather(site.tap(ShowPassword()), site.tap(ShowPassword()))
    edits = len(await site.after(MINUTE))
    await asyncio.gather(site.tap(ShowPassword()), site.tap(ShowPassword()))
    await site.tap(HidePassword(Page.HOME))

    assert edits == 1
    assert len(await site.after(MINUTE)) == 1
    assert await site.states() == ["sent"] * 4


async def test_a_password_shown_again_stays_its_time(site: Site):
    """
    What was to hide the first showing does not end the second one early.
    """
    await site.tap(ShowPassword())
    site.time.ahead += timedelta(seconds=50)
    await site.tap(HidePassword(Page.CONNECTION))
    await site.tap(ShowPassword())

    early = list(await site.after(timedelta(seconds=20)))

    assert early == []
    assert len(await site.after(timedelta(seconds=50))) == 1


async def test_two_messages_hide_each_their_own(site: Site):
    """
    Hiding one does not keep the other open.
    """
    other = replace(PAGE, message_id="99")
    await site.tap(ShowPassword())
    await site.tap(ShowPassword(), other)
    await site.tap(HidePassword(Page.CONNECTION))

    edits = await site.after(MINUTE)

    assert [message_id for _, message_id, _ in edits] == ["99"]


@pytest.mark.parametrize("fate", ["banned", "deleted"])
async def test_what_hides_a_password_shows_nothing_of_an_account_that_is_lost(
    site: Site, database: Database, tables: PanelTables, fate: str
):
    """
    That it is hidden, and the way to the menu.
    """
    await site.tap(ShowPassword())
    user = tables.user
    change = update(user).values(is_banned=1) if fate == "banned" else delete(user)
    await database.run(lambda it: it.execute(change))

    ((_, _, message),) = await site.after(MINUTE)

    assert "密码已隐藏" in text_of(message)
    assert "31337" not in text_of(message)


async def test_no_secret_is_kept_or_logged(site: Site, database: Database, log_lines: Any):
    """
    Not in the daemon's tables, not in the log, while it is shown and after.
    """
    shown = await site.tap(ShowPassword())
    await site.after(MINUTE)
    changed = await site.tap(confirmation_in(await site.tap(ASK)))

    kept = ""
    for table in ("im_deliveries", "im_conversations", "im_notices", "im_lanes"):
        found = await database.run(
            lambda it, table=table: it.execute(text(f"SELECT * FROM {table}"))
        )
        kept += str(found.all())
    assert SECRET in said(shown)
    assert "hide_password" in kept
    assert SECRET not in kept + str(list(log_lines)) + repr(changed)


@pytest.mark.parametrize("method", list(EncryptionMethod))
async def test_a_method_is_chosen_by_one_press(
    tap: Press, owner: int, read_account: Any, method: EncryptionMethod
):
    """
    It stands in the panel's row, is marked on the page, and the notice says what to do.
    """
    page = await tap(ChooseMethod())
    before = await read_account(owner)

    answer = await tap(ChangeMethod(owner, method))

    after = await read_account(owner)
    marked = [[each.does for each in buttons_of(a) if "✓" in each.label] for a in (page, answer)]
    assert [each for each in actions_of(page) if isinstance(each, ChangeMethod)] == [
        ChangeMethod(owner, each) for each in EncryptionMethod
    ]
    assert marked == [
        [ChangeMethod(owner, EncryptionMethod.AES_256_GCM)],
        [ChangeMethod(owner, method)],
    ]
    assert method.value in (answer.notice or "")
    assert dict(after._mapping) == {**before._mapping, "method": method.value}


async def test_a_method_of_old_is_shown_and_none_is_marked(
    tap: Press, database: Database, tables: PanelTables, owner: int
):
    """
    What the panel allowed once is named, and can be left.
    """
    await database.run(lambda it: it.execute(update(tables.user).values(method="rc4-md5")))

    answer = await tap(ChooseMethod())

    assert "rc4-md5" in said(answer)
    assert "✓" not in said(answer)


async def test_a_new_password_asks_first(tap: Press, owner: int, read_account: Any):
    """
    It says what stops working, and changes nothing.
    """
    before = await read_account(owner)

    question = await tap(ASK)

    assert "断开" in said(question)
    assert SECRET not in said(question)
    assert confirmation_in(question).account_id == owner
    assert OPEN in actions_of(question)
    assert await read_account(owner) == before


async def test_a_new_password_comes_hidden(tap: Press, owner: int, read_account: Any):
    """
    Only that column is changed; it is shown when it is asked for.
    """
    before = await read_account(owner)

    done = await tap(confirmation_in(await tap(ASK)))

    after = await read_account(owner)
    assert dict(after._mapping) == {**before._mapping, "passwd": after.passwd}
    assert (len(after.passwd), after.passwd != SECRET) == (16, True)
    assert "已更换" in said(done)
    assert after.passwd not in said(done)
    assert SECRET not in said(done)
    assert after.passwd in said(await tap(ShowPassword()))


async def test_a_double_tap_changes_the_password_once(tap: Press, owner: int, read_account: Any):
    """
    However many presses of the same button come at once, or later.
    """
    action = confirmation_in(await tap(ASK))

    answers = await asyncio.gather(*(tap(action) for _ in range(10)))
    passwd = (await read_account(owner)).passwd
    late = await tap(action)

    assert [each.message is not None for each in answers].count(True) == 1
    assert all(each.is_alert for each in (*answers, late) if each.message is None)
    assert late.message is None
    assert (await read_account(owner)).passwd == passwd


async def test_a_button_about_another_account_does_nothing(
    tap: Press, owner: int, add_account: AddAccount, database: Database, tables: PanelTables
):
    """
    Old keyboards of an account that one had, or that somebody has passed on.
    """
    other = await add_account(im_type=4, im_value=STRANGER.id, locale="zh_CN")
    password = confirmation_in(await tap(ASK))
    user = tables.user
    rows = select(user.c.id, user.c.passwd, user.c.method).order_by(user.c.id)
    before = (await database.run(lambda it: it.execute(rows))).all()

    answers = [
        await tap(password, STRANGER),
        await tap(replace(password, account_id=other)),
        await tap(replace(password, account_id=other), STRANGER),
        await tap(ChangeMethod(owner, EncryptionMethod.XCHACHA20), STRANGER),
        await tap(ChangeMethod(other, EncryptionMethod.XCHACHA20)),
    ]

    assert [each.is_alert for each in answers] == [True] * 5
    assert "另一个账号" in said(answers[0])
    assert (await database.run(lambda it: it.execute(rows))).all() == before


ALL = (OPEN, ShowPassword(), HidePassword(Page.CONNECTION), ChooseMethod(), ASK)


async def test_a_banned_account_gets_its_ban(
    tap: Press, database: Database, tables: PanelTables, owner: int, read_account: Any
):
    """
    The account's page with the reason instead, also for buttons from before the ban.
    """
    confirmation = confirmation_in(await tap(ASK))
    values = {"is_banned": 1, "banned_reason": "abuse"}
    await database.run(lambda it: it.execute(update(tables.user).values(values)))
    before = await read_account(owner)

    for action in (*ALL, confirmation, ChangeMethod(owner, EncryptionMethod.XCHACHA20)):
        answer = await tap(action)

        assert "已被封禁：abuse" in said(answer)
        assert SECRET not in said(answer)
        assert "31337" not in said(answer)
    assert await read_account(owner) == before


@pytest.mark.parametrize("chat", [SITE_GROUP, OTHER_GROUP])
async def test_a_group_sees_nothing_of_it(tap: Press, owner: int, read_account: Any, chat: Any):
    """
    A press there gets a word: neither port nor password is shown, and nothing is changed.
    """
    confirmation = confirmation_in(await tap(ASK))
    before = await read_account(owner)

    for action in (*ALL, confirmation, ChangeMethod(owner, EncryptionMethod.XCHACHA20)):
        answer = await tap(action, BOUND, replace(chat, message_id="88"))

        assert answer.is_alert
        assert answer.message is None
        assert "31337" not in said(answer)
    assert await read_account(owner) == before


async def test_a_stranger_is_shown_how_to_bind(tap: Press, owner: int, read_account: Any):
    """
    With every button of the page.
    """
    confirmation = confirmation_in(await tap(ASK))
    before = await read_account(owner)

    for action in (*ALL, confirmation, ChangeMethod(owner, EncryptionMethod.XCHACHA20)):
        answer = await tap(action, STRANGER)

        assert "Link your account" in said(answer)
        assert SECRET not in said(answer)
    assert await read_account(owner) == before


async def test_what_a_tap_costs(tap: Press, owner: int, statements: Any):
    """
    Finding the account and one statement. Showing takes a transaction of four, hiding by hand one
    statement more: that is what is paid for a password that does not stay.
    """
    costs: dict[str, int] = {}
    for action in (OPEN, ChooseMethod(), ChangeMethod(owner, EncryptionMethod.CHACHA20), ASK):
        with statements() as seen:
            await tap(action)
        costs[type(action).__name__] = len(seen)
    with statements() as showing:
        await tap(ShowPassword())
    with statements() as hiding:
        await tap(HidePassword(Page.CONNECTION))

    assert set(costs.values()) == {2}
    assert len([each for each in showing if not each.startswith("BEGIN")]) == 5
    assert len(hiding) == 3


@pytest.mark.parametrize("data", ["mc:1:rc4-md5", "mc:-1:aes-128-gcm", "pc:1", "ph:elsewhere"])
async def test_what_is_no_button_of_ours_is_stale(
    desk: ChatDesk, owner: int, read_account: Any, data: str
):
    """
    Forged or of another version: a word, and nothing is done.
    """
    before = await read_account(owner)

    answer = await desk.press(data, BOUND, PAGE)

    assert "失效" in said(answer)
    assert await read_account(owner) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_small_in_every_language(
    tap: Press, add_account: AddAccount, language: str
):
    """
    Five rows of buttons, which is all that Discord takes; notices fit into a press's window.
    """
    owner = await add_account(im_type=4, im_value=BOUND.id, locale=language)
    confirmation = confirmation_in(await tap(ASK))
    change = ChangeMethod(owner, EncryptionMethod.XCHACHA20)

    answers = [await tap(action) for action in (*ALL, change, confirmation, confirmation)]

    for answer in answers:
        assert len(answer.notice or "") <= 200
        if answer.message is not None:
            assert len(answer.message.buttons) <= 5
            assert len(text_of(answer.message)) < 900
