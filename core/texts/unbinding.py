"""Unbinding: the question before it, and what came of it."""

from core.actions import OpenPage, Page, Unbind
from core.message import Button, Heading, Message, Paragraph, Style, plain, styled
from core.texts.layout import sentence
from core.texts.words import Words, one_line


def question(words: Words, *, account_id: int, user_name: str) -> Message:
    """Asks once more."""
    name = styled(one_line(user_name), Style.BOLD)
    return Message(
        blocks=(
            Heading(plain(words.say("unbinding.title"))),
            Paragraph(words.rich("unbinding.what_happens", name=name)),
        ),
        buttons=(
            (
                Button(words.say("unbinding.confirm"), Unbind(account_id)),
                Button(words.say("unbinding.cancel"), OpenPage(Page.HOME)),
            ),
        ),
    )


def done(words: Words) -> Message:
    return sentence(words.say("unbinding.done"))


def changed(words: Words) -> str:
    return words.say("unbinding.changed")


def wrong_email(words: Words) -> Message:
    return sentence(words.say("unbinding.wrong_email"))


def not_bound(words: Words) -> str:
    return words.say("unbinding.not_bound")
