"""Bootstrap settings: where they come from, what they may be, and what a mistake looks like."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url

from config_store.bootstrap import BootstrapError, BootstrapSettings, load_bootstrap, secrets_in
from config_store.bootstrap.addresses import TcpAddress, UnixAddress
from config_store.bootstrap.database_url import mariadb_url
from config_store.bootstrap.routes import RouteTarget
from config_store.bootstrap.settings import expectation, setting_names
from config_store.catalogue import ITEMS

DATABASE = "mysql://panel:hunter2@db.example/sspanel"
PANEL = """<?php
$_ENV['appName'] = '山里的站';
$_ENV['baseUrl'] = 'https://panel.example/';
$_ENV['subUrl'] = $_ENV['baseUrl'];
$_ENV['timeZone'] = 'PRC';
$_ENV['locale'] = 'zh-TW';
$_ENV['sub_token_len'] = '24';
$_ENV['notify_limit_mode'] = 'mb';
$_ENV['notify_limit_value'] = 500;
$_ENV['db_host'] = '10.0.0.2:4406';
$_ENV['db_socket'] = '';
$_ENV['db_port'] = '3306';
$_ENV['db_database'] = 'sspanel';
$_ENV['db_username'] = 'panel';
$_ENV['db_password'] = 'hunter2';
$_ENV['db_prefix'] = 'sp_';
"""

Load = Callable[..., BootstrapSettings]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """
    Loads from a TOML text, a `.config.php` text and variables named without their prefix.
    """

    def load(
        *, toml: str | None = None, panel: str | None = None, **environment: str
    ) -> BootstrapSettings:
        file = tmp_path / "config.toml"
        if toml is not None:
            file.write_text(toml, encoding="utf-8")
        if panel is not None:
            path = tmp_path / ".config.php"
            path.write_text(panel, encoding="utf-8")
            environment.setdefault("panel_config", str(path))
        variables = {f"SSPANEL_IM_{name.upper()}": value for name, value in environment.items()}
        return load_bootstrap(None, variables, default_config_file=file)

    return load


@pytest.fixture
def mistakes(load: Load, tmp_path: Path) -> Mistakes:
    """
    The lines that the same arguments lead to, with `/site` for the folder of the files.
    """

    def mistakes(**sources: Any) -> list[str]:
        with pytest.raises(BootstrapError) as raised:
            load(**sources)
        assert raised.value.__cause__ is None
        return str(raised.value).replace(str(tmp_path), "/site").splitlines()

    return mistakes


def given_directly(**values: object) -> BootstrapSettings:
    return BootstrapSettings.model_validate({"database_url": DATABASE, **values})


def test_defaults_are_those_that_are_documented(load: Load):
    """
    With nothing but a database everything else has its default.
    """
    settings = load(database_url=DATABASE)

    assert dict(settings) == {
        "database_url": SecretStr("mysql+aiomysql://panel:hunter2@db.example/sspanel"),
        "panel_config": None,
        "table_prefix": "",
        "site_name": "SSPanel-UIM",
        "site_url": None,
        "subscription_url": None,
        "timezone": ZoneInfo("Asia/Shanghai"),
        "locale": "zh_CN",
        "subscription_token_length": 16,
        "traffic_notice_mode": "per",
        "traffic_notice_value": 20,
        "expiry_notice_days": (7, 3, 1),
        "listen": TcpAddress("127.0.0.1", 8470),
        "api_token": None,
        "public_url": None,
        "telegram_mode": "polling",
        "telegram_api_url": "https://api.telegram.org",
        "telegram_rate": 30,
        "telegram_paid_broadcast": False,
        "discord_api_url": "https://discord.com/api/v10",
        "slack_api_url": "https://slack.com/api/",
        "proxy": None,
        "binding_methods": ("email", "site", "code"),
        "telegram_group_grace_minutes": 10,
        "routes": {},
        "queue_retention_days": 14,
        "settings_interval": 1.0,
        "node_interval": 5.0,
        "user_interval": 60.0,
        "node_offline_after": 600,
        "lease_seconds": None,
        "manage_index": True,
        "log_level": "info",
        "log_format": "auto",
    }


def test_the_panels_configuration_gives_what_it_knows(load: Load):
    """
    With `panel_config` alone the database, the site and its limits are known.
    """
    settings = load(panel=PANEL)

    assert make_url(settings.database_url.get_secret_value()) == make_url(
        "mysql+aiomysql://panel:hunter2@10.0.0.2:4406/sspanel?charset=utf8mb4"
    )
    assert settings.table_prefix == "sp_"
    assert settings.site_name == "山里的站"
    assert settings.site_url == "https://panel.example"
    assert settings.subscription_url == "https://panel.example"
    assert settings.public_url == "https://panel.example"
    assert settings.timezone == ZoneInfo("PRC")
    assert settings.locale == "zh_TW"
    assert settings.subscription_token_length == 24
    assert (settings.traffic_notice_mode, settings.traffic_notice_value) == ("mb", 500)


def test_a_higher_source_wins(load: Load):
    """
    Environment before TOML, TOML before the panel's configuration, that before defaults.
    """
    settings = load(
        panel=PANEL,
        toml='site_name = "from toml"\nlocale = "en-US"\nlog_level = "DEBUG"',
        locale="ja_JP",
    )

    assert settings.log_level == "debug"
    assert settings.site_name == "from toml"
    assert settings.locale == "ja_JP"
    assert settings.table_prefix == "sp_"


def test_the_panels_configuration_can_be_named_in_toml(load: Load, tmp_path: Path):
    """
    A relative path counts from the TOML file's own folder, not from where the process started.
    """
    (tmp_path / "panel").mkdir()
    (tmp_path / "panel" / ".config.php").write_text(PANEL, encoding="utf-8")

    settings = load(toml='panel_config = "panel/.config.php"')

    assert settings.site_name == "山里的站"
    assert settings.panel_config == tmp_path / "panel" / ".config.php"


def test_a_mistake_in_a_lower_source_does_no_harm_if_it_is_not_in_force(load: Load):
    """
    What the panel's configuration says in a way only PHP understands can be given elsewhere.
    """
    panel = PANEL.replace("'hunter2'", "getenv('DB_PASSWORD')").replace("'PRC'", "'Nowhere'")

    settings = load(panel=panel, toml='timezone = "UTC"', database_url=DATABASE)

    assert settings.timezone == ZoneInfo("UTC")
    assert settings.site_name == "山里的站"


def test_settings_made_directly_read_nothing_else(monkeypatch: pytest.MonkeyPatch):
    """
    The demo and the tests can never meet what this machine is set up for.
    """
    for name in setting_names():
        monkeypatch.setenv(name.upper(), "environment")
        monkeypatch.setenv(f"SSPANEL_IM_{name.upper()}", "environment")

    settings = BootstrapSettings.model_validate({"database_url": "sqlite:////tmp/panel.sqlite"})

    assert "environment" not in repr(settings)


def test_settings_cannot_be_changed():
    """
    Nobody can change a setting for everybody else.
    """
    settings = given_directly(routes={"admins": ["slack:C0123"]})

    with pytest.raises(ValidationError):
        settings.log_level = "debug"
    with pytest.raises(TypeError):
        settings.routes["custom"] = ()  # pyright: ignore[reportIndexIssue] - that is the test


def test_every_mistake_is_told_at_once_with_its_source(mistakes: Mistakes):
    """
    One line a mistake: the setting, where it stands and what is expected.
    """
    lines = mistakes(
        panel=PANEL.replace("'PRC'", "'Nowhere'").replace("'sspanel'", "getenv('DB')"),
        toml='listen = 5\nlog_levle = "info"\n[telegram]\ntoken = "x"',
        telegram_rate="31",
        node_intervall="3",
        test="1",
    )

    assert lines == [
        "log_levle (/site/config.toml): no such setting; did you mean log_level?",
        "telegram (/site/config.toml): no such setting",
        (
            "SSPANEL_IM_NODE_INTERVALL (environment): no such setting;"
            " did you mean SSPANEL_IM_NODE_INTERVAL?"
        ),
        "SSPANEL_IM_TEST (environment): no such setting",
        (
            "database_url (/site/.config.php $_ENV['db_database']): line 13: not a plain value,"
            " known only to PHP"
        ),
        f"timezone (/site/.config.php $_ENV['timeZone']): {expectation('timezone')}",
        f"listen (/site/config.toml): {expectation('listen')}",
        f"telegram_rate (SSPANEL_IM_TELEGRAM_RATE): {expectation('telegram_rate')}",
    ]


def test_a_missing_database_is_told_with_the_two_ways_to_give_it(mistakes: Mistakes):
    """
    Who starts without any setting reads what to do.
    """
    (line,) = mistakes()

    assert line.startswith("database_url: missing; ")
    assert "panel_config" in line


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            ("'10.0.0.2:4406'", "''"),
            (
                "database_url (/site/.config.php $_ENV['db_host']):"
                " this or db_socket must say where the database is"
            ),
        ),
        (
            ("'sspanel'", "''"),
            "database_url (/site/.config.php $_ENV['db_database']): must name the panel's database",
        ),
        (
            ("'10.0.0.2:4406'", "'h:x'"),
            (
                "database_url (/site/.config.php $_ENV['db_port']):"
                " this and a port in db_host must be port numbers"
            ),
        ),
        (
            ("'hunter2';", "'hunter2;"),
            "database_url (/site/.config.php $_ENV['db_password']): line 15: a syntax error",
        ),
    ],
)
def test_a_database_that_the_panel_does_not_name_is_told(
    mistakes: Mistakes, change: tuple[str, str], line: str
):
    """
    An unfinished or damaged `.config.php` is a mistake that names the line to mend.
    """
    lines = mistakes(panel=PANEL.replace(*change))

    assert line in lines


@pytest.mark.parametrize(
    ("sources", "line"),
    [
        (
            {"panel_config": "/none/.config.php"},
            (
                "panel_config (SSPANEL_IM_PANEL_CONFIG): /none/.config.php cannot be read:"
                " No such file or directory; expected the panel's config/.config.php"
            ),
        ),
        (
            {"panel": "<?php echo 1;"},
            (
                "panel_config (SSPANEL_IM_PANEL_CONFIG): /site/.config.php holds no line like"
                " $_ENV['name'] = 'value'; expected the panel's config/.config.php"
            ),
        ),
        (
            {"toml": 'database_url = "mysql://u:hunter2@h/d\nlocale = "en_US"'},
            "configuration file (/site/config.toml): is no well-formed TOML in line 1",
        ),
        (
            {"toml": "locale = 'a'\nlocale = 'b'\n"},
            "configuration file (/site/config.toml): is no well-formed TOML in line 2",
        ),
        (
            {"toml": "locale = " + "[" * 10000},
            "configuration file (/site/config.toml): is no well-formed TOML",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(
    mistakes: Mistakes, sources: Mapping[str, str], line: str
):
    """
    No traceback, no piece of the file, and no complaint about what may well stand in it.
    """
    assert mistakes(**sources) == [line]


def test_the_named_configuration_file_must_be_there(tmp_path: Path):
    """
    `--config` names a file that counts; only the default one may be missing.
    """
    with pytest.raises(BootstrapError) as raised:
        load_bootstrap(tmp_path / "none.toml", {"SSPANEL_IM_DATABASE_URL": DATABASE})

    assert str(raised.value) == f"--config ({tmp_path}/none.toml): cannot be read: no such file"


def test_the_named_configuration_file_replaces_the_default_one(tmp_path: Path):
    """
    `--config FILE` is read instead of the default file, not on top of it.
    """
    default, named = tmp_path / "default.toml", tmp_path / "named.toml"
    default.write_text('site_name = "default"\nlocale = "ja_JP"', encoding="utf-8")
    named.write_text('site_name = "named"', encoding="utf-8")

    settings = load_bootstrap(
        named, {"SSPANEL_IM_DATABASE_URL": DATABASE}, default_config_file=default
    )

    assert (settings.site_name, settings.locale) == ("named", "zh_CN")


def test_a_default_file_that_is_there_must_be_readable(mistakes: Mistakes, tmp_path: Path):
    """
    Only a missing default file is passed over; a folder in its place, or no right to it, is told.
    """
    (tmp_path / "config.toml").mkdir()

    assert mistakes(database_url=DATABASE) == [
        "configuration file (/site/config.toml): cannot be read: Is a directory"
    ]


@pytest.mark.parametrize("content", [b"\xff\xfelocale", b"site_name = 'caf\xe9'"])
def test_a_file_in_another_encoding_is_told(tmp_path: Path, content: bytes):
    """
    TOML is UTF-8; what is not is refused in words that say so.
    """
    file = tmp_path / "config.toml"
    file.write_bytes(content)

    with pytest.raises(BootstrapError, match="cannot be read: it is not UTF-8"):
        load_bootstrap(file, {})


def test_a_byte_order_mark_in_toml_does_not_matter(load: Load):
    """
    Editors on Windows write one.
    """
    assert load(toml=f'\ufeffdatabase_url = "{DATABASE}"\r\n').log_level == "info"


SECRETS: dict[str, object] = {
    "database_url": "mysql://u:hunter2@h:port/d",
    "api_token": "hunter2 and more",
    "proxy": "socks4://u:hunter2@h:1080",
}


@pytest.mark.parametrize("setting", SECRETS)
def test_a_malformed_secret_is_told_without_itself(mistakes: Mistakes, setting: str):
    """
    The line of a mistake can be pasted into a chat.
    """
    lines = mistakes(**{"database_url": DATABASE, setting: SECRETS[setting]})

    assert lines == [f"{setting} (SSPANEL_IM_{setting.upper()}): {expectation(setting)}"]
    with pytest.raises(ValidationError) as raised:
        given_directly(**{setting: SECRETS[setting]})
    assert "hunter2" not in str(raised.value)


def test_secrets_do_not_show_but_can_be_asked_for():
    """
    A repr shows none; the log's redactor learns all, also the bare passwords.
    """
    settings = given_directly(
        database_url="mysql://u:p%40ss1@h/d", api_token="token2", proxy="http://u:pass3@h:8080"
    )

    secrets = secrets_in(settings)

    assert not any(secret in repr(settings) + str(settings) for secret in secrets)
    assert {"p@ss1", "token2", "pass3"} <= set(secrets)
    assert all(secrets_in(given_directly()))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://u:p@h/d", "mysql+aiomysql://u:p@h/d"),
        ("mariadb://u:p@h:3307/d", "mysql+aiomysql://u:p@h:3307/d"),
        ("mysql+pymysql://u@h/d?charset=utf8mb4", "mysql+aiomysql://u@h/d?charset=utf8mb4"),
        ("mysql://u@/d?unix_socket=/run/db.sock", "mysql+aiomysql://u@/d?unix_socket=/run/db.sock"),
        ("mysql://u:p@[::1]:3306/d", "mysql+aiomysql://u:p@[::1]:3306/d"),
        ("sqlite:////tmp/x.sqlite", "sqlite+aiosqlite:////tmp/x.sqlite"),
    ],
)
def test_a_database_url_gets_the_drivers_that_are_used(url: str, expected: str):
    """
    Operators write what they know from elsewhere.
    """
    settings = given_directly(database_url=url)

    assert make_url(settings.database_url.get_secret_value()) == make_url(expected)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_any_password_of_the_panel_reaches_the_database(password: str):
    """
    Whatever the password is made of, it is the same after it went through a URL.
    """
    url = mariadb_url(host="h", port="", socket="", database="d", username="u", password=password)

    settings = given_directly(database_url=url)

    assert make_url(settings.database_url.get_secret_value()).password == password


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("$_ENV['db_host'] = 'localhost';", ("localhost", 3306, None)),
        ("$_ENV['db_host'] = 'h'; $_ENV['db_port'] = 3307;", ("h", 3307, None)),
        ("$_ENV['db_host'] = 'h'; $_ENV['db_port'] = '';", ("h", 3306, None)),
        ("$_ENV['db_host'] = '[::1]:3308'; $_ENV['db_port'] = 1;", ("::1", 3308, None)),
        ("$_ENV['db_host'] = '[::1]';", ("::1", 3306, None)),
        ("$_ENV['db_host'] = '::1';", ("::1", 3306, None)),
        (
            "$_ENV['db_host'] = 'h'; $_ENV['db_socket'] = '/run/my sql.sock';",
            (None, None, "/run/my sql.sock"),
        ),
    ],
)
def test_where_the_panel_says_its_database_is(
    load: Load, lines: str, expected: tuple[str | None, int | None, str | None]
):
    """
    Host, port in the host, port of its own and socket are understood as the panel does.
    """
    panel = f"<?php $_ENV['db_database'] = 'd'; $_ENV['db_username'] = 'u'; {lines}"

    url = make_url(load(panel=panel).database_url.get_secret_value())

    assert (url.host, url.port, url.query.get("unix_socket")) == expected
    assert (url.username, url.password, url.database) == ("u", None, "d")


def test_a_password_of_digits_without_quotes_is_a_password(load: Load):
    """
    PHP takes it for a number and still logs in with it.
    """
    url = make_url(
        load(panel=PANEL.replace("'hunter2'", "12345678")).database_url.get_secret_value()
    )

    assert url.password == "12345678"


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("false", "500", ("off", 20)),
        ("''", "'nonsense'", ("off", 20)),
        ("'per'", "'15'", ("per", 15)),
        ("'mb'", "500", ("mb", 500)),
    ],
)
def test_traffic_notices_follow_the_panels_limits(
    load: Load, mode: str, value: str, expected: tuple[str, int]
):
    """
    `false` is off, whatever the value then says; numbers in quotes are numbers.
    """
    settings = load(panel=PANEL.replace("'mb'", mode).replace("500", value))

    assert (settings.traffic_notice_mode, settings.traffic_notice_value) == expected


@pytest.mark.parametrize(("length", "expected"), [("4", 8), ("'10'", 10), ("null", 16)])
def test_subscription_tokens_are_as_long_as_the_panels(load: Load, length: str, expected: int):
    """
    The panel makes none of fewer than eight characters, so neither do we.
    """
    settings = load(panel=PANEL.replace("'24'", length))

    assert settings.subscription_token_length == expected


ACCEPTED: list[tuple[str, object, object]] = [
    ("listen", "0.0.0.0:80", TcpAddress("0.0.0.0", 80)),
    ("listen", "[::1]:0", TcpAddress("::1", 0)),
    ("listen", "unix:/run/im.sock", UnixAddress(Path("/run/im.sock"))),
    ("listen", "", None),
    ("timezone", "aSIA/shanghai", ZoneInfo("Asia/Shanghai")),
    ("timezone", "PRC", ZoneInfo("PRC")),
    ("timezone", "US/Pacific", ZoneInfo("US/Pacific")),
    ("locale", "zh-CN", "zh_CN"),
    ("locale", "zh_tw.UTF-8", "zh_TW"),
    ("site_url", "https://例子.example/path/", "https://xn--fsqu00a.example/path"),
    ("site_url", "", None),
    ("telegram_api_url", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
    ("slack_api_url", "http://127.0.0.1:8081/api", "http://127.0.0.1:8081/api/"),
    ("slack_api_url", "http://127.0.0.1:8081/api//", "http://127.0.0.1:8081/api/"),
    ("expiry_notice_days", "1, 14,3,1", (14, 3, 1)),
    ("expiry_notice_days", [5, "2"], (5, 2)),
    ("expiry_notice_days", 7, (7,)),
    ("expiry_notice_days", "", ()),
    ("binding_methods", "code, email,code", ("code", "email")),
    ("binding_methods", ["subscription"], ("subscription",)),
    ("traffic_notice_mode", False, "off"),
    ("telegram_rate", "12", 12),
    ("telegram_paid_broadcast", "yes", True),
    ("lease_seconds", "", None),
    ("lease_seconds", "2.5", 2.5),
    ("manage_index", "off", False),
    ("log_format", "JSON", "json"),
    ("table_prefix", "sp2_", "sp2_"),
    ("routes", "", {}),
    (
        "routes",
        {
            "admins": ["telegram:-1001234:56", "telegram:@ops_room"],
            "custom": "slack:C0123,discord:7",
        },
        {
            "admins": (
                RouteTarget("telegram", "-1001234:56"),
                RouteTarget("telegram", "@ops_room"),
            ),
            "custom": (RouteTarget("slack", "C0123"), RouteTarget("discord", "7")),
        },
    ),
    (
        "routes",
        json.dumps({"node_offline": ["slack:C0123"]}),
        {"node_offline": (RouteTarget("slack", "C0123"),)},
    ),
]


@pytest.mark.parametrize(("setting", "value", "expected"), ACCEPTED)
def test_a_value_is_understood_in_each_way_of_writing_it(
    setting: str, value: object, expected: object
):
    """
    As TOML has it or as an environment variable has it, the setting is the same.
    """
    assert getattr(given_directly(**{setting: value}), setting) == expected


REFUSED: list[tuple[str, list[object]]] = [
    (
        "database_url",
        ["", "x", "postgresql://u@h/d", "mysql://u@h", "sqlite://", "mysql://u@h/d?what=1", 5],
    ),
    ("table_prefix", ["a b", "a;", "é", "x" * 33, "a\n", 5]),
    ("site_name", ["", "x" * 65]),
    (
        "site_url",
        ["panel.example", "ftp://x", "https://", "https://u:p@x", "https://x?y", "https://x#y", 5],
    ),
    ("timezone", ["", "Nowhere", "Asia", "../../etc/passwd", "\0", 8]),
    ("locale", ["", "fr_FR", "zh", 5]),
    ("subscription_token_length", [7, 256, "x", True, 8.5]),
    ("traffic_notice_mode", ["x", True, 5]),
    ("traffic_notice_value", [0, 101, "x"]),
    ("expiry_notice_days", ["0", "x", "7;3", [366], [True], {"a": 1}]),
    (
        "listen",
        [
            "8470",
            ":8470",
            "h:",
            "h:x",
            "h:65536",
            "::1:8470",
            "unix:im",
            "unix:",
            "[]:1",
            "a b:1",
            "unix:/" + "x" * 107,
            "h:٣",
            8470,
            True,
        ],
    ),
    ("api_token", ["a b", "é", "a\nb", 5]),
    ("telegram_mode", ["", "x"]),
    ("telegram_api_url", ["", "api.telegram.org", None]),
    ("telegram_rate", [0, 31, 1001, "x", True, ""]),
    ("telegram_paid_broadcast", ["x", 2]),
    ("slack_api_url", ["", "slack.com"]),
    (
        "proxy",
        ["h:1080", "socks5://h", "socks4://h:1", "https://h:1", "http://h:x", "http://h:1/p", 5],
    ),
    ("binding_methods", ["", "mail", ["email", 5], []]),
    ("telegram_group_grace_minutes", [-1, "x"]),
    (
        "routes",
        [
            "[",
            "[]",
            "5",
            {"admins": []},
            {"admins": ["C0123"]},
            {"admins": ["telegram:x"]},
            {"admins": ["irc:#a"]},
            {"admins": ["slack:c"]},
            {"no_kind": ["slack:C0123"]},
            5,
        ],
    ),
    ("settings_interval", [0, -1, "inf", "nan", 61, True]),
    ("lease_seconds", [0, "x", True]),
    ("log_level", ["", "verbose"]),
    ("log_format", ["xml"]),
    ("no_such_setting", [1]),
]


@pytest.mark.parametrize(
    ("setting", "value"),
    [(setting, value) for setting, values in REFUSED for value in values],
)
def test_a_malformed_value_is_refused_for_its_setting(setting: str, value: object):
    """
    Nothing is guessed, and the finding names the setting that it is about.
    """
    with pytest.raises(ValidationError) as raised:
        given_directly(**{setting: value})

    named = {finding["loc"][0] for finding in raised.value.errors()}
    assert setting in named
    assert named <= {setting, "subscription_url", "public_url"}


def test_telegram_may_be_faster_only_if_it_is_paid():
    """
    More than 30 a second goes together with `telegram_paid_broadcast`, up to 1000.
    """
    settings = given_directly(telegram_rate=1000, telegram_paid_broadcast=True)

    assert settings.telegram_rate == 1000
    with pytest.raises(ValidationError):
        given_directly(telegram_rate=1001, telegram_paid_broadcast=True)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (
            {"toml": '[routes]\nnode_ofline = ["slack:C0123"]\ncustom = ["x:1"]'},
            [
                (
                    "routes.node_ofline (/site/config.toml): no such kind of notice;"
                    " did you mean node_offline?"
                ),
                f"routes.custom (/site/config.toml): {expectation('routes')}",
            ],
        ),
        (
            {"routes": "{"},
            [f"routes (SSPANEL_IM_ROUTES): {expectation('routes')}"],
        ),
    ],
)
def test_a_mistake_in_the_routes_names_the_kind(
    mistakes: Mistakes, sources: Mapping[str, str], expected: list[str]
):
    """
    In a table of many rows it is told which one to mend.
    """
    assert mistakes(database_url=DATABASE, **sources) == expected


def test_a_name_with_line_breaks_stays_one_line(mistakes: Mistakes):
    """
    One mistake is one line, whatever the name looks like.
    """
    (line,) = mistakes(database_url=DATABASE, toml='"a\\nb" = 1')

    assert line == "'a\\nb' (/site/config.toml): no such setting"


@given(st.dictionaries(st.sampled_from(setting_names()), st.text(max_size=12)))
def test_any_environment_is_taken_or_told(values: Mapping[str, str]):
    """
    No value of a variable leads to anything but settings or lines that name its variable.
    """
    variables = {f"SSPANEL_IM_{name.upper()}": value for name, value in values.items()}

    try:
        load_bootstrap(None, variables, default_config_file=Path("/nonexistent/config.toml"))
    except BootstrapError as error:
        sources = {mistake.source for mistake in error.mistakes}
        assert sources <= {*variables, ""}


def test_every_setting_says_what_is_expected():
    """
    No mistake leaves an operator without an answer.
    """
    assert all(expectation(name).startswith("expected ") for name in setting_names())


DOCUMENTS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("document", ["settings.md", "settings.zh-CN.md"])
def test_every_setting_is_documented(document: str):
    """
    An operator finds each bootstrap and each live setting in both languages.
    """
    text = (DOCUMENTS / document).read_text(encoding="utf-8")

    assert [name for name in (*setting_names(), *sorted(ITEMS)) if f"`{name}`" not in text] == []


def test_a_password_with_a_bare_at_sign_is_refused(tmp_path: Path):
    """
    Its end is not taken for the host, which would be shown: the mistake says how to write it.
    """
    with pytest.raises(BootstrapError) as refused:
        load_bootstrap(None, {"SSPANEL_IM_DATABASE_URL": "mysql://u:se@cret@127.0.0.1/y"})

    (mistake,) = refused.value.mistakes
    assert "percent-encoded" in str(mistake)
    assert "cret" not in str(mistake)
