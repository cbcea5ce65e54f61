"""
The connection: port, encryption method, and a password that is hidden until it is asked for.
"""

from core.accounts.connection import Connection
from core.accounts.encryption import EncryptionMethod
from core.actions import (
    AskNewPassword,
    ChangeMethod,
    ChangePassword,
    ChooseMethod,
    HidePassword,
    Page,
    ShowPassword,
)
from core.message import (
    Block,
    Button,
    Field,
    Fields,
    Heading,
    Message,
    Paragraph,
    Span,
    Style,
    Text,
    plain,
    styled,
)
from core.texts.choices import choice
from core.texts.layout import back_button, back_row, copy_button, copyable, home_button
from core.texts.words import Words, one_line

_HIDDEN = "••••••••"
_SECRET = frozenset({Style.CODE, Style.SPOILER})
_METHOD_ROWS = (  # four: with the last row that makes the five that Discord has
    (EncryptionMethod.AES_128_GCM, EncryptionMethod.AES_192_GCM),
    (EncryptionMethod.AES_256_GCM,),
    (EncryptionMethod.CHACHA20,),
    (EncryptionMethod.XCHACHA20,),
)


def page(words: Words, connection: Connection, *, has_new_password: bool = False) -> Message:
    """The page of the menu, with the password hidden."""
    blocks: list[Block] = [Heading(plain(words.say("connection.title")))]
    if has_new_password:
        blocks.append(Paragraph(styled(words.say("connection.password_changed"), Style.BOLD)))
    blocks.append(_facts(words, connection, plain(_HIDDEN)))
    return Message(
        blocks=tuple(blocks),
        buttons=(
            (Button(words.say("connection.show_password"), ShowPassword()),),
            (
                Button(words.say("connection.change_method"), ChooseMethod()),
                Button(words.say("connection.new_password"), AskNewPassword()),
            ),
            (home_button(words),),
        ),
    )


def page_with_password(words: Words, connection: Connection, *, seconds: int) -> Message:
    """
    The page while the password is to be seen. All its buttons hide it: whatever is shown in its
    place later is left alone.
    """
    return Message(
        blocks=(
            Heading(plain(words.say("connection.title"))),
            _facts(words, connection, (Span(connection.password, _SECRET),)),
            Paragraph(plain(words.say("connection.hides", seconds=words.number(seconds)))),
        ),
        buttons=(
            (
                *copy_button(words.say("connection.copy_password"), connection.password),
                Button(words.say("connection.hide_password"), HidePassword(Page.CONNECTION)),
            ),
            (Button(words.say("button.home"), HidePassword(Page.HOME)),),
        ),
    )


def password_is_hidden(words: Words) -> Message:
    """In place of a password whose account is there no more, or no more to be seen."""
    return Message(
        blocks=(
            Heading(plain(words.say("connection.title"))),
            Paragraph(plain(words.say("connection.hidden"))),
        ),
        buttons=((home_button(words),),),
    )


def methods(words: Words, *, account_id: int, current: str) -> Message:
    """The encryption methods to choose from, the current one marked."""
    return Message(
        blocks=(
            Heading(plain(words.say("connection.methods_title"))),
            Fields((copyable(words.say("connection.method"), one_line(current)),)),
            Paragraph(plain(words.say("connection.methods_what_happens"))),
        ),
        buttons=(
            *(
                tuple(
                    choice(each, ChangeMethod(account_id, each), is_chosen=each == current)
                    for each in row
                )
                for row in _METHOD_ROWS
            ),
            back_row(words, Page.CONNECTION),
        ),
    )


def method_changed(words: Words, method: EncryptionMethod) -> str:
    """The notice for who has chosen a method."""
    return words.say("connection.method_changed", method=method.value)


def password_question(words: Words, *, account_id: int, fingerprint: str) -> Message:
    """Asks once more, and says what stops working."""
    return Message(
        blocks=(
            Heading(plain(words.say("connection.password_title"))),
            Paragraph(plain(words.say("connection.password_what_happens"))),
        ),
        buttons=(
            (
                Button(
                    words.say("connection.password_confirm"),
                    ChangePassword(account_id, fingerprint),
                ),
                back_button(words, Page.CONNECTION),
            ),
            (home_button(words),),
        ),
    )


def changed(words: Words) -> str:
    """The notice for who confirms what is not as it was when he was asked."""
    return words.say("connection.changed")


def cannot_show(words: Words) -> str:
    """The notice where a password that is shown could not be hidden again."""
    return words.say("connection.cannot_show")


def _facts(words: Words, connection: Connection, password: Text) -> Fields:
    return Fields(
        (
            copyable(words.say("connection.port"), str(connection.port)),
            Field(words.say("connection.password"), password),
            copyable(words.say("connection.method"), one_line(connection.method)),
        )
    )
