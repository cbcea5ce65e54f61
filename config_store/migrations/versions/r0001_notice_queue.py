"""
The first tables: who holds which role, and the queue of notices.

What they mean is said in `config_store.own.tables`; here they are as they were made at first.
"""

from alembic.operations import Operations
from sqlalchemy import Boolean, Column, Integer, UniqueConstraint

from config_store.migrations.building import (
    BIG,
    LONG_TEXT,
    MOMENT,
    create_index,
    create_table,
    numbered,
    required,
    word,
)

revision = "0001"
down_revision = None
oldest_daemon = "0001"


def upgrade(op: Operations, own: str) -> None:
    """Make the tables; their names begin with `own`."""
    _roles(op, own)
    _notices(op, own)
    _deliveries(op, own)
    _addresses(op, own)


def _roles(op: Operations, own: str) -> None:
    create_table(
        op,
        f"{own}leases",
        Column("role", word(32), primary_key=True),
        Column("holder", word(36)),
        required("epoch", BIG, "0"),
        required("beat", BIG, "0"),
        Column("beaten_at", MOMENT),
    )
    create_table(
        op,
        f"{own}daemons",
        Column("id", word(36), primary_key=True),
        required("process", word(190), "''"),
        required("version", word(32), "''"),
        required("started_at", MOMENT),
        required("beat", BIG, "0"),
        required("beaten_at", MOMENT),
        required("replies", word(255), "'{}'"),
    )


def _notices(op: Operations, own: str) -> None:
    notices = f"{own}notices"
    create_table(
        op,
        notices,
        numbered(),
        required("kind", word(32)),
        required("audience", word(16)),
        required("audience_details", LONG_TEXT),
        required("content", LONG_TEXT),
        Column("dedupe_key", word(190)),
        required("state", word(16)),
        required("priority", word(16)),
        required("is_silent", Boolean, "0"),
        required("cursor_id", BIG, "0"),
        required("last_id", BIG, "0"),
        required("accepted_at", MOMENT),
        required("expires_at", MOMENT),
        Column("expanded_at", MOMENT),
        Column("folded", LONG_TEXT),
        UniqueConstraint("dedupe_key", name=f"uq_{notices}_dedupe_key"),
    )
    create_index(op, notices, "state", "state", "priority", "id")
    create_index(op, notices, "accepted_at", "accepted_at")


def _deliveries(op: Operations, own: str) -> None:
    lanes, deliveries = f"{own}lanes", f"{own}deliveries"
    create_table(
        op,
        lanes,
        numbered(),
        required("platform", word(16)),
        required("recipient", word(128)),
        required("priority", word(16)),
        required("last_seq", BIG, "0"),
        required("unfinished", Integer, "0"),
        required("passed", Integer, "0"),
        required("used_at", MOMENT),
        UniqueConstraint("platform", "recipient", "priority", name=f"uq_{lanes}_recipient"),
    )
    create_index(op, lanes, "used_at", "used_at")
    create_table(
        op,
        deliveries,
        numbered(),
        Column("notice_id", BIG),
        Column("account_id", BIG),
        required("way", Integer, "0"),
        required("platform", word(16)),
        required("target", word(128)),
        required("priority", word(16)),
        required("state", word(16)),
        required("lane_id", BIG),
        required("seq", BIG),
        Column("behind_lane", BIG),
        required("not_before", MOMENT),
        required("expires_at", MOMENT),
        required("joins_others", Boolean, "0"),
        Column("joined_to", BIG),
        required("attempts", Integer, "0"),
        Column("first_tried_at", MOMENT),
        Column("claim_token", BIG),
        required("is_marked", Boolean, "0"),
        required("lost_claims", Integer, "0"),
        required("lost_sends", Integer, "0"),
        required("may_be_double", Boolean, "0"),
        required("let_pass", Boolean, "0"),
        Column("message_ids", LONG_TEXT),
        Column("last_error", word(500)),
        Column("action", word(32)),
        Column("arguments", LONG_TEXT),
        required("created_at", MOMENT),
        Column("finished_at", MOMENT),
        UniqueConstraint("notice_id", "account_id", "way", name=f"uq_{deliveries}_once"),
    )
    create_index(op, deliveries, "claim", "platform", "state", "priority", "not_before")
    create_index(op, deliveries, "behind", "behind_lane", "seq")
    create_index(op, deliveries, "notice", "notice_id", "state")
    create_index(op, deliveries, "account", "account_id")


def _addresses(op: Operations, own: str) -> None:
    create_table(
        op,
        f"{own}direct_channels",
        Column("platform", word(16), primary_key=True),
        Column("user_id", word(64), primary_key=True),
        required("channel_id", word(64)),
    )
    create_table(
        op,
        f"{own}moved_targets",
        Column("platform", word(16), primary_key=True),
        Column("target", word(128), primary_key=True),
        required("new_target", word(128)),
        required("moved_at", MOMENT),
    )
