"""
The calls that show something, as aiogram has them: a text, a picture, a text in place of another.
"""

from typing import Any

from aiogram.methods import EditMessageText, SendMessage, SendPhoto
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, LinkPreviewOptions

from bots.telegram.rendering import RenderedPart, keyboard, render
from core.message import Message

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_FILE_NAME = "picture.png"


def text(part: RenderedPart, *, is_plain: bool = False, **fields: Any) -> SendMessage:
    """A new message. `fields`: of `sendMessage`, its target among them."""
    return SendMessage(
        text=part.text if is_plain else part.html,
        parse_mode=_parse_mode(is_plain=is_plain),
        link_preview_options=_NO_PREVIEW,
        **fields,
    )


def photo(part: RenderedPart, *, is_plain: bool = False, **fields: Any) -> SendPhoto:
    """A new message with the part's picture. `fields`: of `sendPhoto`, its target among them."""
    return SendPhoto(
        photo=BufferedInputFile(part.picture or b"", filename=_FILE_NAME),
        caption=(part.text if is_plain else part.html) or None,
        parse_mode=_parse_mode(is_plain=is_plain),
        **fields,
    )


def edit_text(
    chat_id: int | str,
    message_id: int,
    part: RenderedPart,
    markup: InlineKeyboardMarkup | None,
    *,
    is_plain: bool = False,
) -> EditMessageText:
    """A text in place of that of one of our messages."""
    return EditMessageText(
        chat_id=chat_id,
        message_id=message_id,
        text=part.text if is_plain else part.html,
        parse_mode=_parse_mode(is_plain=is_plain),
        reply_markup=markup,
        link_preview_options=_NO_PREVIEW,
    )


def only_part(message: Message) -> tuple[RenderedPart, InlineKeyboardMarkup | None]:
    """What one message can show of `message`: its first part, and all of its buttons."""
    return render(message)[0], keyboard(message.buttons)


def parts_of(message: Message) -> list[tuple[RenderedPart, InlineKeyboardMarkup | None]]:
    """The parts of a message; the buttons stand below the last."""
    parts = render(message)
    markups = [None] * (len(parts) - 1) + [keyboard(message.buttons)]
    return list(zip(parts, markups, strict=True))


def _parse_mode(*, is_plain: bool) -> str | None:
    return None if is_plain else "HTML"
