"""What the panel's `.config.php` says, under the names of our own settings."""

from collections.abc import Mapping
from pathlib import Path

from config_store.bootstrap.database_url import mariadb_url
from config_store.bootstrap.given import Found, Given
from config_store.bootstrap.mistakes import Mistake
from config_store.panel_config import PanelConfig, PanelConfigError, PhpValue, read_panel_config

_NAMES: Mapping[str, str] = {
    "table_prefix": "db_prefix",
    "site_name": "appName",
    "site_url": "baseUrl",
    "subscription_url": "subUrl",
    "timezone": "timeZone",
    "locale": "locale",
    "subscription_token_length": "sub_token_len",
    "traffic_notice_mode": "notify_limit_mode",
    "traffic_notice_value": "notify_limit_value",
}
_DATABASE_NAMES = ("db_socket", "db_host", "db_port", "db_database", "db_username", "db_password")
_OFF = (False, "", "0", "false")
_SHORTEST_TOKEN = 8  # the panel makes no shorter one, whatever `sub_token_len` says


def from_panel_config(path: Path, named_by: str) -> Found:
    """
    The settings that the panel's configuration gives. `named_by`: where `panel_config` stands.
    """
    try:
        config = read_panel_config(path)
    except PanelConfigError as error:
        problem = f"{path} {error}; expected the panel's config/.config.php"
        mistake = Mistake(setting="panel_config", source=named_by, problem=problem)
        return Found(mistakes=(mistake,), is_whole=False)
    return Found(settings=_Translation(path, config).settings())


class _Translation:
    """The panel's words put into ours."""

    def __init__(self, path: Path, config: PanelConfig) -> None:
        self._path = path
        self._config = config

    def settings(self) -> dict[str, Given]:
        settings = {
            setting: given for setting, name in _NAMES.items() if (given := self._given(name))
        }
        settings["database_url"] = self._database_url()
        if "traffic_notice_mode" in settings:
            settings.update(self._traffic_notices(settings["traffic_notice_mode"]))
            if settings["traffic_notice_mode"].value == "off":
                settings.pop("traffic_notice_value", None)  # of no meaning, so never malformed
        if "subscription_token_length" in settings:
            settings.update(self._token_length(settings["subscription_token_length"]))
        return settings

    def _given(self, name: str) -> Given | None:
        """What the file says under `name`; None if it says nothing, or `null`."""
        if reason := self._config.unreadable.get(name):
            return Given(source=self._source(name), problem=reason)
        value = self._config.get(name)
        return None if value is None else Given(value=value, source=self._source(name))

    def _traffic_notices(self, mode: Given) -> dict[str, Given]:
        is_off = not mode.problem and mode.value in _OFF
        return {"traffic_notice_mode": Given(value="off", source=mode.source)} if is_off else {}

    def _token_length(self, length: Given) -> dict[str, Given]:
        try:
            asked = int(str(length.value))
        except ValueError:
            return {}  # left to the model, which says what is expected
        value = max(asked, _SHORTEST_TOKEN)
        return {"subscription_token_length": Given(value=value, source=length.source)}

    def _database_url(self) -> Given:
        for name in _DATABASE_NAMES:
            if reason := self._config.unreadable.get(name):
                return Given(source=self._source(name), problem=reason)
        socket, host, port, database, username, password = map(self._text, _DATABASE_NAMES)
        if not socket and not host:
            return self._no_database("db_host", "this or db_socket must say where the database is")
        if not database:
            return self._no_database("db_database", "must name the panel's database")
        try:
            url = mariadb_url(
                host=host,
                port=port,
                socket=socket,
                database=database,
                username=username,
                password=password,
            )
        except ValueError:
            return self._no_database("db_port", "this and a port in db_host must be port numbers")
        return Given(value=url, source=self._source("db_host"))

    def _no_database(self, name: str, problem: str) -> Given:
        return Given(source=self._source(name), problem=problem)

    def _text(self, name: str) -> str:
        return _as_text(self._config.get(name))

    def _source(self, name: str) -> str:
        return f"{self._path} $_ENV['{name}']"


def _as_text(value: PhpValue) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)
