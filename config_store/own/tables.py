"""
The daemon's own tables: `{table_prefix}im_…`, so that two sites may share a database.

Times are UTC, to the millisecond. States and priorities are words, so that an operator reads with
plain SQL what is waiting and why; `docs/queue.md` explains them. Tokens, targets and keys compare
byte by byte. No foreign keys: rows end in an order of their own.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql

BIG = BigInteger().with_variant(Integer(), "sqlite")
MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql")
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql")


def word(length: int) -> Any:
    """A type for short texts that compare byte by byte."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql"
    )


def _required(name: str, kind: Any, default: str | None = None, **more: Any) -> Column[Any]:
    server_default = None if default is None else text(default)
    return Column(name, kind, nullable=False, server_default=server_default, **more)


def _key(name: str = "id") -> Column[Any]:
    return Column(name, BIG, primary_key=True, autoincrement=True)


def using_index(dialect: str, table: str, name: str) -> str:
    """
    What stands behind a table's name to have it read by one of our indexes.

    For statements with long lists: MariaDB guesses from averages then, and since most rows have
    nothing in a column such as `behind_lane` it would rather read the whole table.
    """
    index = f"ix_{table}_{name}"
    return {"mysql": f" FORCE INDEX ({index})", "sqlite": f" INDEXED BY {index}"}[dialect]


