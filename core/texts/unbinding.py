"""Unbinding: the question before it, and what came of it."""

from dataclasses import dataclass

from core.actions import OpenPage, Page, Unbind
from core.message import Button, Heading, Message, Paragraph, Style, plain, styled
from core.texts.layout import sentence
from core.texts.words import Words, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class UnbindingFacts:
    """
    What unbinding would do. `leaves_group`: it removes from the site's group; `has_mail`: the site
    sends mail.
    """

    account_id: int
    user_name: str
    leaves_group: bool
    has_mail: bool


def question(words: Words, facts: UnbindingFacts) -> Message:
    """Asks once more."""
    name = styled(one_line(facts.user_name), Style.BOLD)
    if facts.has_mail:
        notices = words.say("unbinding.notices_by_mail")
    else:
        notices = words.say("unbinding.no_notices")
    paragraphs = [
        Paragraph(words.rich("unbinding.what_happens", name=name)),
        Paragraph(plain(notices)),
    ]
    if facts.leaves_group:
        paragraphs.append(Paragraph(plain(words.say("unbinding.leaves_group"))))
    return Message(
        blocks=(Heading(plain(words.say("unbinding.title"))), *paragraphs),
        buttons=(
            (
                Button(words.say("unbinding.confirm"), Unbind(facts.account_id)),
                Button(words.say("unbinding.cancel"), OpenPage(Page.HOME)),
            ),
        ),
    )


def done(words: Words, *, leaves_group: bool) -> Message:
    """It is done. `leaves_group`: the person is removed from the site's group now."""
    if leaves_group:
        return sentence(words.say("unbinding.done_leaves_group"))
    return sentence(words.say("unbinding.done"))


def changed(words: Words) -> str:
    return words.say("unbinding.changed")


def wrong_email(words: Words) -> Message:
    return sentence(words.say("unbinding.wrong_email"))


def not_bound(words: Words) -> str:
    return words.say("unbinding.not_bound")
