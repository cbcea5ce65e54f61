"""
The demo's panel: made afresh in a database, and then operated as its site and its nodes would.

Times of columns are unix seconds, or local time of the site in `datetime` columns. What is done
here is done by narrow statements on columns, as the panel itself does it; the daemon notices it by
looking at the database and by nothing else.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Insert, Row, Update, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database, DatabaseUnavailableError
from config_store.panel.tables import PanelTables
from sandbox.panel.cast import CAST
from sandbox.panel.users import PLATFORM_NUMBERS

HEARTBEAT_SECONDS = 5.0  # between signs of life of the nodes
_WATCH_SECONDS = 1.0  # between looks at the cast's accounts
SILENT_SINCE = 610  # seconds; a node made silent counts as offline at once
_PLATFORM_NAMES = {number: name for name, number in PLATFORM_NUMBERS.items()}


class BindingTakenError(Exception):
    """Another account is bound to this person already: the panel's page refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node as the panel's list shows it. `heartbeat_at`: None if it has never been seen."""

    id: int
    name: str
    is_shown: bool
    heartbeat_at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAccount:
    """An account as an operator sees it in the panel's list of users."""

    id: int
    name: str
    email: str
    platform: str
    platform_id: str
    locale: str
    is_banned: bool

    @property
    def binding(self) -> tuple[str, str]:
        return self.platform, self.platform_id


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMail:
    """A mail that the panel would send: `code` of a mail that carries one, else `html`."""

    id: int
    to: str
    subject: str
    code: str
    valid_until: str
    html: str


