"""
Methods about who is in a chat: remove, readmit, restrict, promote, leave.
"""

import json
from dataclasses import replace
from typing import cast

from sandbox.telegram.access import Access, check_access, check_right, find_person
from sandbox.telegram.calls import parameters_of
from sandbox.telegram.chats import (
    ADMIN_RIGHTS,
    CHANNEL_RIGHTS,
    PERMISSIONS,
    Chat,
    ChatKind,
    Member,
    Status,
)
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.objects import (
    as_object,
)
from sandbox.telegram.people import Person

_NO_RESTRICTING = "not enough rights to restrict/unrestrict chat member"
_MEDIA = (
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
)


def _check_groups(chat: Chat) -> None:
    if chat.is_private:
        raise bad_request("chat member status can't be changed in private chats")


def _member_to_change(call: Context, chat: Chat) -> Person:
    """
    The person whose place a call changes.

    Raises:
        ApiError: unknown, the bot itself, the owner or an administrator; or the bot may not.
    """
    person = find_person(call.state, call.arguments.user_id())
    if person is call.bot.person:
        raise bad_request("can't restrict self")
    check_right(chat, call.bot, "can_restrict_members", _NO_RESTRICTING)
    status = call.state.place_of(chat, person).status
    if status is Status.CREATOR:
        raise bad_request("can't remove chat owner")
    if status is Status.ADMINISTRATOR:
        raise bad_request("user is an administrator of the chat")
    return person


def _put_out(call: Context, chat: Chat, person: Person, new: Member) -> None:
    was_in = call.state.place_of(chat, person).is_in
    call.state.place(chat, new, by=call.bot.person)
    if was_in and chat.is_group:
        body = person.as_json()
        service = {"left_chat_participant": body, "left_chat_member": body}
        call.state.post_service(chat, call.bot.person, service)


async def ban_chat_member(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    _check_groups(chat)
    person = _member_to_change(call, chat)
    if chat.kind is ChatKind.GROUP:  # a basic group has no list of the banned
        if not call.state.place_of(chat, person).is_in:
            raise bad_request("USER_NOT_PARTICIPANT")
        _put_out(call, chat, person, Member(person, Status.LEFT))
        return True
    until = call.state.end_of(call.arguments.integer("until_date"))
    _put_out(call, chat, person, Member(person, Status.KICKED, until=until))
    if call.arguments.flag("revoke_messages") or chat.kind is ChatKind.SUPERGROUP:
        for message in chat.messages.values():
            if message.sender is person and not message.service and not message.is_deleted:
                call.state.remove_message(message)
    return True


async def unban_chat_member(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    if chat.kind not in {ChatKind.SUPERGROUP, ChatKind.CHANNEL}:
        raise bad_request("method is available for supergroup and channel chats only")
    person = find_person(call.state, call.arguments.user_id())
    place = call.state.place_of(chat, person)
    if call.arguments.flag("only_if_banned") and place.status is not Status.KICKED:
        return True
    person = _member_to_change(call, chat)
    if place.status is not Status.LEFT:
        _put_out(call, chat, person, Member(person, Status.LEFT))
    return True


async def restrict_chat_member(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    _check_groups(chat)
    if chat.kind is not ChatKind.SUPERGROUP:
        raise bad_request("method is available only for supergroups")
    allowed = _given_permissions(call)
    person = _member_to_change(call, chat)
    place = call.state.place_of(chat, person)
    until = call.state.end_of(call.arguments.integer("until_date"))
    if allowed == frozenset(PERMISSIONS):
        status = Status.MEMBER if place.is_in else Status.LEFT
        call.state.place(chat, Member(person, status), by=call.bot.person)
    else:
        member = Member(person, Status.RESTRICTED, allowed, until=until, is_present=place.is_in)
        call.state.place(chat, member, by=call.bot.person)
    return True


def _given_permissions(call: Context) -> frozenset[str]:
    """What a member may do; unless asked otherwise, some permissions bring others along."""
    try:
        value = cast("object", json.loads(call.arguments.required("permissions")))
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse permissions JSON object") from error
    fields = as_object(value)
    if fields is None:
        raise bad_request("object expected as permissions")
    granted = {name for name in PERMISSIONS if fields.get(name) is True}
    if not call.arguments.flag("use_independent_chat_permissions"):
        if granted & {"can_send_other_messages", "can_add_web_page_previews"}:
            granted |= {*_MEDIA, "can_send_messages"}
        if granted & {*_MEDIA, "can_send_polls"}:
            granted.add("can_send_messages")
    return frozenset(granted)


async def promote_chat_member(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    _check_groups(chat)
    person = find_person(call.state, call.arguments.user_id())
    refusal = "not enough rights"
    own = check_right(chat, call.bot, "can_promote_members", refusal)
    if not call.state.place_of(chat, person).is_in:
        raise bad_request("USER_NOT_PARTICIPANT")
    names = (*ADMIN_RIGHTS, *CHANNEL_RIGHTS)
    rights = frozenset(name for name in names if call.arguments.flag(name))
    if not all(own.may(right) for right in rights):
        raise bad_request("RIGHT_FORBIDDEN")
    member = Member(
        person,
        Status.ADMINISTRATOR if rights else Status.MEMBER,
        rights,
        is_anonymous=call.arguments.flag("is_anonymous"),
    )
    call.state.place(chat, member, by=call.bot.person)
    return True


async def leave_chat(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.READ)
    _check_groups(chat)
    place = call.state.place_of(chat, call.bot.person)
    if not place.is_in:
        return True
    person = call.bot.person
    call.state.place(chat, replace(place, status=Status.LEFT, allowed=frozenset()), by=person)
    body = person.as_json()
    service = {"left_chat_participant": body, "left_chat_member": body}
    call.state.post_service(chat, person, service)
    return True


_WHOM = "chat_id:chat! user_id:integer!"

METHODS = (
    Method(
        "banChatMember",
        parameters_of(_WHOM + " until_date:integer revoke_messages:boolean"),
        ban_chat_member,
    ),
    Method("unbanChatMember", parameters_of(_WHOM + " only_if_banned:boolean"), unban_chat_member),
    Method(
        "restrictChatMember",
        parameters_of(
            _WHOM + " permissions:object! use_independent_chat_permissions:boolean"
            " until_date:integer"
        ),
        restrict_chat_member,
    ),
    Method(
        "promoteChatMember",
        parameters_of(
            _WHOM
            + " is_anonymous:boolean"
            + "".join(f" {right}:boolean" for right in (*ADMIN_RIGHTS, *CHANNEL_RIGHTS))
        ),
        promote_chat_member,
    ),
    Method("leaveChat", parameters_of("chat_id:chat!"), leave_chat),
)
