import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from tests.sandbox_telegram.conftest import ANN, BOB, GROUP


def commands(*names):
    return [{"command": name, "description": f"does {name}"} for name in names]


async def test_each_scope_and_language_has_its_commands(world, client):
    """
    A person's client offers the narrowest that there are.
    """
    await client.set_my_commands(commands("a"))
    await client.set_my_commands(commands("b"), BotCommandScopeAllPrivateChats())
    await client.set_my_commands(commands("c"), BotCommandScopeAllPrivateChats(), "en")
    await client.set_my_commands(commands("d"), BotCommandScopeAllGroupChats())
    await client.set_my_commands(commands("e"), BotCommandScopeAllChatAdministrators())

    def offered(person, chat):
        return [entry["command"] for entry in world.commands_for(person, chat)]

    assert offered(ANN, ANN) == ["c"]
    assert offered(BOB, BOB) == ["b"]
    assert offered(BOB, GROUP) == ["d"]
    assert offered(ANN, GROUP) == ["e"]
    await client.delete_my_commands(BotCommandScopeAllPrivateChats(), "en")
    assert offered(ANN, ANN) == ["b"]
    assert [each.command for each in await client.get_my_commands()] == ["a"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"commands": commands("Start")}, "BOT_COMMAND_INVALID"),
        ({"commands": commands("a" * 33)}, "BOT_COMMAND_INVALID"),
        (
            {"commands": [{"command": "a", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            {"commands": [{"command": "a", "description": "x" * 257}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            {"commands": [{"command": "a"}]},
            "can't parse BotCommand: Can't find field \"description\"",
        ),
        ({"commands": commands(*(f"c{n}" for n in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        (
            {"commands": [{"command": f"c{n}", "description": "x" * 250} for n in range(20)]},
            "BOT_COMMANDS_TOO_MUCH",
        ),
        ({"commands": [], "language_code": "zh-hans"}, "invalid language code specified"),
        (
            {"commands": [], "scope": {"type": "everybody"}},
            "can't parse BotCommandScope: unsupported type specified",
        ),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 999}}, "chat not found"),
    ],
)
async def test_commands_are_checked(refusal, parameters, said):
    """
    Names, descriptions, their number, scopes and languages.
    """
    assert await refusal("setMyCommands", **parameters) == f"Bad Request: {said}"


async def test_a_chat_may_have_commands_of_its_own(world, client):
    """
    They come before all others.
    """
    await client.set_my_commands(commands("x"), BotCommandScopeChat(chat_id=GROUP))

    assert world.commands_for(BOB, GROUP) == commands("x")


async def test_descriptions_have_a_language_and_a_length(client):
    """
    Where there is none in a language, the general one is shown.
    """
    await client.set_my_description("General")
    await client.set_my_description("Deutsch", language_code="de")
    await client.set_my_short_description("Short")

    assert (await client.get_my_description("de")).description == "Deutsch"
    assert (await client.get_my_description("ja")).description == "General"
    assert (await client.get_my_short_description()).short_description == "Short"
    assert (await client.get_my_name()).name == "Site"
    with pytest.raises(TelegramBadRequest):
        await client.set_my_description("x" * 513)


async def test_the_menu_button_can_be_set_for_all_or_for_one(client):
    """
    But not for a group.
    """
    await client.set_chat_menu_button(menu_button={"type": "commands"})

    assert (await client.get_chat_menu_button(chat_id=ANN)).type == "commands"
    with pytest.raises(TelegramBadRequest):
        await client.set_chat_menu_button(chat_id=GROUP, menu_button={"type": "commands"})
