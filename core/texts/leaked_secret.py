"""What is said to who has put a subscription link where others read it."""

from collections.abc import Mapping

from core.actions import OpenPage, Page
from core.message import Button, Heading, Message, Paragraph, plain
from core.texts.layout import private_chat_row, sentence
from core.texts.words import Words, one_line

NOTICE = "leaked_secret.notice"
"""The message id under which the queue keeps `notice`."""


def notice(words: Words, values: Mapping[str, str]) -> Message:
    """For the person alone. There are no `values`."""
    return Message(
        blocks=(
            Heading(plain(words.say("leaked_secret.title"))),
            Paragraph(plain(words.say("leaked_secret.what_now"))),
        ),
        buttons=((Button(words.say("button.subscription"), OpenPage(Page.SUBSCRIPTION)),),),
    )


def in_group(words: Words, *, name: str, private_chat_url: str | None) -> Message:
    """For who cannot be told alone. `name`: what the person calls himself."""
    shown = one_line(name)
    if shown:
        told = words.say("leaked_secret.in_group", name=shown)
    else:
        told = words.say("leaked_secret.in_group_nameless")
    return sentence(told, *private_chat_row(words, private_chat_url))
