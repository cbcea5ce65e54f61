"""
Methods that put messages into chats.
"""

import json
from collections.abc import Mapping
from typing import cast

from sandbox.telegram.access import (
    Access,
    check_access,
    check_may_write,
    check_thread,
    check_topic_open,
    find_message,
)
from sandbox.telegram.calls import Arguments, parameters_of
from sandbox.telegram.chats import Chat
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.keyboards import parse_keyboard, parse_markup
from sandbox.telegram.messages import Media, Message
from sandbox.telegram.methods.files import given_file
from sandbox.telegram.objects import as_object, chat_json, message_json, timestamp
from sandbox.telegram.texts import FormattedText, caption_text, message_text

_ACTIONS = frozenset(
    {
        "cancel",
        "typing",
        "record_video",
        "upload_video",
        "record_audio",
        "record_voice",
        "upload_audio",
        "upload_voice",
        "upload_photo",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def given_text(arguments: Arguments) -> FormattedText:
    """The text of a call."""
    return message_text(
        arguments.text("text"),
        parse_mode=arguments.text("parse_mode"),
        entities=arguments.text("entities"),
    )


def given_caption(arguments: Arguments) -> FormattedText:
    """The caption of a call."""
    return caption_text(
        arguments.text("caption"),
        parse_mode=arguments.text("parse_mode"),
        entities=arguments.text("caption_entities"),
    )


async def send_message(call: Context) -> object:
    text = given_text(call.arguments)
    message = _begin(call, what="text messages")
    message.text, message.entities = text
    return _finish(call, message)


async def send_photo(call: Context) -> object:
    return _send_file(call, "photo")


async def send_document(call: Context) -> object:
    return _send_file(call, "document")


def _send_file(call: Context, kind: str) -> object:
    file = given_file(call.state, call.arguments, kind, call.arguments.text(kind))
    text = given_caption(call.arguments)
    message = _begin(call, what=f"{kind}s")
    message.media = Media(kind, file)
    message.text, message.entities = text
    return _finish(call, message)


def _begin(call: Context, *, what: str) -> Message:
    """A message with everything but its content; nobody sees it before `_finish`."""
    arguments = call.arguments
    markup = parse_markup(arguments.text("reply_markup"))
    chat = call.chat()
    keyboard = parse_keyboard(arguments.text("reply_markup"), in_private=chat.is_private)
    check_may_write(call.state, call.bot, chat, what=what)
    topic = check_thread(chat, arguments.integer("message_thread_id"))
    reply = _replied(chat, arguments)
    check_topic_open(chat, call.bot, topic)
    call.spend(chat)
    message = call.state.new_message(chat, None if chat.kind == "channel" else call.bot.person)
    if message.sender is None:
        message.sender_chat = chat
    message.keyboard = keyboard
    message.reply_keyboard = None if keyboard else markup
    message.thread_id = topic.id if topic else None
    message.reply_to = reply
    message.is_silent = arguments.flag("disable_notification")
    message.is_protected = arguments.flag("protect_content")
    message.is_paid_broadcast = arguments.flag("allow_paid_broadcast")
    return message


def _finish(call: Context, message: Message) -> object:
    call.state.post(message)
    return message_json(message)


def _replied(chat: Chat, arguments: Arguments) -> Message | None:
    text = arguments.text("reply_parameters")
    if not text:
        return None
    try:
        fields = as_object(cast("object", json.loads(text)))
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse reply parameters JSON object") from error
    if fields is None:
        raise bad_request("object expected as reply parameters")
    if not fields:
        return None
    message_id = fields.get("message_id")
    if not isinstance(message_id, int):
        raise bad_request('can\'t find field "message_id"')
    message = chat.messages.get(message_id)
    if message is not None and not message.is_deleted:
        return message
    if fields.get("allow_sending_without_reply") is True:
        return None
    raise bad_request("message to be replied not found")


async def copy_message(call: Context) -> object:
    source = _source(call, "to copy")
    caption = given_caption(call.arguments) if call.arguments.has("caption") else None
    message = _begin(call, what="text messages")
    _take_over(message, source)
    if caption is not None and source.media is not None:
        message.text, message.entities = caption
    call.state.post(message)
    return {"message_id": message.id}


async def forward_message(call: Context) -> object:
    source = _source(call, "to forward")
    message = _begin(call, what="text messages")
    _take_over(message, source)
    message.forward_origin = source.forward_origin or _origin(source)
    return _finish(call, message)


def _source(call: Context, purpose: str) -> Message:
    chat = call.chat("from_chat_id")
    check_access(chat, call.bot, Access.READ)
    message = find_message(chat, call.arguments.integer("message_id"), purpose=purpose)
    if message.service or message.is_protected:
        raise bad_request(f"the message can't be {'copied' if 'copy' in purpose else 'forwarded'}")
    return message


def _take_over(message: Message, source: Message) -> None:
    message.text, message.entities, message.media = source.text, source.entities, source.media


def _origin(source: Message) -> Mapping[str, object]:
    date = timestamp(source.sent_at)
    if source.sender is not None and source.sender_chat is None:
        return {"type": "user", "sender_user": source.sender.as_json(), "date": date}
    chat = source.sender_chat or source.chat
    if source.sender is None:
        return {
            "type": "channel",
            "chat": chat_json(chat),
            "message_id": source.id,
            "date": date,
        }
    return {"type": "chat", "sender_chat": chat_json(chat), "date": date}


async def send_chat_action(call: Context) -> object:
    action = call.arguments.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.chat()
    check_may_write(call.state, call.bot, chat)
    check_thread(chat, call.arguments.integer("message_thread_id"))
    return True


_SENT = (
    " disable_notification:boolean protect_content:boolean allow_paid_broadcast:boolean"
    " message_effect_id suggested_post_parameters:object reply_parameters:object"
    " reply_markup:object"
)
_TO = (
    "business_connection_id chat_id:chat! message_thread_id:integer"
    " direct_messages_topic_id:integer receiver_user_id:integer callback_query_id"
    " ephemeral_message_parameters:object "
)
_CAPTION = " caption parse_mode caption_entities:array"

METHODS = (
    Method(
        "sendMessage",
        parameters_of(_TO + "text! parse_mode entities:array link_preview_options:object" + _SENT),
        send_message,
    ),
    Method(
        "sendPhoto",
        parameters_of(
            _TO
            + "photo:file!"
            + _CAPTION
            + " show_caption_above_media:boolean has_spoiler:boolean"
            + _SENT
        ),
        send_photo,
    ),
    Method(
        "sendDocument",
        parameters_of(
            _TO
            + "document:file! thumbnail:file"
            + _CAPTION
            + " disable_content_type_detection:boolean"
            + _SENT
        ),
        send_document,
    ),
    Method(
        "copyMessage",
        parameters_of(
            "chat_id:chat! message_thread_id:integer direct_messages_topic_id:integer"
            " from_chat_id:chat! message_id:integer! video_start_timestamp:integer"
            + _CAPTION
            + " show_caption_above_media:boolean"
            + _SENT
        ),
        copy_message,
    ),
    Method(
        "forwardMessage",
        parameters_of(
            "chat_id:chat! message_thread_id:integer direct_messages_topic_id:integer"
            " from_chat_id:chat! video_start_timestamp:integer disable_notification:boolean"
            " protect_content:boolean message_effect_id suggested_post_parameters:object"
            " message_id:integer!"
        ),
        forward_message,
    ),
    Method(
        "sendChatAction",
        parameters_of("business_connection_id chat_id:chat! message_thread_id:integer action!"),
        send_chat_action,
    ),
)
