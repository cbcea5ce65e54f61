"""
Methods that change messages.
"""

import json
from dataclasses import replace
from typing import cast

from sandbox.telegram.access import Access, check_access, find_message
from sandbox.telegram.calls import Arguments, parameters_of
from sandbox.telegram.context import Context, Method
from sandbox.telegram.entities import Entity
from sandbox.telegram.errors import bad_request
from sandbox.telegram.keyboards import parse_keyboard
from sandbox.telegram.messages import Keyboard, Media, Message
from sandbox.telegram.methods.files import given_file
from sandbox.telegram.methods.sending import given_caption, given_text
from sandbox.telegram.objects import as_object, message_json
from sandbox.telegram.texts import caption_text

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def _message_to_edit(call: Context) -> Message:
    """
    The message that a call is about to edit.

    Raises:
        ApiError: none is named, it is gone, or it is not the bot's.
    """
    arguments = call.arguments
    if arguments.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    if not arguments.text("chat_id") and not arguments.integer("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.chat()
    check_access(chat, call.bot, Access.EDIT)
    if arguments.integer("message_id") <= 0:
        raise bad_request("message identifier is not specified")
    message = find_message(chat, arguments.integer("message_id"), purpose="to edit")
    is_own = message.sender is call.bot.person or (
        message.sender is None and chat.members[call.bot.id].may("can_edit_messages")
    )
    if not is_own or message.service or message.forward_origin is not None:
        raise bad_request("message can't be edited")
    return message


def _given_keyboard(call: Context, message: Message) -> Keyboard:
    return parse_keyboard(call.arguments.text("reply_markup"), in_private=message.chat.is_private)


def _change(
    call: Context,
    message: Message,
    *,
    text: str,
    entities: tuple[Entity, ...],
    media: Media | None,
    keyboard: Keyboard,
) -> object:
    same_media = (media and media.file.unique_id) == (
        message.media and message.media.file.unique_id
    )
    is_same_text = (text, entities) == (message.text, message.entities)
    if is_same_text and same_media and keyboard == message.keyboard:
        raise bad_request(_NOT_MODIFIED)
    call.spend(message.chat)
    if not is_same_text or not same_media:
        message.edited_at = call.state.clock()
    message.text, message.entities = text, entities
    message.media, message.keyboard = media, keyboard
    call.state.revision.bump()
    return message_json(message)


async def edit_message_text(call: Context) -> object:
    text, entities = given_text(call.arguments)
    message = _message_to_edit(call)
    keyboard = _given_keyboard(call, message)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _change(call, message, text=text, entities=entities, media=None, keyboard=keyboard)


async def edit_message_caption(call: Context) -> object:
    text, entities = given_caption(call.arguments)
    message = _message_to_edit(call)
    keyboard = _given_keyboard(call, message)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _change(
        call, message, text=text, entities=entities, media=message.media, keyboard=keyboard
    )


async def edit_message_reply_markup(call: Context) -> object:
    message = _message_to_edit(call)
    return _change(
        call,
        message,
        text=message.text,
        entities=message.entities,
        media=message.media,
        keyboard=_given_keyboard(call, message),
    )


async def edit_message_media(call: Context) -> object:
    fields = _given_media(call.arguments)
    kind = str(fields["type"])
    file = given_file(call.state, call.arguments, "media", str(fields.get("media") or ""))
    text, entities = caption_text(
        str(fields.get("caption") or ""),
        parse_mode=str(fields.get("parse_mode") or ""),
        entities=json.dumps(fields.get("caption_entities") or []),
    )
    message = _message_to_edit(call)
    return _change(
        call,
        message,
        text=text,
        entities=entities,
        media=Media(kind, replace(file)),
        keyboard=_given_keyboard(call, message),
    )


def _given_media(arguments: Arguments) -> dict[str, object]:
    try:
        fields = as_object(cast("object", json.loads(arguments.required("media"))))
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse input media JSON object") from error
    if fields is None:
        raise bad_request("can't parse InputMedia: expected an Object")
    if fields.get("type") not in {"photo", "document"}:
        raise bad_request(f'can\'t parse InputMedia: type "{fields.get("type")}" is unsupported')
    return fields


_WHICH = "business_connection_id chat_id:chat message_id:integer inline_message_id "

METHODS = (
    Method(
        "editMessageText",
        parameters_of(
            _WHICH + "text parse_mode entities:array link_preview_options:object"
            " rich_message:object reply_markup:object"
        ),
        edit_message_text,
    ),
    Method(
        "editMessageCaption",
        parameters_of(
            _WHICH + "caption parse_mode caption_entities:array show_caption_above_media:boolean"
            " reply_markup:object"
        ),
        edit_message_caption,
    ),
    Method(
        "editMessageReplyMarkup",
        parameters_of(_WHICH + "reply_markup:object"),
        edit_message_reply_markup,
    ),
    Method(
        "editMessageMedia",
        parameters_of(_WHICH + "media:object! reply_markup:object"),
        edit_message_media,
    ),
)
