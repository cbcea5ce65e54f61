"""
What is said when something cannot be done: each sentence says what to do next.

The functions that give a `str` are short enough for the notice that a press gets.
"""

from core.actions import OpenPage, Page
from core.message import Button, Message
from core.texts.layout import private_chat_row, sentence
from core.texts.words import Words


def not_ready(words: Words) -> str:
    return words.say("trouble.not_ready")


def database_away(words: Words) -> str:
    return words.say("trouble.database_away")


def ambiguous_binding(words: Words) -> str:
    return words.say("trouble.ambiguous_binding")


def account_gone(words: Words) -> str:
    return words.say("trouble.account_gone")


def stale_button(words: Words) -> str:
    return words.say("trouble.stale_button")


def quiet_group(words: Words) -> str:
    return words.say("trouble.quiet_group")


def private_only(words: Words) -> str:
    return words.say("trouble.private_only")


def private_only_message(words: Words, private_chat_url: str | None) -> Message:
    return sentence(private_only(words), *private_chat_row(words, private_chat_url))


def anonymous(words: Words, private_chat_url: str | None) -> Message:
    return sentence(words.say("trouble.anonymous"), *private_chat_row(words, private_chat_url))


def unknown_command(words: Words) -> Message:
    return sentence(words.say("trouble.unknown_command"))


def only_commands(words: Words) -> Message:
    """For who writes an ordinary text."""
    menu = Button(words.say("button.menu"), OpenPage(Page.HOME))
    return sentence(words.say("trouble.only_commands"), (menu,))
