"""Binding by a code from the site or by the subscription link: what is asked for, what is wrong."""

from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts.binding import back_row
from core.texts.words import Words


def ask_code(words: Words, *, site_url: str | None) -> Message:
    """Asks for a code from the site. `site_url`: where it is found, None if not known."""
    site: tuple[ButtonRow, ...] = ()
    if site_url is not None:
        site = ((Button(words.say("button.site"), OpenUrl(site_url)),),)
    return Message(
        blocks=(
            Heading(plain(words.say("binding.code_title"))),
            Paragraph(plain(words.say("binding.code_ask"))),
        ),
        buttons=(*site, back_row(words)),
    )


def wrong_site_code(words: Words) -> str:
    return words.say("binding.wrong_site_code")


def ask_link(words: Words) -> Message:
    """Asks for the subscription link, and warns before it is sent."""
    return Message(
        blocks=(
            Heading(plain(words.say("binding.link_title"))),
            Paragraph(plain(words.say("binding.link_ask"))),
            Paragraph(styled(words.say("binding.link_warning"), Style.BOLD)),
        ),
        buttons=(back_row(words),),
    )


def wrong_link(words: Words) -> str:
    return words.say("binding.wrong_link")
