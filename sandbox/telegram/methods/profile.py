"""
Methods by which a bot says what it is: its commands, names, descriptions and menu button.
"""

import json
import re
from typing import cast

from sandbox.telegram.access import find_chat
from sandbox.telegram.calls import Arguments, parameters_of
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.objects import as_object

MAX_COMMANDS = 100
MAX_COMMANDS_SIZE = 4096  # bytes of all together; undocumented, seen on the real platform
MAX_COMMAND_DESCRIPTION = 256  # characters
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}|")
_PLAIN_SCOPES = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
_LIMITS = {"name": 64, "description": 512, "short_description": 120}  # characters


async def set_my_commands(call: Context) -> object:
    commands = (
        [_command(item) for item in call.arguments.array("commands", what="commands")]
        if call.arguments.text("commands")
        else []
    )
    size = sum(
        len("".join(map(str, entry.values())).encode(errors="replace")) for entry in commands
    )
    if len(commands) > MAX_COMMANDS or size > MAX_COMMANDS_SIZE:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    key = _scope(call), _language(call.arguments)
    if commands:
        call.bot.commands[key] = commands
    else:
        call.bot.commands.pop(key, None)
    call.state.revision.bump()
    return True


async def get_my_commands(call: Context) -> object:
    return call.bot.commands.get((_scope(call), _language(call.arguments)), [])


async def delete_my_commands(call: Context) -> object:
    call.bot.commands.pop((_scope(call), _language(call.arguments)), None)
    call.state.revision.bump()
    return True


def _command(item: object) -> dict[str, object]:
    fields = as_object(item)
    if fields is None:
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(fields.get(name), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command = str(fields["command"]).strip().removeprefix("/")
    description = str(fields["description"]).strip()
    if not command:
        raise bad_request("can't parse BotCommand: command must be non-empty")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    if len(description) > MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _language(arguments: Arguments) -> str:
    language = arguments.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _scope(call: Context) -> str:
    """A scope as a text that is the same for the same scope."""
    text = call.arguments.text("scope")
    if not text:
        return "default"
    try:
        fields = as_object(cast("object", json.loads(text)))
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse BotCommandScope JSON object") from error
    if fields is None:
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = fields.get("type")
    if kind in _PLAIN_SCOPES:
        return str(kind)
    if kind not in _CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    chat = find_chat(call.state, call.bot, str(fields.get("chat_id") or ""))
    if kind != "chat" and chat.is_private:
        raise bad_request("can't change commands for administrators of a private chat")
    if kind != "chat_member":
        return f"{kind}:{chat.id}"
    user_id = fields.get("user_id")
    if not isinstance(user_id, int) or user_id <= 0:
        raise bad_request("can't parse BotCommandScope: invalid user_id specified")
    return f"{kind}:{chat.id}:{user_id}"


def _set_text(call: Context, field: str) -> object:
    text = call.arguments.text(field)
    if len(text) > _LIMITS[field]:
        raise bad_request(
            f"BOT_{field.upper()}_TOO_LONG" if field != "name" else "BOT_TITLE_INVALID"
        )
    call.bot.texts[field, _language(call.arguments)] = text
    call.state.revision.bump()
    return True


def _get_text(call: Context, field: str) -> object:
    language = _language(call.arguments)
    texts = call.bot.texts
    text = texts.get((field, language)) or texts.get((field, ""), "")
    return {field: text or (call.bot.person.first_name if field == "name" else "")}


async def set_my_description(call: Context) -> object:
    return _set_text(call, "description")


async def set_my_short_description(call: Context) -> object:
    return _set_text(call, "short_description")


async def set_my_name(call: Context) -> object:
    return _set_text(call, "name")


async def get_my_description(call: Context) -> object:
    return _get_text(call, "description")


async def get_my_short_description(call: Context) -> object:
    return _get_text(call, "short_description")


async def get_my_name(call: Context) -> object:
    return _get_text(call, "name")


async def set_chat_menu_button(call: Context) -> object:
    text = call.arguments.text("menu_button")
    try:
        button = as_object(cast("object", json.loads(text))) if text else {"type": "default"}
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse menu button JSON object") from error
    if button is None or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    call.bot.menu_buttons[_private_chat_id(call)] = button
    return True


async def get_chat_menu_button(call: Context) -> object:
    buttons = call.bot.menu_buttons
    button = buttons.get(_private_chat_id(call)) or buttons.get(0)
    return button or {"type": "commands" if call.bot.commands else "default"}


def _private_chat_id(call: Context) -> int:
    if not call.arguments.text("chat_id"):
        return 0
    chat = call.chat()
    if not chat.is_private:
        raise bad_request("chat_id must be a private chat")
    return chat.id


METHODS = (
    Method(
        "setMyCommands",
        parameters_of("commands:array! scope:object language_code"),
        set_my_commands,
    ),
    Method("getMyCommands", parameters_of("scope:object language_code"), get_my_commands),
    Method("deleteMyCommands", parameters_of("scope:object language_code"), delete_my_commands),
    Method("setMyDescription", parameters_of("description language_code"), set_my_description),
    Method("getMyDescription", parameters_of("language_code"), get_my_description),
    Method(
        "setMyShortDescription",
        parameters_of("short_description language_code"),
        set_my_short_description,
    ),
    Method("getMyShortDescription", parameters_of("language_code"), get_my_short_description),
    Method("setMyName", parameters_of("name language_code"), set_my_name),
    Method("getMyName", parameters_of("language_code"), get_my_name),
    Method(
        "setChatMenuButton",
        parameters_of("chat_id:integer menu_button:object"),
        set_chat_menu_button,
    ),
    Method("getChatMenuButton", parameters_of("chat_id:integer"), get_chat_menu_button),
)
