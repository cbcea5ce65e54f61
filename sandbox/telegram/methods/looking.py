"""
Methods that look at a chat and at who is in it.
"""

from sandbox.telegram.access import Access, check_access, find_person
from sandbox.telegram.calls import parameters_of
from sandbox.telegram.chats import Member, Status
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.objects import chat_json, member_json, message_json, permissions_json


async def get_chat(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.READ)
    body = {**chat_json(chat), "accent_color_id": 0, "max_reaction_count": 11}
    body["accepted_gift_types"] = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    if chat.is_group:
        body["permissions"] = permissions_json(chat.permissions)
        body["join_by_request"] = False
    if chat.linked_chat_id is not None:
        body["linked_chat_id"] = chat.linked_chat_id
    primary = next((link for link in chat.invite_links.values() if link.is_primary), None)
    member = chat.find_member(call.bot.id)
    if primary is not None and member is not None and member.may("can_invite_users"):
        body["invite_link"] = primary.url
    if chat.pinned:
        body["pinned_message"] = message_json(chat.messages[chat.pinned[-1]])
    return body


async def get_chat_member(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.READ_MEMBERS)
    person = find_person(call.state, call.arguments.user_id())
    if chat.is_private:
        if person.id not in {chat.id, call.bot.id}:
            raise bad_request("user not found")
        return member_json(chat, Member(person, Status.MEMBER))
    return member_json(chat, call.state.place_of(chat, person))


async def get_chat_administrators(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.READ_MEMBERS)
    if chat.is_private:
        raise bad_request("there are no administrators in the private chat")
    with_bots = call.arguments.flag("return_bots")
    return [
        member_json(chat, member)
        for member in chat.members.values()
        if member.is_admin
        and (with_bots or not member.person.is_bot or member.person is call.bot.person)
    ]


async def get_chat_member_count(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.READ_MEMBERS)
    return 2 if chat.is_private else len(chat.present)


METHODS = (
    Method("getChat", parameters_of("chat_id:chat!"), get_chat),
    Method("getChatMember", parameters_of("chat_id:chat! user_id:integer!"), get_chat_member),
    Method(
        "getChatAdministrators",
        parameters_of("chat_id:chat! return_bots:boolean"),
        get_chat_administrators,
    ),
    Method("getChatMemberCount", parameters_of("chat_id:chat!"), get_chat_member_count),
)
