"""The list of commands."""

from collections.abc import Iterable

from core.actions import OpenPage, Page
from core.message import Button, Heading, Message, Paragraph, plain
from core.texts.words import Words


def commands(words: Words, summaries: Iterable[tuple[str, str]], *, with_menu: bool) -> Message:
    """`summaries`: name without its slash, and what it does; `with_menu`: a button opens it."""
    lines = "\n".join(
        words.say("help.line", command=f"/{name}", summary=summary) for name, summary in summaries
    )
    menu = Button(words.say("button.menu"), OpenPage(Page.HOME))
    return Message(
        blocks=(Heading(plain(words.say("help.title"))), Paragraph(plain(lines))),
        buttons=((menu,),) if with_menu else (),
    )


def start_summary(words: Words) -> str:
    return words.say("command.start")


def help_summary(words: Words) -> str:
    return words.say("command.help")


def ping_summary(words: Words) -> str:
    return words.say("command.ping")


def menu_summary(words: Words) -> str:
    return words.say("command.menu")


def my_summary(words: Words) -> str:
    return words.say("command.my")


def check_in_summary(words: Words) -> str:
    return words.say("command.checkin")


def unbind_summary(words: Words) -> str:
    return words.say("command.unbind")
