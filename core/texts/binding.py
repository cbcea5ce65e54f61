"""What a person without an account is told: what binding is for, and how it is done."""

from core.actions import CheckBinding
from core.message import Button, ButtonRow, Heading, Message, OpenUrl, Paragraph, plain
from core.texts.layout import private_chat_row, sentence
from core.texts.words import Words


def prompt(words: Words, *, site_name: str, binding_url: str | None, has_check_in: bool) -> Message:
    """The ways to bind, for the private chat. `binding_url`: the site's page for it, if known."""
    if has_check_in:
        what_for = words.say("binding.what_for_with_check_in", site=site_name)
    else:
        what_for = words.say("binding.what_for", site=site_name)
    check_again = (Button(words.say("binding.check_again"), CheckBinding()),)
    open_site: tuple[ButtonRow, ...] = ()
    if binding_url is not None:
        open_site = ((Button(words.say("binding.open_site"), OpenUrl(binding_url)),),)
    return Message(
        blocks=(
            Heading(plain(words.say("binding.title"))),
            Paragraph(plain(what_for)),
            Paragraph(plain(words.say("binding.how"))),
        ),
        buttons=(*open_site, check_again),
    )


def in_private(words: Words) -> str:
    """For the group: binding is done in private."""
    return words.say("binding.in_private")


def group_hint(words: Words, private_chat_url: str | None) -> Message:
    """The same with a button that leads there."""
    return sentence(in_private(words), *private_chat_row(words, private_chat_url))


def not_found(words: Words) -> str:
    """The notice for who says that he has bound, but has not."""
    return words.say("binding.not_found")
