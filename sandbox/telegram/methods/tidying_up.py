"""
Methods that delete, pin or mark messages.
"""

from datetime import timedelta

from sandbox.telegram.access import Access, check_access, check_right, find_message
from sandbox.telegram.calls import parameters_of
from sandbox.telegram.chats import Chat, ChatKind
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.messages import Message
from sandbox.telegram.objects import as_object, message_json

DELETABLE_FOR = timedelta(hours=48)
MAX_DELETED = 100  # messages in one call


async def delete_message(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    message_id = call.arguments.integer("message_id")
    if message_id <= 0:
        raise bad_request("message identifier is not specified")
    message = find_message(chat, message_id, purpose="to delete")
    _check_deletable(call, chat, message)
    call.state.remove_message(message)
    return True


async def delete_messages(call: Context) -> object:
    if not call.arguments.text("message_ids"):
        raise bad_request("message identifiers are not specified")
    message_ids = [
        _message_id(item) for item in call.arguments.array("message_ids", what="message_ids")
    ]
    if len(message_ids) > MAX_DELETED:
        raise bad_request("too many message identifiers specified")
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    found = [chat.messages[key] for key in message_ids if key in chat.messages]
    for message in found:
        _check_deletable(call, chat, message)
    for message in found:
        if not message.is_deleted:
            call.state.remove_message(message)
    return True


def _message_id(item: object) -> int:
    if isinstance(item, bool) or not isinstance(item, int | str):
        raise bad_request("message identifier must be a Number")
    try:
        number = int(item)
    except ValueError:
        raise bad_request("can't parse message identifier as Number") from None
    if number <= 0:
        raise bad_request("invalid message identifier specified")
    return number


def _check_deletable(call: Context, chat: Chat, message: Message) -> None:
    """
    Whether the bot may delete a message.

    In the last 48 hours: its own anywhere, others in private chats; and whatever it likes where it
    is an administrator that may delete, in a basic group any administrator.
    """
    member = chat.find_member(call.bot.id)
    if member is not None and member.may("can_delete_messages"):
        return
    if member is not None and member.is_admin and chat.kind is ChatKind.GROUP:
        return
    is_young = call.state.clock() - message.sent_at < DELETABLE_FOR
    is_own = message.sender is call.bot.person
    if not is_young or not (is_own or chat.is_private):
        raise bad_request("message can't be deleted")


async def pin_chat_message(call: Context) -> object:
    chat = call.chat()
    if chat.is_private:
        check_access(chat, call.bot, Access.WRITE)
    else:
        refusal = "not enough rights to manage pinned messages in the chat"
        check_right(chat, call.bot, "can_pin_messages", refusal)
    message = find_message(chat, call.arguments.integer("message_id"), purpose="to pin")
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        pinned = {"pinned_message": message_json(message, with_reply=False)}
        call.state.post_service(chat, call.bot.person, pinned)
    return True


async def unpin_chat_message(call: Context) -> object:
    chat = call.chat()
    if not chat.is_private:
        refusal = "not enough rights to manage pinned messages in the chat"
        check_right(chat, call.bot, "can_pin_messages", refusal)
    message_id = call.arguments.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    call.state.revision.bump()
    return True


async def set_message_reaction(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    message = find_message(chat, call.arguments.integer("message_id"), purpose="to react")
    text = call.arguments.text("reaction")
    items = call.arguments.array("reaction", what="reaction types") if text else []
    emoji = tuple(_emoji(item) for item in items)
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message.reactions[call.bot.id] = emoji
    call.state.revision.bump()
    return True


def _emoji(item: object) -> str:
    fields = as_object(item)
    if fields is None:
        raise bad_request("can't parse ReactionType: expected an Object")
    if fields.get("type") != "emoji" or not isinstance(fields.get("emoji"), str):
        raise bad_request("can't parse ReactionType: invalid reaction type specified")
    return str(fields["emoji"])


METHODS = (
    Method("deleteMessage", parameters_of("chat_id:chat! message_id:integer!"), delete_message),
    Method("deleteMessages", parameters_of("chat_id:chat! message_ids:array!"), delete_messages),
    Method(
        "pinChatMessage",
        parameters_of(
            "business_connection_id chat_id:chat! message_id:integer! disable_notification:boolean"
        ),
        pin_chat_message,
    ),
    Method(
        "unpinChatMessage",
        parameters_of("business_connection_id chat_id:chat! message_id:integer"),
        unpin_chat_message,
    ),
    Method(
        "setMessageReaction",
        parameters_of("chat_id:chat! message_id:integer! reaction:array is_big:boolean"),
        set_message_reaction,
    ),
)