class OwnTables:
    """The tables by their names without prefix and `im_`."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = f"{prefix}im_"
        self.metadata = MetaData()
        self.leases = self._leases()
        self.daemons = self._daemons()
        self.notices = self._notices()
        self.lanes = self._lanes()
        self.deliveries = self._deliveries()
        self.direct_channels = self._direct_channels()
        self.moved_targets = self._moved_targets()
        self.bindings = self._bindings()
        self.people = self._people()
        self.conversations = self._conversations()
        self.bind_codes = self._bind_codes()
        self.tries = self._tries()
        self.version_table = f"{self._prefix}schema_version"

    def _table(self, name: str, *contents: Any) -> Table:
        return Table(
            self._prefix + name,
            self.metadata,
            *contents,
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_unicode_ci",
            sqlite_autoincrement=any(
                getattr(each, "autoincrement", None) is True for each in contents
            ),
        )

    def _leases(self) -> Table:
        """One row a role. `holder`: a daemon's id, NULL while nobody holds it."""
        return self._table(
            "leases",
            Column("role", word(32), primary_key=True),
            Column("holder", word(36)),
            _required("epoch", BIG, "0"),
            _required("beat", BIG, "0"),
            Column("beaten_at", MOMENT),
        )

    def _daemons(self) -> Table:
        """
        One row a running daemon. `process`: where it runs, so that its death is seen from the same
        host. `replies`: its answers a second, a JSON object by platform.
        """
        return self._table(
            "daemons",
            Column("id", word(36), primary_key=True),
            _required("process", word(190), "''"),
            _required("version", word(32), "''"),
            _required("started_at", MOMENT),
            _required("beat", BIG, "0"),
            _required("beaten_at", MOMENT),
            _required("replies", word(255), "'{}'"),
        )

    def _notices(self) -> Table:
        """
        What is to be said, and to whom. `content`, `audience_details`: JSON. `cursor_id`: the last
        account that was given its delivery, of those up to `last_id`.
        """
        return self._table(
            "notices",
            _key(),
            _required("kind", word(32)),
            _required("audience", word(16)),
            _required("audience_details", LONG_TEXT),
            _required("content", LONG_TEXT),
            Column("dedupe_key", word(190)),
            _required("state", word(16)),
            _required("priority", word(16)),
            _required("is_silent", Boolean, "0"),
            _required("cursor_id", BIG, "0"),
            _required("last_id", BIG, "0"),
            _required("accepted_at", MOMENT),
            _required("expires_at", MOMENT),
            Column("expanded_at", MOMENT),
            Column("folded", LONG_TEXT),
            UniqueConstraint("dedupe_key", name=f"uq_{self._prefix}notices_dedupe_key"),
            Index(f"ix_{self._prefix}notices_state", "state", "priority", "id"),
            Index(f"ix_{self._prefix}notices_accepted_at", "accepted_at"),
        )

    def _lanes(self) -> Table:
        """
        The order of what one recipient gets. `unfinished`: deliveries that have not ended,
        `passed`: of these, how many let later ones pass.
        """
        return self._table(
            "lanes",
            _key(),
            _required("platform", word(16)),
            _required("recipient", word(128)),
            _required("priority", word(16)),
            _required("last_seq", BIG, "0"),
            _required("unfinished", Integer, "0"),
            _required("passed", Integer, "0"),
            _required("used_at", MOMENT),
            UniqueConstraint(
                "platform", "recipient", "priority", name=f"uq_{self._prefix}lanes_recipient"
            ),
            Index(f"ix_{self._prefix}lanes_used_at", "used_at"),
        )

    def _deliveries(self) -> Table:
        """
        One notice to one recipient on one platform, or one deferred action (`action`, `arguments`).

        `behind_lane`: its lane while it waits for an earlier one of it, else NULL. `claim_token`:
        whose it is while it is being sent, `is_marked`: and really sent at this moment. `attempts`:
        tries that the platform saw. `lost_claims`: how often a daemon ended while it had it,
        `lost_sends`: of these, how often while it was marked. `may_be_double`: an earlier try may
        have arrived. `let_pass`: later ones of its lane need not wait. `way`: 0 for the first way
        to reach an account, 1 for the next when that one failed, and so on. `joined_to`: the first
        of those that became one message with it.
        """
        return self._table(
            "deliveries",
            _key(),
            Column("notice_id", BIG),
            Column("account_id", BIG),
            _required("way", Integer, "0"),
            _required("platform", word(16)),
            _required("target", word(128)),
            _required("priority", word(16)),
            _required("state", word(16)),
            _required("lane_id", BIG),
            _required("seq", BIG),
            Column("behind_lane", BIG),
            _required("not_before", MOMENT),
            _required("expires_at", MOMENT),
            _required("joins_others", Boolean, "0"),
            Column("joined_to", BIG),
            _required("attempts", Integer, "0"),
            Column("first_tried_at", MOMENT),
            Column("claim_token", BIG),
            _required("is_marked", Boolean, "0"),
            _required("lost_claims", Integer, "0"),
            _required("lost_sends", Integer, "0"),
            _required("may_be_double", Boolean, "0"),
            _required("let_pass", Boolean, "0"),
            Column("message_ids", LONG_TEXT),
            Column("last_error", word(500)),
            Column("action", word(32)),
            Column("arguments", LONG_TEXT),
            _required("created_at", MOMENT),
            Column("finished_at", MOMENT),
            Index(
                f"ix_{self._prefix}deliveries_claim", "platform", "state", "priority", "not_before"
            ),
            Index(f"ix_{self._prefix}deliveries_behind", "behind_lane", "seq"),
            Index(f"ix_{self._prefix}deliveries_notice", "notice_id", "state"),
            Index(f"ix_{self._prefix}deliveries_account", "account_id"),
            UniqueConstraint(
                "notice_id", "account_id", "way", name=f"uq_{self._prefix}deliveries_once"
            ),
        )

    def _direct_channels(self) -> Table:
        """In which channel a user of a platform is written to."""
        return self._table(
            "direct_channels",
            Column("platform", word(16), primary_key=True),
            Column("user_id", word(64), primary_key=True),
            _required("channel_id", word(64)),
        )

    def _moved_targets(self) -> Table:
        """Targets that have another id now: groups that became supergroups."""
        return self._table(
            "moved_targets",
            Column("platform", word(16), primary_key=True),
            Column("target", word(128), primary_key=True),
            _required("new_target", word(128)),
            _required("moved_at", MOMENT),
        )

    def _bindings(self) -> Table:
        """
        Which account a user of a platform has. `is_primary`: the panel's `user` row holds it too.
        """
        return self._table(
            "bindings",
            Column("platform", word(16), primary_key=True),
            Column("platform_user", word(64), primary_key=True),
            _required("account_id", BIG),
            _required("is_primary", Boolean),
            _required("bound_at", MOMENT),
            UniqueConstraint("account_id", "platform", name=f"uq_{self._prefix}bindings_account"),
        )

    def _people(self) -> Table:
        """The language that a user of a platform has chosen, bound or not."""
        return self._table(
            "people",
            Column("platform", word(16), primary_key=True),
            Column("platform_user", word(64), primary_key=True),
            _required("language", word(16)),
        )

    def _conversations(self) -> Table:
        """
        The step of a dialogue that a person is at in a chat. `details`: JSON. `revision`: raised
        by each step, so that of two answers to the same step one counts.
        """
        return self._table(
            "conversations",
            Column("platform", word(16), primary_key=True),
            Column("target", word(64), primary_key=True),
            Column("person", word(64), primary_key=True),
            _required("step", word(32)),
            _required("details", LONG_TEXT),
            _required("revision", BIG),
            _required("expires_at", MOMENT),
            Index(f"ix_{self._prefix}conversations_step", "step", "expires_at"),
            Index(f"ix_{self._prefix}conversations_expires_at", "expires_at"),
        )

    def _bind_codes(self) -> Table:
        """Codes that the site hands out for binding, by their hash; a used one is deleted."""
        return self._table(
            "bind_codes",
            Column("code_hash", word(64), primary_key=True),
            _required("account_id", BIG),
            _required("expires_at", MOMENT),
            Index(f"ix_{self._prefix}bind_codes_account", "account_id"),
            Index(f"ix_{self._prefix}bind_codes_expires_at", "expires_at"),
        )

    def _tries(self) -> Table:
        """
        How often something was tried since a moment. `kind`: what, `subject`: by or for whom;
        `paused_until`: when it may be tried again, NULL for now.
        """
        return self._table(
            "tries",
            Column("kind", word(16), primary_key=True),
            Column("subject", word(128), primary_key=True),
            _required("number", Integer),
            _required("since", MOMENT),
            Column("paused_until", MOMENT),
            Index(f"ix_{self._prefix}tries_since", "since"),
        )