class DemoPanel:
    """What the site's pages, its operator and its nodes do to the panel's database."""

    def __init__(
        self,
        *,
        database: Database,
        tables: PanelTables,
        zone: ZoneInfo,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._tables = tables
        self._zone = zone
        self._clock = clock
        self._silent: set[int] = set()
        self._revision = 0
        self._turned = asyncio.Event()
        self._announcement = insert(tables.announcement).values(status=1, sort=0)
        user = tables.user
        self._accounts = select(
            user.c.id,
            user.c.user_name,
            user.c.email,
            user.c.im_type,
            user.c.im_value,
            user.c.locale,
            user.c.is_banned,
        ).order_by(user.c.id)

    async def close(self) -> None:
        await self._database.close()

    @property
    def revision(self) -> int:
        """Rises with everything that is done here."""
        return self._revision

    async def changed(self, seen: int) -> int:
        """Wait until `revision` is no longer `seen`; gives what it is then."""
        while self._revision == seen:
            await self._turned.wait()
        return self._revision

    async def settings(self) -> dict[str, str]:
        """Values by item; of several rows the first one counts, as in the panel."""
        config = self._tables.config
        statement = select(config.c["item"], config.c.value).order_by(config.c.id.desc())
        rows = await self._read(statement)
        return {str(item): str(value) for item, value in rows}

    async def set_setting(self, item: str, value: str) -> None:
        """Save a setting as the panel's page does: the row's value, or a new row."""
        config = self._tables.config
        change = update(config).where(config.c["item"] == item).values(value=value)
        new = insert(config).values(item=item, value=value)
        new = new.values({"class": "im", "type": "string", "default": "", "mark": ""})

        async def save(connection: AsyncConnection) -> None:
            if not (await connection.execute(change)).rowcount:
                await connection.execute(new)

        await self._database.transact(save)
        self._turn()

    async def nodes(self) -> list[Node]:
        node = self._tables.node
        statement = select(node.c.id, node.c.name, node.c.type, node.c.node_heartbeat)
        rows = await self._read(statement.order_by(node.c.id))
        return [
            Node(
                id=node_id,
                name=name,
                is_shown=kind == 1,
                heartbeat_at=datetime.fromtimestamp(beat, UTC) if beat else None,
                is_silent=node_id in self._silent,
            )
            for node_id, name, kind, beat in rows
        ]

    async def silence_node(self, node_id: int) -> None:
        """The node has said nothing for ten minutes, and says nothing from now on."""
        self._silent.add(node_id)
        await self._beat(self._now() - SILENT_SINCE, [node_id])
        self._turn()

    async def revive_node(self, node_id: int) -> None:
        """The node is alive again, from this second on."""
        self._silent.discard(node_id)
        await self._beat(self._now(), [node_id])
        self._turn()

    async def keep_alive(self, stop: asyncio.Event) -> None:
        """Send the heartbeats of all nodes that are not silent, until `stop` is set."""
        while not stop.is_set():
            with suppress(DatabaseUnavailableError):  # the next beat makes up for a missed one
                alive = [
                    node.id
                    for node in await self.nodes()
                    if node.heartbeat_at and node.id not in self._silent
                ]
                await self._beat(self._now(), alive)
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await stop.wait()

    def touch(self) -> None:
        """Something beside the panel has changed that is shown with it."""
        self._turn()

    async def watch(self) -> None:
        """Notice what others change in the cast's accounts and in the mail queue, for ever."""
        last: object = None
        while True:
            with suppress(DatabaseUnavailableError):  # it is looked at again in a moment
                now = (await self.accounts(limit=len(CAST)), await self.mails())
                if now != last:
                    last = now
                    self._turn()
            await asyncio.sleep(_WATCH_SECONDS)

    async def add_announcement(self, html: str) -> None:
        """Publish an announcement, dated now."""
        now = self._clock().astimezone(self._zone).replace(tzinfo=None, microsecond=0)
        await self._write(self._announcement.values(date=now, content=html))

    async def announcements(self) -> list[str]:
        """The HTML of all announcements, the oldest first."""
        table = self._tables.announcement
        rows = await self._read(select(table.c.content).order_by(table.c.id))
        return [row.content for row in rows]

    async def mails(self, *, limit: int = 6) -> list[QueuedMail]:
        """The last mails in the panel's queue, the newest first. Nothing is ever sent."""
        queue = self._tables.email_queue
        statement = select(queue.c.id, queue.c.to_email, queue.c.subject, queue.c.array)
        rows = await self._read(statement.order_by(queue.c.id.desc()).limit(limit))
        return [_mail(row) for row in rows]

    async def accounts(self, *, limit: int = 40) -> list[PanelAccount]:
        """The first accounts of the site, the cast's among them."""
        return [_account(row) for row in await self._read(self._accounts.limit(limit))]

    async def bound(self, bindings: Sequence[tuple[str, str]]) -> list[PanelAccount]:
        """The accounts that are bound to these (platform, id there)."""
        user = self._tables.user
        numbers = [(PLATFORM_NUMBERS[platform], each) for platform, each in bindings]
        statement = self._accounts.where(tuple_(user.c.im_type, user.c.im_value).in_(numbers))
        return [_account(row) for row in await self._read(statement)]

    async def bind(self, account_id: int, platform: str, platform_id: str) -> None:
        """
        Bind an account as the site's own page does.

        Raises:
            BindingTakenError: the person is bound to another account.
        """
        user = self._tables.user
        number = PLATFORM_NUMBERS[platform]
        holder = select(user.c.id).where(
            user.c.im_type == number, user.c.im_value == platform_id, user.c.id != account_id
        )
        change = self._change(account_id, im_type=number, im_value=platform_id)

        async def save(connection: AsyncConnection) -> None:
            if (await connection.execute(holder)).first():
                raise BindingTakenError(platform_id)
            await connection.execute(change)

        await self._database.transact(save)
        self._turn()

    async def unbind(self, account_id: int) -> None:
        await self._write(self._change(account_id, im_type=0, im_value=""))

    async def ban(self, account_id: int, reason: str) -> None:
        await self._write(self._change(account_id, is_banned=1, banned_reason=reason))

    async def unban(self, account_id: int) -> None:
        await self._write(self._change(account_id, is_banned=0, banned_reason=""))

    async def set_locale(self, account_id: int, locale: str) -> None:
        await self._write(self._change(account_id, locale=locale))

    async def find_subscription(self, account_id: int) -> str | None:
        """The token in an account's subscription address, None if it has none yet."""
        link = self._tables.link
        rows = await self._read(select(link.c.token).where(link.c.userid == account_id))
        return rows[0].token if rows else None

    async def has_subscription(self, token: str) -> bool:
        """Whether the site answers at a subscription address with this token."""
        link = self._tables.link
        statement = select(link.c.userid).where(link.c.token == token)
        return bool(await self._read(statement))

    def _change(self, account_id: int, **values: object) -> Update:
        user = self._tables.user
        return update(user).where(user.c.id == account_id).values(**values)

    async def _beat(self, at: int, node_ids: Sequence[int]) -> None:
        node = self._tables.node
        statement = update(node).where(node.c.id.in_(node_ids)).values(node_heartbeat=at)
        await self._database.run(lambda connection: connection.execute(statement))

    async def _read(self, statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        async def read(connection: AsyncConnection) -> Sequence[Row[*tuple[Any, ...]]]:
            return (await connection.execute(statement)).all()

        return await self._database.run(read)

    async def _write(self, statement: Insert | Update) -> None:
        await self._database.run(lambda connection: connection.execute(statement))
        self._turn()

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _turn(self) -> None:
        self._revision += 1
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()


def _mail(row: Row[*tuple[Any, ...]]) -> QueuedMail:
    variables = json.loads(row.array)
    return QueuedMail(
        id=row.id,
        to=row.to_email,
        subject=row.subject,
        code=str(variables.get("code", "")),
        valid_until=str(variables.get("expire", "")),
        html=str(variables.get("text", "")),
    )


def _account(row: Row[*tuple[Any, ...]]) -> PanelAccount:
    return PanelAccount(
        id=row.id,
        name=row.user_name,
        email=row.email,
        platform=_PLATFORM_NAMES.get(row.im_type, "nothing"),
        platform_id=row.im_value,
        locale=row.locale,
        is_banned=bool(row.is_banned),
    )
