"""How an account's notices reach it, and a button for the other way."""

from core.accounts.contact import NoticeWay
from core.actions import NotifyByEmail, NotifyInChat
from core.message import Block, Button, ButtonRow, Fields, Heading, Message, Paragraph, plain
from core.platform import PlatformName
from core.texts.layout import home_button, named
from core.texts.platforms import name_of
from core.texts.words import Words


def page(words: Words, way: NoticeWay, *, asked_on: PlatformName) -> Message:
    """The page of the menu. `asked_on`: the platform that its reader is on."""
    blocks: list[Block] = [
        Heading(plain(words.say("notifications.title"))),
        Paragraph(plain(words.say("notifications.what"))),
        Fields((named(words.say("notifications.way"), _way(words, way)),)),
    ]
    if (remark := _remark(words, way, asked_on)) is not None:
        blocks.append(Paragraph(plain(remark)))
    return Message(blocks=tuple(blocks), buttons=(*_other_way(words, way), (home_button(words),)))


def changed(words: Words) -> str:
    """The notice for a press that came from a page that does not hold any more."""
    return words.say("notifications.changed")


def _way(words: Words, way: NoticeWay) -> str:
    if way.by_email or way.platform is None:
        return words.say("notifications.by_email")
    return name_of(way.platform)


def _remark(words: Words, way: NoticeWay, asked_on: PlatformName) -> str | None:
    if way.by_email or way.platform is None:
        return None if way.has_email else words.say("notifications.no_email")
    if way.platform is not asked_on:
        return words.say("notifications.elsewhere", platform=name_of(way.platform))
    return None


def _other_way(words: Words, way: NoticeWay) -> tuple[ButtonRow, ...]:
    """The button that changes it; none if there is no other way."""
    platform = way.platform
    if platform is None:
        return ()
    if way.by_email:
        label = words.say("notifications.choose_chat", platform=name_of(platform))
        return ((Button(label, NotifyInChat(platform.value)),),)
    if not way.has_email:
        return ()
    label = words.say("notifications.choose_email")
    return ((Button(label, NotifyByEmail(platform.value)),),)
