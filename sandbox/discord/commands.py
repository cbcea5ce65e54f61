"""
The slash commands that a bot registers, as a whole ("bulk overwrite").

Names, descriptions and their translations are checked by Discord's page Application Commands.
"""

import re
from collections.abc import Callable
from typing import Any, cast

from sandbox.discord.errors import FormErrors, Json, refused
from sandbox.discord.model import Application

MAX_COMMANDS = 100
MAX_CHARACTERS = 8000  # of one command: names, descriptions and values with all options
CHAT_INPUT = 1
_NAME = re.compile(r"[-_'\w]{1,32}")
_DESCRIPTION = 100  # characters
_LOCALES = re.compile(
    "id|da|de|en-GB|en-US|es-ES|es-419|fr|hr|it|lt|hu|nl|no|pl|pt-BR|ro|fi|sv-SE|vi|tr|cs|el|bg|ru|"
    "uk|hi|th|zh-CN|ja|zh-TW|ko"
)


def replace_commands(
    application: Application, wanted: Any, *, new_id: Callable[[], str]
) -> list[Json]:
    """
    Give a bot just these commands; one whose name it already had keeps its id.

    Raises:
        RefusedError: something about them is not allowed.
    """
    errors = FormErrors()
    if not isinstance(wanted, list):
        errors.add("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        errors.raise_if_any()
    commands = cast("list[Json]", wanted)
    if len(commands) > MAX_COMMANDS:
        raise refused(30032)
    for number, command in enumerate(commands):
        _check(command, str(number), errors)
    errors.raise_if_any()
    names = [(command.get("type", CHAT_INPUT), command["name"]) for command in commands]
    if len(set(names)) != len(names):
        errors.add(
            "", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
        )
    errors.raise_if_any()
    ids = {command["name"]: command["id"] for command in application.commands}
    application.commands = [
        {
            "type": CHAT_INPUT,
            "options": [],
            "nsfw": False,
            "default_member_permissions": None,
            "contexts": None,
            "integration_types": [0],
        }
        | command
        | {
            "id": ids.get(command["name"]) or new_id(),
            "application_id": application.id,
            "version": new_id(),
        }
        for command in commands
    ]
    return application.commands


def _check(wanted: Any, path: str, errors: FormErrors) -> None:
    if not isinstance(wanted, dict):
        errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return
    command = cast("Json", wanted)
    name = command.get("name")
    is_chat_input = command.get("type", CHAT_INPUT) == CHAT_INPUT
    _check_name(name, f"{path}.name", errors, lower=is_chat_input)
    for locale, translated in _translations(command, "name_localizations"):
        _check_locale(locale, f"{path}.name_localizations", errors)
        _check_name(translated, f"{path}.name_localizations.{locale}", errors, lower=is_chat_input)
    if is_chat_input:
        _check_description(command.get("description"), f"{path}.description", errors)
        for locale, translated in _translations(command, "description_localizations"):
            _check_locale(locale, f"{path}.description_localizations", errors)
            _check_description(translated, f"{path}.description_localizations.{locale}", errors)
    for number, option in enumerate(_options(command, path, errors)):
        _check(option | {"type": CHAT_INPUT}, f"{path}.options.{number}", errors)
    if not isinstance(command.get("type", CHAT_INPUT), int):
        errors.add(f"{path}.type", "NUMBER_TYPE_COERCE", "Value is not int.")
    if _characters(command) > MAX_CHARACTERS:
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")


def _check_name(name: Any, path: str, errors: FormErrors, *, lower: bool) -> None:
    if not isinstance(name, str):
        errors.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif lower and (_NAME.fullmatch(name) is None or name != name.lower()):
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_description(text: Any, path: str, errors: FormErrors) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= _DESCRIPTION:
        errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_DESCRIPTION} in length.")


def _check_locale(locale: str, path: str, errors: FormErrors) -> None:
    if _LOCALES.fullmatch(locale) is None:
        errors.add(path, "BASE_TYPE_CHOICES", f'"{locale}" is no locale of Discord')


def _characters(command: Json) -> int:
    own = len(str(command.get("name") or "")) + len(str(command.get("description") or ""))
    return own + sum(map(_characters, _options(command, "", FormErrors())))


def _options(command: Json, path: str, errors: FormErrors) -> list[Json]:
    options: Any = command.get("options") or []
    if not isinstance(options, list) or not all(
        isinstance(option, dict) for option in cast("list[Any]", options)
    ):
        errors.add(f"{path}.options", "LIST_TYPE_CONVERT", "Only iterables may be used here")
        return []
    return cast("list[Json]", options)


def _translations(command: Json, field: str) -> list[tuple[str, Any]]:
    translations: Any = command.get(field) or {}
    return list(cast("Json", translations).items()) if isinstance(translations, dict) else []
