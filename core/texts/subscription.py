"""The subscription: its address in each format, to be copied."""

from collections.abc import Sequence

from core.accounts.subscriptions import SubscriptionAddress, SubscriptionFormat
from core.message import (
    Button,
    ButtonRow,
    CopyText,
    Field,
    Fields,
    Heading,
    Message,
    Paragraph,
    plain,
)
from core.texts.layout import copyable, home_button
from core.texts.words import Words

_COPY_LIMIT = 256  # characters of Telegram's `copy_text`; longer addresses are copied by hand
_NAMES = {
    SubscriptionFormat.CLASH: "Clash",
    SubscriptionFormat.SINGBOX: "sing-box",
    SubscriptionFormat.JSON: "JSON",
    SubscriptionFormat.SIP008: "SIP008",
    SubscriptionFormat.SIP002: "SIP002",
    SubscriptionFormat.SS: "Shadowsocks",
    SubscriptionFormat.V2RAY: "V2Ray",
    SubscriptionFormat.V2RAY_JSON: "V2Ray JSON",
    SubscriptionFormat.TROJAN: "Trojan",
}


def page(words: Words, addresses: Sequence[SubscriptionAddress]) -> Message:
    """The page of the menu."""
    return Message(
        blocks=(
            Heading(plain(words.say("subscription.title"))),
            Paragraph(plain(words.say("subscription.secret"))),
            Fields(tuple(copyable(_NAMES[each.format], each.url) for each in addresses)),
        ),
        buttons=(*_copy_buttons(words, addresses), (home_button(words),)),
    )


def unavailable(words: Words) -> Message:
    """The page while there are no addresses."""
    return Message(
        blocks=(
            Heading(plain(words.say("subscription.title"))),
            Paragraph(plain(words.say("subscription.unavailable"))),
        ),
        buttons=((home_button(words),),),
    )


def field(words: Words, address: SubscriptionAddress) -> Field:
    """One address among other facts of the account."""
    return copyable(words.say("subscription.address", format=_NAMES[address.format]), address.url)


def _copy_buttons(words: Words, addresses: Sequence[SubscriptionAddress]) -> tuple[ButtonRow, ...]:
    buttons = [
        Button(words.say("subscription.copy", format=_NAMES[each.format]), CopyText(each.url))
        for each in addresses
        if len(each.url) <= _COPY_LIMIT
    ]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
