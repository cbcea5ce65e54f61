"""
The Bot API's objects as JSON: chats, members, messages, presses.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import cast

from sandbox.telegram.chats import (
    ADMIN_RIGHTS,
    CHANNEL_RIGHTS,
    PERMISSIONS,
    Chat,
    ChatKind,
    InviteLink,
    Member,
    Status,
)
from sandbox.telegram.entities import Entity
from sandbox.telegram.messages import Button, CallbackQuery, File, Keyboard, Media, Message

Json = dict[str, object]

ACCESSIBLE_FOR = timedelta(hours=48)
"""How long the message that bears a pressed button is shown with its content."""


def timestamp(instant: datetime | None) -> int:
    """Unix seconds, 0 for none."""
    return int(instant.timestamp()) if instant else 0


def chat_json(chat: Chat) -> Json:
    """The Bot API's Chat."""
    body: Json = {"id": chat.id, "type": chat.kind.value}
    if chat.person is not None:
        names = chat.person.as_json()
        return body | {
            name: names[name] for name in ("first_name", "last_name", "username") if name in names
        }
    body["title"] = chat.title
    if chat.username:
        body["username"] = chat.username
    if chat.is_forum:
        body["is_forum"] = True
    return body


def rights_json(chat: Chat, rights: Iterable[str]) -> Json:
    """An administrator's rights, those that there are in such a chat."""
    held = frozenset(rights)
    names = [name for name in ADMIN_RIGHTS if name not in _RIGHTS_OF[ChatKind.SUPERGROUP]]
    names += _RIGHTS_OF.get(chat.kind, ())
    return {name: name in held for name in names}


_RIGHTS_OF: Mapping[ChatKind, tuple[str, ...]] = {
    ChatKind.GROUP: ("can_pin_messages",),
    ChatKind.SUPERGROUP: ("can_pin_messages", "can_manage_topics", "can_manage_tags"),
    ChatKind.CHANNEL: CHANNEL_RIGHTS,
}


def permissions_json(permissions: Iterable[str]) -> Json:
    """The Bot API's ChatPermissions."""
    held = frozenset(permissions)
    return {name: name in held for name in PERMISSIONS}


def member_json(chat: Chat, member: Member) -> Json:
    """The Bot API's ChatMember."""
    body: Json = {"user": member.person.as_json(), "status": member.status.value}
    match member.status:
        case Status.CREATOR:
            body["is_anonymous"] = member.is_anonymous
        case Status.ADMINISTRATOR:
            body |= {"can_be_edited": False, "is_anonymous": member.is_anonymous}
            body |= rights_json(chat, member.allowed)
        case Status.RESTRICTED:
            body |= {"is_member": member.is_present, "until_date": timestamp(member.until)}
            body |= permissions_json(member.allowed)
        case Status.KICKED:
            body["until_date"] = timestamp(member.until)
        case Status.MEMBER | Status.LEFT:
            pass
    if member.is_admin and member.custom_title:
        body["custom_title"] = member.custom_title
    return body


def link_json(link: InviteLink, *, waiting: int = 0) -> Json:
    """The Bot API's ChatInviteLink."""
    body: Json = {
        "invite_link": link.url,
        "creator": link.creator.as_json(),
        "creates_join_request": link.by_request,
        "is_primary": link.is_primary,
        "is_revoked": link.is_revoked,
    }
    if link.name:
        body["name"] = link.name
    if link.expires_at:
        body["expire_date"] = timestamp(link.expires_at)
    if link.member_limit:
        body["member_limit"] = link.member_limit
    if waiting:
        body["pending_join_request_count"] = waiting
    return body


def entity_json(entity: Entity) -> Json:
    """The Bot API's MessageEntity."""
    body: Json = {"type": entity.kind, "offset": entity.offset, "length": entity.length}
    match entity.kind:
        case "text_link":
            body["url"] = entity.value
        case "pre" if entity.value:
            body["language"] = entity.value
        case "custom_emoji":
            body["custom_emoji_id"] = entity.value
        case "text_mention":
            body["user"] = {"id": int(entity.value), "is_bot": False, "first_name": ""}
        case _:
            pass
    return body


