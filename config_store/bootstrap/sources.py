"""
Where bootstrap settings come from besides the panel: a TOML file and the environment.

Names are looked at here, values are not: what a value must be is the model's to say.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from config_store.bootstrap.given import Found, Given
from config_store.bootstrap.mistakes import Mistake
from config_store.bootstrap.names import no_such
from config_store.bootstrap.settings import setting_names

ENVIRONMENT_PREFIX = "SSPANEL_IM_"

_LINE = re.compile(r"at line (\d+)")


def from_environment(environ: Mapping[str, str]) -> Found:
    """The variables whose names begin with `SSPANEL_IM_`. Blanks around a value do not count."""
    names = {f"{ENVIRONMENT_PREFIX}{name.upper()}": name for name in setting_names()}
    settings: dict[str, Given] = {}
    mistakes: list[Mistake] = []
    for variable, value in environ.items():
        if variable in names:
            settings[names[variable]] = Given(value=value.strip(), source=variable)
        elif variable.startswith(ENVIRONMENT_PREFIX):
            problem = no_such("setting", variable, names, prefix=ENVIRONMENT_PREFIX)
            mistakes.append(Mistake(setting=variable, source="environment", problem=problem))
    return Found(settings=settings, mistakes=tuple(mistakes))


def from_toml(path: Path, named_by: str, *, is_optional: bool) -> Found:
    """
    The settings of a TOML file. `named_by`: what to call it in a mistake about the file as a whole.

    A file that `is_optional` may be missing, but if it is there it must be readable.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        if is_optional:
            return Found()
        return _broken(path, named_by, "cannot be read: no such file")
    except OSError as error:
        return _broken(path, named_by, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _broken(path, named_by, "cannot be read: it is not UTF-8")
    except (ValueError, RecursionError) as error:  # its text may show a piece of a secret
        return _broken(path, named_by, f"is no well-formed TOML{_place(error)}")
    return _from_table(path, table)


def _from_table(path: Path, table: Mapping[str, object]) -> Found:
    known = setting_names()
    settings = {
        name: Given(value=_from_its_folder(path, name, value), source=str(path))
        for name, value in table.items()
        if name in known
    }
    mistakes = tuple(
        Mistake(setting=name, source=str(path), problem=no_such("setting", name, known))
        for name in table
        if name not in known
    )
    return Found(settings=settings, mistakes=mistakes)


def _from_its_folder(path: Path, name: str, value: object) -> object:
    """A relative path in a file counts from that file: a service has no folder of its own."""
    if name == "panel_config" and isinstance(value, str) and value:
        return str(path.parent / value)
    return value


def _broken(path: Path, named_by: str, problem: str) -> Found:
    mistake = Mistake(setting=named_by, source=str(path), problem=problem)
    return Found(mistakes=(mistake,), is_whole=False)


def _place(error: Exception) -> str:
    line = _LINE.search(str(error))
    return f" in line {line[1]}" if line else ""
