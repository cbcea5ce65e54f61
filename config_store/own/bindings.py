"""
Bindings: which account a user of a platform has.

`im_bindings` says it; the panel's `im_type` and `im_value` hold one of an account's bindings, the
primary. The panel changes its columns by itself, so both are read together, in one statement that
also brings what else a message needs: the person's language and where his dialogue stands. What is
written, is written under the account's row, which is locked first, always in the same order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    String,
    and_,
    bindparam,
    delete,
    false,
    insert,
    literal,
    null,
    select,
    true,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.conversations import Conversation, read_conversation
from config_store.own.json_rows import naive_utc
from config_store.own.tables import OwnTables
from config_store.panel.accounts import (
    CONTACT_BY_CHAT,
    CONTACT_BY_EMAIL,
    IM_TYPES,
    PLATFORMS_OF_IM_TYPES,
    Account,
)
from config_store.panel.tables import PanelTables

_UNBOUND = 0  # `user.im_type`

_IN_PANEL, _OWN, _PERSON, _CONVERSATION = range(4)  # what a row of the look-up says


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelBinding:
    """What the panel's columns say of an account: a platform and its user, both None for none."""

    platform: str | None
    platform_user: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBinding:
    """A row of `im_bindings`. `is_primary`: the panel's columns were made to hold it."""

    platform: str
    platform_user: str
    account_id: int
    is_primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """
    All that both sides say of a person. `holders`: accounts whose columns in the panel name him;
    `own`: our row, None also if its account is gone, `own_account` and `own_in_panel` that account
    and what its columns in the panel say.
    """

    holders: tuple[Account, ...] = ()
    own: OwnBinding | None = None
    own_account: Account | None = None
    own_in_panel: PanelBinding | None = None
    language: str | None = None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedAccount:
    """An account whose row is locked until the transaction ends."""

    id: int
    user_name: str
    email: str
    is_banned: bool
    banned_reason: str
    in_panel: PanelBinding


class BindingTable:
    """Statements on `im_bindings` and on `user` for whose sake they are read, built once."""

    def __init__(self, tables: OwnTables, panel: PanelTables) -> None:
        self._look_up = _look_up(tables, panel)
        user, own = panel.user.c, tables.bindings.c
        its_row = user.id == bindparam("account_id")
        self._lock = (
            select(
                user.id,
                user.user_name,
                user.email,
                user.is_banned,
                user.banned_reason,
                user.im_type,
                user.im_value,
            )
            .where(its_row)
            .with_for_update()
        )
        named_in_panel = and_(
            user.im_type == bindparam("im_type"),
            user.im_value == bindparam("im_value", type_=String()),
        )
        self._holders = select(user.id, user.im_value).where(named_in_panel)
        self._in_panel = select(user.im_type, user.im_value).where(its_row)
        columns = select(own.platform, own.platform_user, own.account_id, own.is_primary)
        its_key = and_(
            own.platform == bindparam("its_platform"), own.platform_user == bindparam("its_user")
        )
        self._of_person = columns.where(its_key).with_for_update()
        self._of_account = columns.where(
            own.account_id == bindparam("account_id")
        ).with_for_update()
        self._delete = delete(tables.bindings).where(its_key)
        self._insert = insert(tables.bindings)
        self._mark_primary = update(tables.bindings).where(its_key).values(is_primary=true())
        self._write_panel = (
            update(panel.user)
            .where(its_row)
            .values(
                im_type=bindparam("new_type"),
                im_value=bindparam("new_value", type_=String()),
                contact_method=bindparam("new_contact"),
            )
        )
        self._write_contact = (
            update(panel.user).where(its_row).values(contact_method=bindparam("new_contact"))
        )

    async def look_up(
        self, connection: AsyncConnection, platform: str, user_id: str, target: str
    ) -> Sighting:
        """All that is known of a user of a platform who does something in a chat."""
        found = await connection.execute(
            self._look_up,
            {
                "im_type": IM_TYPES[platform],
                "im_value": user_id,
                "its_platform": platform,
                "its_user": user_id,
                "its_target": target,
            },
        )
        holders: list[Account] = []
        seen: dict[str, Any] = {}
        for row in found:
            if row.source == _IN_PANEL:
                # The panel's collation finds "１２３" for "123": an identity is the very same text.
                if row.im_value == user_id:
                    holders.append(_account(row))
            elif row.source == _OWN:
                seen["own_account"] = _account(row)
                seen["own_in_panel"] = _panel_binding(row)
                seen["own"] = OwnBinding(
                    platform=platform,
                    platform_user=user_id,
                    account_id=int(row.id),
                    is_primary=bool(row.is_primary),
                )
            elif row.source == _PERSON:
                seen["language"] = row.step  # both are texts of ours, and share a column
            else:
                seen["conversation"] = read_conversation(platform, target, user_id, row)
        return Sighting(holders=tuple(holders), **seen)

    async def lock_account(self, tx: AsyncConnection, account_id: int) -> LockedAccount | None:
        """Lock an account's row until the transaction ends; None if there is none."""
        row = (await tx.execute(self._lock, {"account_id": account_id})).first()
        if row is None:
            return None
        return LockedAccount(
            id=row.id,
            user_name=row.user_name,
            email=row.email,
            is_banned=bool(row.is_banned),
            banned_reason=row.banned_reason,
            in_panel=_panel_binding(row),
        )

    async def find_in_panel(
        self, connection: AsyncConnection, account_id: int
    ) -> PanelBinding | None:
        """What the panel's columns of an account say; None if there is no such account."""
        row = (await connection.execute(self._in_panel, {"account_id": account_id})).first()
        return None if row is None else _panel_binding(row)

    async def find_holders(
        self, connection: AsyncConnection, platform: str, user_id: str
    ) -> list[int]:
        """The accounts whose columns in the panel name a user of a platform, by id."""
        values = {"im_type": IM_TYPES[platform], "im_value": user_id}
        found = await connection.execute(self._holders, values)
        return sorted(row.id for row in found if row.im_value == user_id)

    async def lock_of_person(
        self, tx: AsyncConnection, platform: str, user_id: str
    ) -> OwnBinding | None:
        """The binding of a user of a platform as it is kept here, valid or not."""
        values = {"its_platform": platform, "its_user": user_id}
        row = (await tx.execute(self._of_person, values)).first()
        return None if row is None else _own_binding(row)

    async def lock_of_account(self, tx: AsyncConnection, account_id: int) -> list[OwnBinding]:
        """The bindings of an account as they are kept here, valid or not."""
        found = await tx.execute(self._of_account, {"account_id": account_id})
        return [_own_binding(row) for row in found]

    async def add(
        self,
        tx: AsyncConnection,
        *,
        platform: str,
        platform_user: str,
        account_id: int,
        is_primary: bool,
        now: datetime,
    ) -> None:
        """
        Keep a binding.

        Raises:
            IntegrityError: somebody else has bound one of the two meanwhile.
        """
        await tx.execute(
            self._insert,
            {
                "platform": platform,
                "platform_user": platform_user,
                "account_id": account_id,
                "is_primary": is_primary,
                "bound_at": naive_utc(now),
            },
        )

    async def remove(self, tx: AsyncConnection, platform: str, platform_user: str) -> None:
        """Forget a binding, if there is one."""
        values = {"its_platform": platform, "its_user": platform_user}
        await tx.execute(self._delete, values)

    async def mark_primary(self, tx: AsyncConnection, binding: OwnBinding) -> None:
        """Say that a binding is the one that the panel's columns hold."""
        values = {"its_platform": binding.platform, "its_user": binding.platform_user}
        await tx.execute(self._mark_primary, values)

    async def write_panel(
        self, tx: AsyncConnection, account_id: int, platform: str, platform_user: str
    ) -> None:
        """Have the panel's columns hold a binding; the account is reached by chat from now on."""
        values = {
            "account_id": account_id,
            "new_type": IM_TYPES[platform],
            "new_value": platform_user,
            "new_contact": CONTACT_BY_CHAT,
        }
        await tx.execute(self._write_panel, values)

    async def clear_panel(self, tx: AsyncConnection, account_id: int) -> None:
        """Have the panel's columns hold no binding; the account is reached by mail from now on."""
        values = {
            "account_id": account_id,
            "new_type": _UNBOUND,
            "new_value": "",
            "new_contact": CONTACT_BY_EMAIL,
        }
        await tx.execute(self._write_panel, values)

    async def prefer_chat(self, tx: AsyncConnection, account_id: int) -> None:
        """Have the account reached by chat."""
        values = {"account_id": account_id, "new_contact": CONTACT_BY_CHAT}
        await tx.execute(self._write_contact, values)


