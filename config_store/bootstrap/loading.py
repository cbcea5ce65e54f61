"""
The bootstrap settings put together from their sources.

In rising order: defaults, the panel's `.config.php`, a TOML file, the environment. Only the value
that is in force is examined, so that a higher source can always put a lower one right; names are
examined in all of them. All mistakes are found at once.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config_store.bootstrap.given import Found, Given
from config_store.bootstrap.mistakes import BootstrapError, Mistake
from config_store.bootstrap.names import no_such
from config_store.bootstrap.panel import from_panel_config
from config_store.bootstrap.routes import RouteName
from config_store.bootstrap.settings import BootstrapSettings, expectation
from config_store.bootstrap.sources import from_environment, from_toml

DEFAULT_CONFIG_FILE = Path("/etc/sspanel-im/config.toml")

_NO_DATABASE = (
    "missing; give the database's address here, or in panel_config the path of the panel's"
    " config/.config.php, which names it"
)
_FOLLOWS_ANOTHER = "default_factory_not_called"  # what it would follow is reported already
_KEY = "[key]"  # pydantic's mark where a table's key is wrong, and not what it leads to


def load_bootstrap(
    config_file: Path | None,
    environ: Mapping[str, str],
    *,
    default_config_file: Path = DEFAULT_CONFIG_FILE,
) -> BootstrapSettings:
    """
    The bootstrap settings from `config_file`, else `default_config_file` if there, and `environ`.

    Raises:
        BootstrapError: with everything that is wrong, ready to be shown.
    """
    if config_file is None:
        file = from_toml(default_config_file, "configuration file", is_optional=True)
    else:
        file = from_toml(config_file, "--config", is_optional=False)
    environment = from_environment(environ)
    panel = _panel({**file.settings, **environment.settings}.get("panel_config"))
    return _examined(
        Found(
            settings={**panel.settings, **file.settings, **environment.settings},
            mistakes=(*panel.mistakes, *file.mistakes, *environment.mistakes),
            is_whole=panel.is_whole and file.is_whole,
        )
    )


def _panel(panel_config: Given | None) -> Found:
    match panel_config:
        case Given(value=str(path), source=source) if path:
            return from_panel_config(Path(path), source)
        case _:
            return Found()


def _examined(found: Found) -> BootstrapSettings:
    unusable = [
        Mistake(setting=setting, source=given.source, problem=given.problem)
        for setting, given in found.settings.items()
        if given.problem
    ]
    values = {
        setting: given.value for setting, given in found.settings.items() if not given.problem
    }
    try:
        settings = BootstrapSettings.model_validate(values)
    except ValidationError as error:
        mistakes = (*found.mistakes, *unusable, *_malformed(error, found))
        raise BootstrapError(mistakes) from None  # pydantic's own words may show a value
    if found.mistakes or unusable:
        raise BootstrapError((*found.mistakes, *unusable))
    return settings


def _malformed(error: ValidationError, found: Found) -> Iterable[Mistake]:
    """One mistake a setting; those that only follow from another mistake are left out."""
    mistakes: dict[str, Mistake] = {}
    for finding in error.errors(include_url=False, include_context=False, include_input=False):
        setting = str(finding["loc"][0])
        given = found.settings.get(setting)
        if given is None:
            is_missing = found.is_whole and finding["type"] != _FOLLOWS_ANOTHER
            if is_missing:
                mistakes[setting] = Mistake(setting=setting, source="", problem=_NO_DATABASE)
        elif not given.problem:
            mistake = _mistake(finding, given.source)
            mistakes.setdefault(mistake.setting, mistake)
    return mistakes.values()


def _mistake(finding: ErrorDetails, source: str) -> Mistake:
    setting = str(finding["loc"][0])
    expected = expectation(setting)
    match finding["loc"]:
        case ("routes", str(kind), *_, last) if last == _KEY:
            expected = no_such("kind of notice", kind, get_args(RouteName))
            setting = f"{setting}.{kind}"
        case ("routes", str(kind), *_):
            setting = f"{setting}.{kind}"
        case _:
            pass
    return Mistake(setting=setting, source=source, problem=expected)
