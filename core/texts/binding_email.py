"""Binding by e-mail: asks for the address, then for the code, with a pad to tap it on."""

from dataclasses import dataclass
from datetime import datetime

from core.accounts.binding.reading import EMAIL_CODE_LENGTH
from core.actions import BindByEmail, OpenPage, PadKey, Page, PressKey, SendCodeAgain
from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts.binding import back_row
from core.texts.words import Words, one_line

_EMPTY = "□"  # a digit that is still to be typed
_PAD = (
    (PadKey.ONE, PadKey.TWO, PadKey.THREE),
    (PadKey.FOUR, PadKey.FIVE, PadKey.SIX),
    (PadKey.SEVEN, PadKey.EIGHT, PadKey.NINE),
    (PadKey.CLEAR, PadKey.ZERO, PadKey.DELETE),
)
_SIGNS = {PadKey.CLEAR: "C", PadKey.DELETE: "⌫"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PadFacts:
    """
    What the pad shows. `email`: as the person gave it; `typed`: the digits so far; `valid_until`:
    when the code expires.
    """

    email: str
    typed: str
    valid_until: datetime


def ask_address(words: Words) -> Message:
    return Message(
        blocks=(
            Heading(plain(words.say("binding.email_title"))),
            Paragraph(plain(words.say("binding.email_ask"))),
        ),
        buttons=(back_row(words),),
    )


def pad(words: Words, facts: PadFacts) -> Message:
    """Asks for the code. Says the same whether the address belongs to an account or not."""
    email = styled(one_line(facts.email), Style.BOLD)
    sent = words.rich("binding.email_sent", email=email, until=plain(words.time(facts.valid_until)))
    shown = " ".join(facts.typed + _EMPTY * (EMAIL_CODE_LENGTH - len(facts.typed)))
    return Message(
        blocks=(
            Heading(plain(words.say("binding.email_code_title"))),
            Paragraph(sent),
            Paragraph(plain(words.say("binding.email_code_how"))),
            Paragraph(styled(shown, Style.BOLD)),
        ),
        buttons=(*map(_keys, _PAD), _ways_on(words)),
    )


def mail_subject(words: Words, *, site_name: str) -> str:
    """The subject of the mail that carries the code."""
    return words.say("binding.mail_subject", site=one_line(site_name))


def valid_until(words: Words, at: datetime) -> str:
    """Until when the code is valid, as the mail says it."""
    return words.moment(at)


def not_an_address(words: Words) -> str:
    return words.say("binding.not_an_address")


def code_expected(words: Words) -> str:
    """For who writes something that is no code of six digits."""
    return words.say("binding.code_expected")


def sent_again(words: Words) -> str:
    return words.say("binding.sent_again")


def wrong_code(words: Words, tries_left: int | None) -> str:
    if tries_left is None:
        return words.say("binding.wrong_code")
    return words.plural("binding.wrong_code_tries", tries_left)


def nothing_typed(words: Words) -> str:
    """The notice for who deletes what is not there."""
    return words.say("binding.nothing_typed")


def _keys(keys: tuple[PadKey, ...]) -> ButtonRow:
    return tuple(Button(_SIGNS.get(key, key.value), PressKey(key)) for key in keys)


def _ways_on(words: Words) -> ButtonRow:
    return (
        Button(words.say("binding.send_again"), SendCodeAgain()),
        Button(words.say("binding.other_address"), BindByEmail()),
        Button(words.say("binding.cancel"), OpenPage(Page.HOME)),
    )
