"""
A platform that answers as a test tells it, so that the queue is tried without one.

It is the far side alone: what it is given is what a platform's package would be given.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from config_store.catalogue import SiteSettings
from core.message import Block, CodeBlock, Fields, Message, plain_text
from core.pacing import Pacer, PaceRules
from core.platform import (
    Bot,
    Credentials,
    CredentialsRefusedError,
    GroupMembers,
    Off,
    Platform,
    PlatformName,
    PlatformUnreachableError,
    Posting,
    Report,
    Sent,
)
from core.roles import RoleLostError

Answer = Callable[[Posting], Exception | Sent | None]


@dataclass
class Received:
    target: str
    text: str
    posting: Posting
    at: float


@dataclass
class FarSide:
    """
    What a platform has received, and how it answers.

    `answers`: for a target, what it answers next: an exception, or None for accepting. `hangs`: it
    never answers while this is set, `is_away`: it cannot be reached. `refusals`: what deleting and
    editing answer next. `members`: what it can do about members of groups. `tries`: how often it
    was asked to send.
    """

    name: PlatformName = PlatformName.TELEGRAM
    received: list[Received] = field(default_factory=list)
    answers: dict[str, deque[Exception | None]] = field(default_factory=lambda: defaultdict(deque))
    on_send: Callable[[Posting], None] | None = None
    deleted: list[tuple[str, str]] = field(default_factory=list)
    edited: list[tuple[str, str, str]] = field(default_factory=list)
    members: GroupMembers | None = None
    refusals: list[Exception] = field(default_factory=list)
    hangs: bool = False
    is_away: bool = False
    tries: int = 0
    latency: float = 0.0
    group: str | None = "-100"
    is_on: bool = True

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        await stop.wait()

    async def send(self, posting: Posting) -> Sent:
        await posting.turn()
        self.tries += 1
        if self.is_away:
            raise PlatformUnreachableError("away")
        if self.on_send is not None:
            self.on_send(posting)
        while self.hangs:
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.latency)
        waiting = self.answers[posting.target]
        answer = waiting.popleft() if waiting else None
        if isinstance(answer, Exception):
            raise answer
        self.received.append(
            Received(
                posting.target,
                text_of(posting.message),
                posting,
                asyncio.get_running_loop().time(),
            )
        )
        return Sent((str(len(self.received)),))

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.edited.append((target, message_id, text_of(message)))

    async def delete(self, target: str, message_id: str) -> None:
        if self.refusals:
            raise self.refusals.pop()
        self.deleted.append((target, message_id))

    def texts(self, target: str | None = None) -> list[str]:
        return [each.text for each in self.received if target in (None, each.target)]

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncIterator[Bot]:
        yield self

    def platform(self, *, rules: PaceRules | None = None, in_flight: int = 10) -> Platform:
        return Platform(
            name=self.name,
            wanted=self._wanted,
            load=lambda: self,
            group_target=lambda _settings: self.group,
            pacer=Pacer(rules or PaceRules(overall=None)),
            budget_of=lambda target: target.partition(":")[0],
            in_flight=in_flight,
        )

    def _wanted(self, _settings: SiteSettings) -> Credentials | Off:
        return Credentials(token="token") if self.is_on else Off("switched off")


@dataclass
class Duty:
    """Whoever runs the bot: on duty, or not."""

    bot: Bot | None
    refused: list[CredentialsRefusedError] = field(default_factory=list)

    def refuse_token(self, error: CredentialsRefusedError, *, bot: Bot | None = None) -> None:
        self.refused.append(error)
        self.bot = None


@dataclass
class Role:
    """
    A role that is held for as long as the test says so, and was nobody's since `vacant_since`.
    """

    is_held: bool = True
    epoch: int = 1
    vacant_since: datetime | None = None

    async def fence(self, connection: object, *, epoch: int | None = None) -> None:
        if not self.is_held:
            raise RoleLostError("the test's")


def text_of(message: Message) -> str:
    return "\n".join(_text_of(block) for block in message.blocks)


def _text_of(block: Block) -> str:
    match block:
        case Fields(fields):
            return "\n".join(f"{each.label}: {plain_text(each.value)}" for each in fields)
        case CodeBlock(text):
            return text
        case _:
            return plain_text(block.text)
