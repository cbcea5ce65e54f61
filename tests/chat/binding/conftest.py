"""
A site that offers every way of binding, and people who come to it: what they see and press.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from config_store.database import Database
from config_store.own.tables import OwnTables
from config_store.panel.tables import PanelTables
from core.actions import Action, PadKey, PressKey, encode
from core.chat.asking import Answer, Chat, Person
from core.chat.desk import ChatDesk
from core.message import Message
from core.platform import PlatformName
from tests.chat.conftest import NOW, Configure, Office, OpenOffice
from tests.chat.reading import actions_of, said

WAYS = "email,site,code,subscription"
SUBSCRIPTION = "https://sub.example/sub/0123456789abcdef/clash"


@dataclass
class MovingTime:
    """The time, moved by a test."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> Any:
        return NOW + self.ahead

    def passes(self, length: timedelta) -> None:
        self.ahead += length


@dataclass
class Visitor:
    """
    Somebody in his private chat. `shown` is the message that he looks at: only what stands below it
    can be pressed, as in real life.
    """

    desk: ChatDesk
    person: Person
    chat: Chat
    shown: Message | None = None
    answers: list[Answer] = field(default_factory=list)

    async def sends(self, text: str | None) -> Answer:
        answer = await self.desk.text(text, self.person, self.chat)
        assert answer is not None
        return self._sees(answer)

    async def commands(self, name: str, argument: str = "") -> Answer:
        answer = await self.desk.command(name, argument, self.person, self.chat)
        assert answer is not None
        return self._sees(answer)

    async def taps(self, action: Action) -> Answer:
        """Press a button of the message that is looked at."""
        assert self.shown is not None
        assert action in actions_of(Answer(message=self.shown)), f"no button for {action}"
        return await self.presses(action)

    async def presses(self, action: Action) -> Answer:
        """Press a button of any message, however old."""
        return self._sees(await self.desk.press(encode(action), self.person, self.chat))

    async def taps_code(self, code: str) -> Answer:
        for digit in code[:-1]:
            await self.taps(PressKey(PadKey(digit)))
        return await self.taps(PressKey(PadKey(code[-1])))

    def _sees(self, answer: Answer) -> Answer:
        assert answer.message is not None or answer.notice
        assert len(answer.notice or "") <= 200
        if answer.message is not None:
            self.shown = answer.message
        self.answers.append(answer)
        return answer


@dataclass
class BindingSite:
    """The site, and what a test looks at behind it."""

    office: Office
    database: Database
    tables: PanelTables
    time: MovingTime

    def visitor(self, number: int = 1, *, language: str = "en") -> Visitor:
        id_ = str(8000 + number)
        person = Person(platform=PlatformName.TELEGRAM, id=id_, name="Lee", language=language)
        return Visitor(self.office.desk, person, Chat(target=id_, is_private=True))

    async def mails(self) -> list[dict[str, Any]]:
        """The mails that the panel is to send: address, subject, variables."""
        queue = self.tables.email_queue
        rows = await self.database.run(
            lambda connection: connection.execute(select(queue).order_by(queue.c.id))
        )
        return [
            {"to": row.to_email, "subject": row.subject, **json.loads(row.array)} for row in rows
        ]

    async def code(self) -> str:
        """The code of the latest mail."""
        return (await self.mails())[-1]["code"]

    async def holder(self, account_id: int) -> str | None:
        """The platform user who has an account by the panel's columns."""
        user = self.tables.user
        found = await self.database.run(
            lambda connection: connection.execute(
                select(user.c.im_value).where(user.c.id == account_id)
            )
        )
        return found.scalar_one() or None

    async def add_subscription(self, account_id: int, token: str) -> None:
        await self.database.run(
            lambda connection: connection.execute(
                insert(self.tables.link).values(userid=account_id, token=token)
            )
        )

    async def delete_accounts(self) -> None:
        """As the panel does: for good."""
        await self.database.run(lambda connection: connection.execute(self.tables.user.delete()))

    async def steps(self) -> list[str]:
        """The steps that people are at."""
        table = OwnTables().conversations
        rows = await self.database.run(lambda connection: connection.execute(select(table.c.step)))
        return [row.step for row in rows]


OpenSite = Callable[..., Awaitable[BindingSite]]


@pytest.fixture
def open_site(
    open_office: OpenOffice, configure: Configure, database: Database, tables: PanelTables
) -> OpenSite:
    """
    Opens a site whose mail works, with whatever ways of binding.
    """

    async def open_(*, binding_methods: str = WAYS, **bootstrap: Any) -> BindingSite:
        time = MovingTime()
        office = open_office(now=time, binding_methods=binding_methods, **bootstrap)
        await configure(
            telegram_chatid=-100500,
            telegram_group_quiet=0,
            email_driver="smtp",
            telegram_unbind_kick_member=0,
        )
        return BindingSite(office, database, tables, time)

    return open_


@pytest.fixture
async def site(open_site: OpenSite) -> BindingSite:
    """
    A site that offers all ways.
    """
    return await open_site()


@pytest.fixture
def lee(site: BindingSite) -> Visitor:
    """
    Somebody who is not bound and reads English.
    """
    return site.visitor()


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 10**6:06}"


def lines(answer: Answer) -> list[str]:
    """What an answer says, line by line."""
    return said(answer).splitlines()
