"""
Who is bound to which account, what language people chose, and where dialogues stand.

What the tables mean is said in `config_store.own.tables`; here they are as they were made at first.
"""

from alembic.operations import Operations
from sqlalchemy import Boolean, Column, Integer, UniqueConstraint

from config_store.migrations.building import (
    BIG,
    LONG_TEXT,
    MOMENT,
    create_index,
    create_table,
    required,
    word,
)

revision = "0002"
down_revision = "0001"
oldest_daemon = "0001"


def upgrade(op: Operations, own: str) -> None:
    """Make the tables; their names begin with `own`."""
    _people(op, own)
    _conversations(op, own)
    _proofs(op, own)


def _people(op: Operations, own: str) -> None:
    create_table(
        op,
        f"{own}bindings",
        Column("platform", word(16), primary_key=True),
        Column("platform_user", word(64), primary_key=True),
        required("account_id", BIG),
        required("is_primary", Boolean),
        required("bound_at", MOMENT),
        UniqueConstraint("account_id", "platform", name=f"uq_{own}bindings_account"),
    )
    create_table(
        op,
        f"{own}people",
        Column("platform", word(16), primary_key=True),
        Column("platform_user", word(64), primary_key=True),
        required("language", word(16)),
    )


def _conversations(op: Operations, own: str) -> None:
    conversations = f"{own}conversations"
    create_table(
        op,
        conversations,
        Column("platform", word(16), primary_key=True),
        Column("target", word(64), primary_key=True),
        Column("person", word(64), primary_key=True),
        required("step", word(32)),
        required("details", LONG_TEXT),
        required("revision", BIG),
        required("expires_at", MOMENT),
    )
    create_index(op, conversations, "step", "step", "expires_at")
    create_index(op, conversations, "expires_at", "expires_at")


def _proofs(op: Operations, own: str) -> None:
    codes, tries = f"{own}bind_codes", f"{own}tries"
    create_table(
        op,
        codes,
        Column("code_hash", word(64), primary_key=True),
        required("account_id", BIG),
        required("expires_at", MOMENT),
    )
    create_index(op, codes, "account", "account_id")
    create_index(op, codes, "expires_at", "expires_at")
    create_table(
        op,
        tries,
        Column("kind", word(16), primary_key=True),
        Column("subject", word(128), primary_key=True),
        required("number", Integer),
        required("since", MOMENT),
        Column("paused_until", MOMENT),
    )
    create_index(op, tries, "since", "since")
