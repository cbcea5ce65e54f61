"""
The panel's tables, column by column as its own migrations make them.

The daemon reads and narrowly writes them; only the embedded panel and tests create them from here,
on MariaDB or SQLite, with the same NOT NULLs, defaults and uniques. Traffic is in bytes, times
called `…_time` or `datetime` of an integer type are unix seconds, `datetime` columns hold the
site's local time.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

NO_DATE = datetime(1989, 6, 4, 0, 5)  # noqa: DTZ001 - the panel's default for "never", site time

_BIG = Integer().with_variant(mysql.BIGINT(display_width=20, unsigned=True), "mysql")
_INT = Integer().with_variant(mysql.INTEGER(display_width=11, unsigned=True), "mysql")
_SMALL = Integer().with_variant(mysql.SMALLINT(display_width=6, unsigned=True), "mysql")
_LEVEL = Integer().with_variant(mysql.SMALLINT(display_width=5, unsigned=True), "mysql")
_TINY = Integer().with_variant(mysql.TINYINT(display_width=3, unsigned=True), "mysql")
_TINY_2 = Integer().with_variant(mysql.TINYINT(display_width=2, unsigned=True), "mysql")
_FLAG = Integer().with_variant(mysql.TINYINT(display_width=1, unsigned=True), "mysql")
_SIGNED_FLAG = Integer().with_variant(mysql.TINYINT(display_width=1), "mysql")
_LONG_TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql")


class _Native(UserDefinedType[str]):
    """A type of MariaDB that SQLAlchemy does not know; its values travel as text."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


class Money(TypeDecorator[Decimal]):
    """An exact decimal, also on SQLite, whose own numbers are binary."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int, *, unsigned: bool = False) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale, self.unsigned = precision, scale, unsigned

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Numeric(self.precision, self.scale, asdecimal=False))
        return dialect.type_descriptor(
            mysql.DECIMAL(self.precision, self.scale, unsigned=self.unsigned)
        )

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-self.scale))


_UUID = String(36).with_variant(_Native("uuid"), "mysql")
_IPV4 = String(39).with_variant(_Native("inet4"), "mysql")
_IPV6 = String(45).with_variant(_Native("inet6"), "mysql")


def _words(length: int = 255) -> TypeEngine[str]:
    """Text that compares without regard to case, as the panel's collation does."""
    return String(length).with_variant(String(length, collation="NOCASE"), "sqlite")


def _column(name: str, kind: TypeEngine[Any], default: str | None = None) -> Column[Any]:
    """A column that is never NULL; `default` as the schema writes it."""
    server_default = None if default is None else text(default)
    return Column(name, kind, nullable=False, server_default=server_default)


def _key() -> Column[Any]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