def keyboard_json(keyboard: Keyboard) -> Json:
    """The Bot API's InlineKeyboardMarkup."""
    return {"inline_keyboard": [[_button_json(button) for button in row] for row in keyboard]}


def _button_json(button: Button) -> Json:
    body: Json = {"text": button.text}
    body[button.kind] = {"text": button.value} if button.kind == "copy_text" else button.value
    if button.style:
        body["style"] = button.style
    if button.icon_custom_emoji_id:
        body["icon_custom_emoji_id"] = button.icon_custom_emoji_id
    return body


def file_json(file: File) -> Json:
    """What all of the Bot API's kinds of file have in common."""
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.content),
    }


def _media_json(media: Media) -> Json:
    file = media.file
    if media.kind == "photo":
        return {"photo": [{**file_json(file), "width": file.width, "height": file.height}]}
    if media.kind == "sticker":
        look = {"type": "regular", "is_animated": False, "is_video": False}
        return {"sticker": {**file_json(file), **look, "width": 512, "height": 512}}
    if media.kind == "voice":
        return {"voice": {**file_json(file), "duration": 1, "mime_type": file.mime_type}}
    document = {**file_json(file), "file_name": file.name, "mime_type": file.mime_type}
    return {"document": document}


def message_json(message: Message, *, with_reply: bool = True) -> Json:
    """The Bot API's Message. A replied-to message is shown without what it replied to itself."""
    body: Json = {
        "message_id": message.id,
        "date": timestamp(message.sent_at),
        "chat": chat_json(message.chat),
    }
    if message.sender is not None:
        body["from"] = message.sender.as_json()
    if message.sender_chat is not None:
        body["sender_chat"] = chat_json(message.sender_chat)
    if message.edited_at:
        body["edit_date"] = timestamp(message.edited_at)
    if message.thread_id is not None:
        body |= {"message_thread_id": message.thread_id, "is_topic_message": True}
    if message.forward_origin is not None:
        body["forward_origin"] = message.forward_origin
    if message.is_automatic_forward:
        body["is_automatic_forward"] = True
    if message.is_protected:
        body["has_protected_content"] = True
    if with_reply and message.reply_to is not None and not message.reply_to.is_deleted:
        body["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    body |= _content_json(message)
    if message.keyboard:
        body["reply_markup"] = keyboard_json(message.keyboard)
    return {**body, **message.service}


def _content_json(message: Message) -> Json:
    if message.service:
        return {}
    entities = [entity_json(entity) for entity in message.entities]
    if message.media is None:
        text: Json = {"text": message.text}
        return text | ({"entities": entities} if entities else {})
    body = _media_json(message.media)
    if message.text:
        body["caption"] = message.text
    if entities:
        body["caption_entities"] = entities
    return body


def query_json(query: CallbackQuery, *, chat_instance: str) -> Json:
    """The Bot API's CallbackQuery. A message that is gone or old is shown as inaccessible."""
    body: Json = {
        "id": query.id,
        "from": query.person.as_json(),
        "chat_instance": chat_instance,
        "data": query.data,
    }
    message = query.message
    if message is not None and (message.is_deleted or _is_old(message, query.pressed_at)):
        body["message"] = {"message_id": message.id, "date": 0, "chat": chat_json(message.chat)}
    elif message is not None:
        body["message"] = message_json(message)
    return body


def _is_old(message: Message, now: datetime) -> bool:
    return now - message.sent_at > ACCESSIBLE_FOR


def as_object(value: object) -> Json | None:
    """`value` if it is a JSON object."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """`value` if it is a JSON array."""
    return cast("list[object]", value) if isinstance(value, list) else None
