"""
The panel of a site under test: accounts bound on three platforms, and what they are to be told.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.tables import OwnTables
from config_store.panel.accounts import IM_TYPES
from config_store.panel.tables import PanelTables
from tests.crash.far_side import DISCORD, SLACK, TELEGRAM, FarSides

_BATCH = 1000  # rows in a transaction
_LONG = 60.0  # seconds that a batch may take on a busy machine
_GB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    How many accounts are on which platform, and what is told: `to_everyone` notices to all of
    them, `to_one` to single accounts, `to_group` to the site's groups.
    """

    telegram: int = 0
    discord: int = 0
    slack: int = 0
    to_everyone: int = 0
    to_one: int = 0
    to_group: int = 0

    @property
    def accounts(self) -> int:
        return self.telegram + self.discord + self.slack

    @property
    def deliveries(self) -> int:
        """How many there are in the end."""
        return self.accounts * self.to_everyone + self.to_one + 3 * self.to_group

    def platforms(self) -> Iterator[str]:
        """The platform of each account, mixed."""
        left = {TELEGRAM: self.telegram, DISCORD: self.discord, SLACK: self.slack}
        whole = dict(left)
        while any(left.values()):
            fullest = max(left, key=lambda name: left[name] / (whole[name] or 1))
            left[fullest] -= 1
            yield fullest


@dataclass(frozen=True, slots=True)
class Account:
    """A bound account. `target`: its user id on the platform."""

    id: int
    platform: str
    target: str


async def fill_panel(
    database: Database, panel: PanelTables, own: OwnTables, far: FarSides, plan: Plan
) -> list[Account]:
    """Write the settings, the accounts and their direct channels; the accounts."""
    accounts = [
        Account(number, platform, far.add_person(platform, number))
        for number, platform in enumerate(plan.platforms(), start=1)
    ]
    config = [
        {"item": item, "value": value, "type": "string"} for item, value in far.config().items()
    ]
    channels = [
        {"platform": platform, "user_id": user, "channel_id": channel}
        for (platform, user), channel in far.channels.items()
    ]
    await _insert(database, panel.config, config)
    await _insert(database, panel.user, [_row(account) for account in accounts])
    await _insert(database, own.direct_channels, channels)
    return accounts


async def _insert(database: Database, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]

        async def write(tx: AsyncConnection, batch: list[dict[str, Any]] = batch) -> None:
            await tx.execute(insert(table), batch)

        await database.transact(write, timeout=_LONG)


def _row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "user_name": f"user{account.id}",
        "email": f"user{account.id}@example.com",
        "pass": secrets.token_hex(16),
        "passwd": secrets.token_hex(8),
        "uuid": str(uuid.uuid4()),
        "port": 10000 + account.id % 50000,
        "transfer_enable": 100 * _GB,
        "api_token": secrets.token_hex(16),
        "im_type": IM_TYPES[account.platform],
        "im_value": account.target,
        "contact_method": 2,
    }


UNFINISHED = text(
    "SELECT COUNT(*) FROM im_deliveries WHERE state IN ('queued', 'waiting', 'sending')"
)
EXPANDING = text("SELECT COUNT(*) FROM im_notices WHERE state IN ('expanding', 'sweeping')")
TRIED_AND_UNSENT = text(
    "SELECT platform, target, notice_id FROM im_deliveries WHERE state = 'sending'"
    " OR state IN ('queued', 'waiting') AND (lost_claims > 0 OR attempts > 0)"
)
STATES = text("SELECT platform, state, COUNT(*) AS number FROM im_deliveries GROUP BY 1, 2")
NOT_SENT = text(
    "SELECT platform, target, notice_id, state, last_error FROM im_deliveries WHERE state <> 'sent'"
)
NOTICES = text("SELECT id, content FROM im_notices")
HOLDERS = text("SELECT role, holder, epoch FROM im_leases")
DAEMONS = text("SELECT id, process FROM im_daemons")