def _look_up(tables: OwnTables, panel: PanelTables) -> Any:
    """
    One statement of four parts, each a row of its own by a key: who the panel says it is, who we
    say it is, his language, his dialogue. Texts of different collations keep columns of their own.
    """
    user, own = panel.user.c, tables.bindings.c
    person, conversation = tables.people.c, tables.conversations.c
    of_user = (
        user.id,
        user.locale,
        user.is_banned,
        user.banned_reason,
        user.is_shadow_banned,
        user.is_admin,
        user.im_type,
        user.im_value,
    )
    nothing_of_user = [type_coerce(null(), column.type).label(column.name) for column in of_user]
    no_step = [
        type_coerce(null(), column.type).label(column.name)
        for column in (
            conversation.step,
            conversation.details,
            conversation.revision,
            conversation.expires_at,
        )
    ]
    named_in_panel = and_(
        user.im_type == bindparam("im_type"),
        user.im_value == bindparam("im_value", type_=String()),
    )
    return union_all(
        select(
            literal(_IN_PANEL).label("source"), *of_user, true().label("is_primary"), *no_step
        ).where(named_in_panel),
        select(literal(_OWN), *of_user, own.is_primary, *no_step)
        .select_from(tables.bindings.join(panel.user, user.id == own.account_id))
        .where(own.platform == bindparam("its_platform"))
        .where(own.platform_user == bindparam("its_user")),
        select(literal(_PERSON), *nothing_of_user, false(), person.language, *no_step[1:])
        .where(person.platform == bindparam("its_platform"))
        .where(person.platform_user == bindparam("its_user")),
        select(
            literal(_CONVERSATION),
            *nothing_of_user,
            false(),
            conversation.step,
            conversation.details,
            conversation.revision,
            conversation.expires_at,
        )
        .where(conversation.platform == bindparam("its_platform"))
        .where(conversation.target == bindparam("its_target"))
        .where(conversation.person == bindparam("its_user")),
    )


def _account(row: Any) -> Account:
    return Account(
        id=int(row.id),  # a decimal, as MariaDB puts the parts of the look-up together
        locale=row.locale,
        is_banned=bool(row.is_banned),
        banned_reason=row.banned_reason,
        is_shadow_banned=bool(row.is_shadow_banned),
        is_admin=bool(row.is_admin),
    )


def _own_binding(row: Any) -> OwnBinding:
    return OwnBinding(
        platform=row.platform,
        platform_user=row.platform_user,
        account_id=row.account_id,
        is_primary=bool(row.is_primary),
    )


def _panel_binding(row: Any) -> PanelBinding:
    platform = PLATFORMS_OF_IM_TYPES.get(row.im_type) if row.im_value else None
    return PanelBinding(platform=platform, platform_user=row.im_value if platform else None)