class PanelTables:
    """The panel's tables that the daemon knows, under the panel's table prefix."""

    def __init__(self, prefix: str = "") -> None:
        self.metadata = MetaData()
        self._prefix = prefix
        self.config = self._config()
        self.user = self._user()
        self.link = self._link()
        self.node = self._node()
        self.announcement = self._announcement()
        self.login_ip = self._login_ip()
        self.online_log = self._online_log()
        self.subscribe_log = self._subscribe_log()
        self.payback = self._payback()
        self.user_invite_code = self._user_invite_code()
        self.ticket = self._ticket()
        self.paylist = self._paylist()
        self.email_queue = self._email_queue()

    def _table(self, name: str, *contents: Any, indexes: tuple[str, ...] = ()) -> Table:
        table = Table(
            self._prefix + name,
            self.metadata,
            _key(),
            *contents,
            mysql_engine="InnoDB",
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_unicode_ci",
            sqlite_autoincrement=True,
        )
        for column in indexes:
            Index(f"ix_{table.name}_{column}", table.c[column])
        return table

    def _config(self) -> Table:
        return self._table(
            "config",
            _column("item", _words(), "''"),
            _column("value", String(2048), "''"),
            _column("class", _words(16), "''"),
            _column("is_public", _FLAG, "0"),
            _column("type", _words(16), "''"),
            _column("default", String(2048), "''"),
            _column("mark", _words(), "''"),
            indexes=("item", "class", "is_public"),
        )

    def _user(self) -> Table:
        return self._table(
            "user",
            _column("user_name", _words(), "''"),
            _column("email", _words()),
            _column("pass", String(255)),
            _column("passwd", _words()),
            _column("uuid", _UUID),
            _column("u", _BIG, "0"),
            _column("d", _BIG, "0"),
            _column("transfer_today", _BIG, "0"),
            _column("transfer_total", _BIG, "0"),
            _column("transfer_enable", _BIG, "0"),
            _column("port", _SMALL),
            _column("last_detect_ban_time", DateTime(), "'1989-06-04 00:05:00'"),
            _column("all_detect_number", _INT, "0"),
            _column("last_use_time", _INT, "0"),
            Column("last_check_in_time", _INT, nullable=True, server_default=text("0")),
            Column("last_login_time", _INT, nullable=True, server_default=text("0")),
            _column("reg_date", DateTime(), "'1989-06-04 00:05:00'"),
            _column("money", Money(12, 2), "0.00"),
            _column("ref_by", _BIG, "0"),
            _column("method", _words(), "'aes-128-gcm'"),
            _column("reg_ip", _words(), "'127.0.0.1'"),
            _column("node_speedlimit", _SMALL, "0"),
            _column("node_iplimit", _SMALL, "0"),
            _column("is_admin", _FLAG, "0"),
            _column("im_type", _TINY, "0"),
            _column("im_value", _words(), "''"),
            _column("contact_method", _TINY, "1"),
            _column("daily_mail_enable", _FLAG, "0"),
            _column("class", _LEVEL, "0"),
            _column("class_expire", DateTime(), "'1989-06-04 00:05:00'"),
            _column("theme", _words(), "'tabler'"),
            _column("remark", Text(), "''"),
            _column("node_group", _SMALL, "0"),
            _column("is_banned", _FLAG, "0"),
            _column("banned_reason", _words(), "''"),
            _column("is_shadow_banned", _FLAG, "0"),
            _column("expire_notified", _FLAG, "0"),
            _column("traffic_notified", _FLAG, "0"),
            _column("auto_reset_day", _SMALL, "0"),
            _column("auto_reset_bandwidth", Money(12, 2, unsigned=True), "0.00"),
            _column("api_token", _words(), "''"),
            _column("is_dark_mode", _FLAG, "0"),
            _column("is_inactive", _FLAG, "0"),
            _column("locale", _words(16), "'zh-TW'"),
            UniqueConstraint("email"),
            UniqueConstraint("passwd"),
            UniqueConstraint("uuid"),
            UniqueConstraint("api_token"),
            indexes=(
                "is_admin",
                "contact_method",
                "class",
                "class_expire",
                "node_group",
                "is_banned",
                "is_shadow_banned",
                "is_inactive",
            ),
        )

    def _link(self) -> Table:
        return self._table(
            "link",
            _column("token", _words(), "''"),
            _column("userid", _BIG, "0"),
            UniqueConstraint("token"),
            UniqueConstraint("userid"),
        )

    def _node(self) -> Table:
        return self._table(
            "node",
            _column("name", _words(), "''"),
            _column("type", _FLAG, "1"),
            _column("server", _words(), "''"),
            _column("custom_config", _LONG_TEXT, "'{}'"),
            _column("sort", _TINY_2, "14"),
            _column("traffic_rate", Money(5, 2, unsigned=True), "1.00"),
            _column("is_dynamic_rate", _FLAG, "0"),
            _column("dynamic_rate_type", _FLAG, "0"),
            _column("dynamic_rate_config", _LONG_TEXT, "'{}'"),
            _column("node_class", _LEVEL, "0"),
            _column("node_speedlimit", _SMALL, "0"),
            _column("node_bandwidth", _BIG, "0"),
            _column("node_bandwidth_limit", _BIG, "0"),
            _column("bandwidthlimit_resetday", _TINY_2, "0"),
            _column("node_heartbeat", _INT, "0"),
            _column("online_user", _INT, "0"),
            _column("ipv4", _IPV4, "'127.0.0.1'"),
            _column("ipv6", _IPV6, "'::1'"),
            _column("node_group", _LEVEL, "0"),
            _column("online", _SIGNED_FLAG, "1"),
            _column("gfw_block", _FLAG, "0"),
            _column("password", _words(), "''"),
            UniqueConstraint("password"),
            CheckConstraint("json_valid(custom_config)"),
            indexes=(
                "type",
                "sort",
                "is_dynamic_rate",
                "node_class",
                "bandwidthlimit_resetday",
                "node_group",
                "online",
            ),
        )

    def _announcement(self) -> Table:
        return self._table(
            "announcement",
            _column("status", _FLAG, "1"),
            _column("sort", _TINY, "0"),
            _column("date", DateTime(), "'1989-06-04 00:05:00'"),
            _column("content", _LONG_TEXT, "''"),
            indexes=("status", "sort"),
        )

    def _login_ip(self) -> Table:
        return self._table(
            "login_ip",
            _column("userid", _BIG, "0"),
            _column("ip", _words(), "''"),
            _column("datetime", _INT, "0"),
            _column("type", _FLAG, "1"),
            indexes=("userid", "type"),
        )

    def _online_log(self) -> Table:
        return self._table(
            "online_log",
            _column("user_id", _BIG),
            _column("ip", _IPV6),
            _column("node_id", _INT),
            _column("first_time", _INT),
            _column("last_time", _INT),
            UniqueConstraint("user_id", "ip"),
            indexes=("node_id", "last_time"),
        )

    def _subscribe_log(self) -> Table:
        table = self._table(
            "subscribe_log",
            _column("user_id", _BIG, "0"),
            _column("type", _words(), "''"),
            _column("request_ip", _words(), "''"),
            _column("request_time", _INT, "0"),
            _column("request_user_agent", _words(1024), "''"),
            indexes=("user_id", "type", "request_ip", "request_time"),
        )
        agent = table.c.request_user_agent
        Index(f"ix_{table.name}_{agent.name}", agent, mysql_length={agent.name: 768})
        return table

    def _payback(self) -> Table:
        return self._table(
            "payback",
            _column("total", Money(12, 2, unsigned=True), "0.00"),
            _column("userid", _BIG, "0"),
            _column("ref_by", _BIG, "0"),
            _column("ref_get", Money(12, 2, unsigned=True), "0.00"),
            _column("invoice_id", _BIG, "0"),
            _column("datetime", _INT, "0"),
            indexes=("userid", "ref_by", "invoice_id"),
        )

    def _user_invite_code(self) -> Table:
        return self._table(
            "user_invite_code",
            _column("code", _words(), "''"),
            _column("user_id", _BIG, "0"),
            UniqueConstraint("code"),
            UniqueConstraint("user_id"),
        )

    def _ticket(self) -> Table:
        return self._table(
            "ticket",
            _column("title", _words(), "''"),
            _column("content", _LONG_TEXT, "'{}'"),
            _column("userid", _BIG, "0"),
            _column("status", _words(), "''"),
            _column("type", _words(), "''"),
            _column("datetime", _INT, "0"),
            CheckConstraint("json_valid(content)"),
            indexes=("userid", "status", "type"),
        )

    def _paylist(self) -> Table:
        return self._table(
            "paylist",
            _column("userid", _BIG, "0"),
            _column("total", Money(12, 2), "0.00"),
            _column("status", _FLAG, "0"),
            _column("invoice_id", _BIG, "0"),
            _column("tradeno", _words(), "''"),
            _column("gateway", _words(), "''"),
            _column("datetime", _INT, "0"),
            UniqueConstraint("tradeno"),
            indexes=("userid", "status", "invoice_id"),
        )

    def _email_queue(self) -> Table:
        return self._table(
            "email_queue",
            _column("to_email", _words(), "''"),
            _column("subject", _words(), "''"),
            _column("template", _words(), "''"),
            _column("array", _LONG_TEXT, "'{}'"),
            _column("time", _INT, "0"),
            CheckConstraint("json_valid(`array`)"),
        )
