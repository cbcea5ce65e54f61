"""The page of the site's group, and what comes of its buttons."""

from dataclasses import dataclass

from core.actions import InviteToGroup, LiftGroupBan, Page
from core.message import Button, ButtonRow, Heading, Message, OpenUrl, Paragraph, plain
from core.texts.layout import back_row, home_button
from core.texts.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """`is_banned`: the account; `leaves_when_unbound`: unbinding removes from the group."""

    is_banned: bool
    leaves_when_unbound: bool


def page(words: Words, facts: GroupFacts) -> Message:
    """What there is to press."""
    told: list[str] = []
    buttons: tuple[ButtonRow, ...] = ()
    if facts.is_banned:
        told.append(words.say("group.account_banned"))
    else:
        told.append(words.say("group.what_for"))
        buttons = (
            (
                Button(words.say("group.invite"), InviteToGroup()),
                Button(words.say("group.lift_ban"), LiftGroupBan()),
            ),
        )
    if facts.leaves_when_unbound:
        told.append(words.say("group.leaves_when_unbound"))
    return Message(
        blocks=(
            Heading(plain(words.say("group.title"))),
            *(Paragraph(plain(each)) for each in told),
        ),
        buttons=(*buttons, (home_button(words),)),
    )


def invitation(words: Words, url: str) -> Message:
    """An invitation that was just made."""
    return Message(
        blocks=(
            Heading(plain(words.say("group.title"))),
            Paragraph(plain(words.say("group.invitation"))),
        ),
        buttons=((Button(words.say("group.join"), OpenUrl(url)),), back_row(words, Page.GROUP)),
    )


def no_group(words: Words) -> Message:
    """The site has none here."""
    return Message(
        blocks=(Paragraph(plain(words.say("group.none"))),), buttons=((home_button(words),),)
    )


def ban_lifted(words: Words) -> str:
    return words.say("group.ban_lifted")


def refused(words: Words, *, has_group: bool) -> str:
    """For who has no account or a banned one, or where there is no group any more."""
    return words.say("group.refused") if has_group else words.say("group.none")


def try_again(words: Words) -> str:
    return words.say("group.try_again")


def not_possible(words: Words) -> str:
    """The bot lacks a right, which only the site's people can give it."""
    return words.say("group.not_possible")
