"""
What the panel has recorded of an account: log-ins, addresses online, rebates, subscription fetches.

Each is one statement that reads the newest rows of that account alone. They are taken from the end
of the index on the account, which is in the order of `id`, so that a history of any length costs
the same; nodes of a cluster hand ids out slightly out of turn, so the few rows that were read are
put in the order of their times here. Instants are aware UTC. What clients and strangers wrote into
these rows is handed on as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import AccountGoneError
from config_store.panel.tables import PanelTables

NEWEST = 10  # rows of each kind
_SUCCESS = 0  # `login_ip.type`

R = TypeVar("R", "Login", "Rebate", "Fetch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A try to log in to the site."""

    address: str
    at: datetime
    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineAddresses:
    """
    From where an account is connected, the latest first: `shown` of `number`.

    `limit`: how many addresses it may use at once, 0 for any number.
    """

    shown: Sequence[str]
    number: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebate:
    """What an account got for the payment of somebody whom it had invited."""

    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A client's fetch of the subscription. `client` is what it called itself."""

    format: str
    address: str
    client: str = field(repr=False)
    at: datetime


class RecordTable:
    """Statements on the panel's records, built once."""

    def __init__(self, tables: PanelTables) -> None:
        login, rebate, fetch = tables.login_ip.c, tables.payback.c, tables.subscribe_log.c
        self._logins = _newest(
            tables.login_ip, login.userid, login.ip, login.type, login.datetime.label("at")
        )
        self._rebates = _newest(
            tables.payback, rebate.ref_by, rebate.ref_get, rebate.datetime.label("at")
        )
        self._fetches = _newest(
            tables.subscribe_log,
            fetch.user_id,
            fetch.type,
            fetch.request_ip,
            fetch.request_user_agent,
            fetch.request_time.label("at"),
        )
        user, online = tables.user.c, tables.online_log.c
        is_online = and_(online.user_id == user.id, online.last_time >= bindparam("since"))
        self._online = (
            select(user.node_iplimit, online.ip, func.count(online.ip).over().label("number"))
            .select_from(tables.user.outerjoin(tables.online_log, is_online))
            .where(user.id == bindparam("account_id"))
            .order_by(online.last_time.desc())
            .limit(NEWEST)
        )

    async def find_logins(self, connection: AsyncConnection, account_id: int) -> list[Login]:
        """The newest tries to log in to an account, the latest first."""
        found = await connection.execute(self._logins, {"account_id": account_id})
        return _latest_first(
            Login(address=row.ip, at=_instant(row.at), succeeded=row.type == _SUCCESS)
            for row in found
        )

    async def find_online(
        self, connection: AsyncConnection, account_id: int, *, since: datetime
    ) -> OnlineAddresses:
        """
        The addresses that an account was last seen with at or after `since`.

        Raises:
            AccountGoneError: the panel has deleted it.
        """
        values = {"account_id": account_id, "since": int(since.timestamp())}
        rows = (await connection.execute(self._online, values)).all()
        if not rows:
            raise AccountGoneError(account_id)
        return OnlineAddresses(
            shown=[row.ip for row in rows if row.ip is not None],
            number=rows[0].number,
            limit=rows[0].node_iplimit,
        )

    async def find_rebates(self, connection: AsyncConnection, account_id: int) -> list[Rebate]:
        """The newest rebates of an account, the latest first."""
        found = await connection.execute(self._rebates, {"account_id": account_id})
        return _latest_first(Rebate(amount=row.ref_get, at=_instant(row.at)) for row in found)

    async def find_fetches(self, connection: AsyncConnection, account_id: int) -> list[Fetch]:
        """The newest fetches of an account's subscription, the latest first."""
        found = await connection.execute(self._fetches, {"account_id": account_id})
        return _latest_first(
            Fetch(
                format=row.type,
                address=row.request_ip,
                client=row.request_user_agent,
                at=_instant(row.at),
            )
            for row in found
        )


def _newest(table: Table, owner: ColumnElement[int], *columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns)
        .where(owner == bindparam("account_id"))
        .order_by(table.c.id.desc())
        .limit(NEWEST)
    )


def _latest_first(records: Iterable[R]) -> list[R]:
    return sorted(records, key=attrgetter("at"), reverse=True)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
