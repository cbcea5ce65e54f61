"""The greeting and the main menu."""

from dataclasses import dataclass

from core.actions import Action, CheckIn, OpenLanguages, OpenPage, Page
from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    plain,
)
from core.texts.layout import private_chat_row, sentence, two_a_row
from core.texts.words import Words, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuFacts:
    """
    What the main menu depends on. `site_url`: None if the site's address is not known; `reader`:
    the id of the platform user who gets it; `has_group`: the site has a group on his platform that
    the bot can do something about.
    """

    site_name: str
    site_url: str | None
    reader: str
    has_check_in: bool
    has_group: bool


def greeting(words: Words, facts: MenuFacts, *, name: str) -> Message:
    """For who opens the chat: `name` is what the person calls himself."""
    shown = one_line(name)
    hello = words.say("menu.hello", name=shown) if shown else words.say("menu.hello_nameless")
    return Message(
        blocks=(
            Heading(plain(hello)),
            Paragraph(plain(words.say("menu.welcome", site=facts.site_name))),
        ),
        buttons=_buttons(words, facts),
    )


def home(words: Words, facts: MenuFacts) -> Message:
    """The main menu."""
    return Message(
        blocks=(
            Heading(plain(words.say("menu.title", site=facts.site_name))),
            Paragraph(plain(words.say("menu.choose"))),
        ),
        buttons=_buttons(words, facts),
    )


def group_greeting(words: Words, private_chat_url: str | None) -> Message:
    """For who says hello in the group."""
    return sentence(words.say("menu.group_hello"), *private_chat_row(words, private_chat_url))


def _buttons(words: Words, facts: MenuFacts) -> tuple[ButtonRow, ...]:
    entries: list[tuple[str, Action | OpenUrl]] = [
        (words.say("button.account"), OpenPage(Page.ACCOUNT)),
        (words.say("button.subscription"), OpenPage(Page.SUBSCRIPTION)),
        (words.say("button.connection"), OpenPage(Page.CONNECTION)),
        (words.say("button.records"), OpenPage(Page.RECORDS)),
        (words.say("button.invite"), OpenPage(Page.INVITE)),
    ]
    if facts.has_check_in:
        entries.append((words.say("button.check_in"), CheckIn(facts.reader)))
    if facts.has_group:
        entries.append((words.say("button.group"), OpenPage(Page.GROUP)))
    entries += [
        (words.say("button.language"), OpenLanguages()),
        (words.say("button.notifications"), OpenPage(Page.NOTIFICATIONS)),
    ]
    if facts.site_url is not None:
        entries.append((words.say("button.site"), OpenUrl(facts.site_url)))
    return two_a_row([Button(label, does) for label, does in entries])
