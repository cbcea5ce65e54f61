"""
An audience as conditions on `user`, and how many accounts it has, by how each is reached.

`class` 0 and the panel's default date mean that a level never ends; a date that is none counts as
the default one. What the panel keeps as local time of the site is compared as such.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.panel.accounts import CONTACT_BY_EMAIL, IM_TYPES, PLATFORMS_OF_IM_TYPES
from config_store.panel.tables import NO_DATE, PanelTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """
    Which accounts are chosen; what is empty or None chooses nothing out. Instants are aware.

    `at`: the instant by which a level has ended or not. `ends_by`: it has not, and does by then.
    `seen_since`: used or logged in since; `unseen_since`: neither, and registered before. `zone`:
    the site's.
    """

    at: datetime
    zone: ZoneInfo
    levels: tuple[int, ...] = ()
    lowest_level: int | None = None
    highest_level: int | None = None
    expiry: Literal["expired", "active", "lapsed"] | None = None
    ends_by: datetime | None = None
    seen_since: datetime | None = None
    unseen_since: datetime | None = None
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeAccounts:
    """A number of accounts that are reached alike. `platform`: to what they are bound."""

    platform: str | None
    prefer_email: bool
    have_email: bool
    number: int


class AudienceTable:
    """Chooses accounts of `user`."""

    def __init__(self, tables: PanelTables) -> None:
        self._user = user = tables.user.c
        self._level = user["class"]
        self._has_end_date = user.class_expire > NO_DATE  # also leaves out 0000-00-00
        self._logged_in_at = func.coalesce(user.last_login_time, 0)
        bound_to = case((user.im_value == "", 0), else_=user.im_type).label("bound_to")
        prefers_email = case((user.contact_method == CONTACT_BY_EMAIL, 1), else_=0)
        has_email = case((user.email == "", 0), else_=1)
        kinds = (bound_to, prefers_email.label("prefers_email"), has_email.label("has_email"))
        self._count = (
            select(*kinds, func.count().label("number"))
            .where(user.is_banned == 0)
            .group_by(*(kind.name for kind in kinds))
        )

    def conditions(self, selection: Selection) -> Sequence[ColumnElement[bool]]:
        """The conditions under which an account is chosen; all of them hold."""
        return [
            *self._of_level(selection),
            *self._of_expiry(selection),
            *self._of_activity(selection),
            *self._of_platform(selection),
        ]

    async def count(
        self, connection: AsyncConnection, selection: Selection
    ) -> Sequence[AlikeAccounts]:
        """The accounts that are chosen and not banned, counted. Reads the whole table, once."""
        statement = self._count.where(*self.conditions(selection))
        return [
            AlikeAccounts(
                platform=PLATFORMS_OF_IM_TYPES.get(row.bound_to),
                prefer_email=bool(row.prefers_email),
                have_email=bool(row.has_email),
                number=row.number,
            )
            for row in await connection.execute(statement)
        ]

    def _of_level(self, selection: Selection) -> Iterator[ColumnElement[bool]]:
        if selection.levels:
            yield self._level.in_(selection.levels)
        if selection.lowest_level is not None:
            yield self._level >= selection.lowest_level
        if selection.highest_level is not None:
            yield self._level <= selection.highest_level

    def _of_expiry(self, selection: Selection) -> Iterator[ColumnElement[bool]]:
        now, end = _local(selection.at, selection.zone), self._user.class_expire
        has_ended = and_(self._has_end_date, end <= now)
        match selection.expiry:
            case "expired":
                yield and_(self._level > 0, has_ended)
            case "active":
                yield or_(self._level == 0, ~self._has_end_date, end > now)
            case "lapsed":
                yield and_(self._level == 0, has_ended)
            case None:
                pass
        if selection.ends_by is not None:
            ends_by = _local(selection.ends_by, selection.zone)
            yield and_(self._level > 0, end > now, end <= ends_by)

    def _of_activity(self, selection: Selection) -> Iterator[ColumnElement[bool]]:
        used_at = self._user.last_use_time
        if selection.seen_since is not None:
            since = int(selection.seen_since.timestamp())
            yield or_(used_at >= since, self._logged_in_at >= since)
        if selection.unseen_since is not None:
            since = int(selection.unseen_since.timestamp())
            yield and_(
                used_at < since,
                self._logged_in_at < since,
                self._user.reg_date <= _local(selection.unseen_since, selection.zone),
            )

    def _of_platform(self, selection: Selection) -> Iterator[ColumnElement[bool]]:
        if selection.platforms:
            numbers = [IM_TYPES[platform] for platform in selection.platforms]
            yield and_(self._user.im_type.in_(numbers), self._user.im_value != "")


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(microsecond=0, tzinfo=None)
