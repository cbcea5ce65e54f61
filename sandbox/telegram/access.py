"""
What a bot may reach: the chats and people it can name, and its rights there.

The checks stand in the order of the real server, whose words the errors have.
"""

from datetime import timedelta
from enum import StrEnum

from sandbox.telegram.chats import Chat, ChatKind, Member, Status, Topic
from sandbox.telegram.errors import ApiError, bad_request, forbidden
from sandbox.telegram.messages import Message
from sandbox.telegram.people import Bot, Person
from sandbox.telegram.state import State

_KINDS = {
    ChatKind.GROUP: "group chat",
    ChatKind.SUPERGROUP: "supergroup chat",
    ChatKind.CHANNEL: "channel chat",
}
GENERAL_TOPIC = 1
REQUEST_OPENS_CHAT_FOR = timedelta(minutes=5)


def find_chat(state: State, bot: Bot, chat_id: str) -> Chat:
    """
    The chat that a bot means.

    Raises:
        ApiError: 400, the bot knows no such chat.
    """
    if not chat_id:
        raise bad_request("chat_id is empty")
    if chat_id.startswith("@"):
        return _find_by_username(state, chat_id[1:].lower())
    try:
        number = int(chat_id)
    except ValueError:
        raise bad_request("chat not found") from None
    if number > 0:
        return _find_private(state, bot, number)
    chat = state.chats.get(number)
    if chat is None or (chat.find_member(bot.id) is None and chat.username is None):
        raise bad_request("chat not found")
    return chat


def _find_by_username(state: State, username: str) -> Chat:
    for chat in state.chats.values():
        if chat.username is not None and chat.username.lower() == username:
            return chat
    raise bad_request("chat not found")


def _find_private(state: State, bot: Bot, person_id: int) -> Chat:
    person = state.people.get(person_id)
    if person is None or not _has_met(state, bot, person_id):
        raise bad_request("chat not found")
    return state.open_private_chat(bot, person)


def _has_met(state: State, bot: Bot, person_id: int) -> bool:
    return (
        (bot.id, person_id) in state.private_chats
        or person_id in state.bots
        or any(
            bot.id in chat.members
            and (person_id in chat.members or person_id in chat.join_requests)
            for chat in state.chats.values()
        )
    )


class Access(StrEnum):
    """What a bot wants of a chat, from least to most."""

    READ = "read"
    READ_MEMBERS = "read members"
    EDIT = "edit"
    WRITE = "write"


def check_access(chat: Chat, bot: Bot, access: Access) -> None:
    """
    Whether a bot is in a group or channel, as far as `access` needs it.

    Raises:
        ApiError: it is not, or the chat is gone.
    """
    if chat.is_private:
        return
    kind = _KINDS[chat.kind]
    member = chat.find_member(bot.id)
    if chat.kind is ChatKind.GROUP:
        if access is Access.READ:
            return
        if access is not Access.EDIT:
            _check_alive(chat)
    elif chat.username is not None and access in {Access.READ, Access.READ_MEMBERS}:
        return
    if member is not None and member.status is Status.KICKED:
        raise forbidden(f"bot was kicked from the {kind}")
    if member is None or not member.is_in:
        raise forbidden(f"bot is not a member of the {kind}")


def _check_alive(group: Chat) -> None:
    if group.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=group.migrated_to,
        )
    if group.is_deactivated:
        raise forbidden("the group chat was deleted")


def check_may_write(state: State, bot: Bot, chat: Chat, *, what: str = "text messages") -> None:
    """
    Whether a bot may write into a chat. `what` it writes, for the error.

    Raises:
        ApiError: it may not.
    """
    check_access(chat, bot, Access.WRITE)
    if chat.person is not None:
        _check_may_write_to(state, bot, chat.person)
        return
    member = chat.members[bot.id]
    if chat.kind is ChatKind.CHANNEL:
        if not member.may("can_post_messages"):
            raise bad_request("need administrator rights in the channel chat")
        return
    allowed = member.allowed if member.status is Status.RESTRICTED else chat.permissions
    if not member.is_admin and _PERMISSION_OF[what] not in allowed:
        raise bad_request(f"not enough rights to send {what} to the chat")


_PERMISSION_OF = {
    "text messages": "can_send_messages",
    "photos": "can_send_photos",
    "documents": "can_send_documents",
}


def _check_may_write_to(state: State, bot: Bot, person: Person) -> None:
    if person.is_deleted:
        raise forbidden("user is deactivated")
    if person.id in state.bots:
        raise forbidden("bots can't send messages to bots")
    if person.id in bot.blocked_by:
        raise forbidden("bot was blocked by the user")
    if person.id in bot.known_to:
        return
    if not any(_asks_here(state, bot, chat, person) for chat in state.chats.values()):
        raise forbidden("bot can't initiate conversation with a user")


def _asks_here(state: State, bot: Bot, chat: Chat, person: Person) -> bool:
    """Whether a person asks to be let in where the bot decides: such a one may be written to."""
    request = chat.join_requests.get(person.id)
    member = chat.find_member(bot.id)
    return (
        request is not None
        and member is not None
        and member.may("can_invite_users")
        and state.clock() - request.asked_at < REQUEST_OPENS_CHAT_FOR
    )


def check_thread(chat: Chat, thread_id: int) -> Topic | None:
    """
    The topic that `message_thread_id` means, None for none.

    Raises:
        ApiError: 400, there is no such topic (the general one has to be left out), or it is closed.
    """
    if thread_id <= 0:
        return None
    topic = chat.topics.get(thread_id) if chat.is_forum and thread_id != GENERAL_TOPIC else None
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def check_topic_open(chat: Chat, bot: Bot, topic: Topic | None) -> None:
    """
    Whether a bot may write into a topic.

    Raises:
        ApiError: 400, it is closed.
    """
    if topic is not None and topic.is_closed and not chat.members[bot.id].may("can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")


def find_person(state: State, user_id: int) -> Person:
    """
    A person by id.

    Raises:
        ApiError: 400, there is none.
    """
    person = state.people.get(user_id)
    if person is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return person


def find_message(chat: Chat, message_id: int, *, purpose: str) -> Message:
    """
    A message that is still there. `purpose`: what the error calls it, such as `to edit`.

    Raises:
        ApiError: 400, there is none.
    """
    message = chat.messages.get(message_id)
    if message is None or message.is_deleted:
        raise bad_request(f"message {purpose} not found")
    return message


def check_right(chat: Chat, bot: Bot, right: str, refusal: str) -> Member:
    """
    The bot's place in a group if it has an administrator's right.

    Raises:
        ApiError: 400 with `refusal`.
    """
    check_access(chat, bot, Access.WRITE)
    member = chat.find_member(bot.id)
    if member is None or not member.may(right):
        raise bad_request(refusal)
    return member
