"""
The subscription: its address in each format, to be copied and scanned, and its reset.

Rows of buttons are five at most, which is all that Discord has.
"""

from core.accounts.subscription_formats import SubscriptionFormat
from core.accounts.subscriptions import Subscription, SubscriptionAddress
from core.actions import AskReset, CloseMessage, ResetSubscription, ShowFormat, ShowQrCode
from core.message import (
    Block,
    Button,
    ButtonRow,
    Field,
    Fields,
    Heading,
    Message,
    Paragraph,
    Picture,
    Style,
    plain,
    styled,
)
from core.texts.choices import choice
from core.texts.layout import copy_button, copyable, home_button
from core.texts.words import Words

_FORMATS_A_ROW = 3
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


def page(
    words: Words,
    subscription: Subscription,
    shown: SubscriptionAddress,
    *,
    has_qr_code: bool,
    is_new: bool = False,
) -> Message:
    """
    The page of the menu, with the address in the format that is looked at. `is_new`: right after a
    reset; `has_qr_code`: it can be drawn.
    """
    blocks: list[Block] = [Heading(plain(words.say("subscription.title")))]
    if is_new:
        blocks.append(Paragraph(styled(words.say("subscription.reset_done"), Style.BOLD)))
    blocks += [
        Paragraph(plain(words.say("subscription.secret"))),
        Fields((field(words, shown),)),
    ]
    return Message(
        blocks=tuple(blocks),
        buttons=(
            *_format_buttons(subscription, shown),
            *_address_buttons(words, shown, has_qr_code=has_qr_code),
            (
                Button(words.say("subscription.reset"), AskReset(shown.format)),
                home_button(words),
            ),
        ),
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


def qr_code(words: Words, shown: SubscriptionFormat, png: bytes) -> Message:
    """The picture, in a message of its own that its button deletes."""
    caption = words.say("subscription.qr_code_title", format=_NAMES[shown])
    return Message(
        blocks=(
            Heading(plain(caption)),
            Paragraph(plain(words.say("subscription.qr_code_secret"))),
        ),
        buttons=((Button(words.say("subscription.qr_code_close"), CloseMessage()),),),
        picture=Picture(png),
    )


def reset_question(
    words: Words, *, account_id: int, fingerprint: str, back_to: SubscriptionFormat
) -> Message:
    """Asks once more, and says what stops working."""
    return Message(
        blocks=(
            Heading(plain(words.say("subscription.reset_title"))),
            Paragraph(plain(words.say("subscription.reset_what_happens"))),
        ),
        buttons=(
            (
                Button(
                    words.say("subscription.reset_confirm"),
                    ResetSubscription(account_id, fingerprint, back_to),
                ),
                Button(words.say("button.back"), ShowFormat(back_to)),
            ),
            (home_button(words),),
        ),
    )


def changed(words: Words) -> str:
    """The notice for who confirms the reset of an address that has been reset by then."""
    return words.say("subscription.changed")


def _format_buttons(
    subscription: Subscription, shown: SubscriptionAddress
) -> tuple[ButtonRow, ...]:
    buttons = [
        choice(_NAMES[each.format], ShowFormat(each.format), is_chosen=each == shown)
        for each in subscription.addresses
    ]
    return tuple(
        tuple(buttons[at : at + _FORMATS_A_ROW]) for at in range(0, len(buttons), _FORMATS_A_ROW)
    )


def _address_buttons(
    words: Words, shown: SubscriptionAddress, *, has_qr_code: bool
) -> tuple[ButtonRow, ...]:
    buttons = [*copy_button(words.say("subscription.copy"), shown.url)]
    if has_qr_code:
        buttons.append(Button(words.say("subscription.qr_code"), ShowQrCode(shown.format)))
    return (tuple(buttons),) if buttons else ()
