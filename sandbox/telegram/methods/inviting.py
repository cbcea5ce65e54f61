"""
Methods about the ways into a chat: requests to join, and invite links.
"""

from sandbox.telegram.access import Access, check_access, check_right, find_person
from sandbox.telegram.calls import parameters_of
from sandbox.telegram.chats import Chat, InviteLink, JoinRequest, Member, Status
from sandbox.telegram.context import Context, Method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.objects import link_json

_NO_REQUESTS = "not enough rights to manage chat join requests"
_NO_LINKS = "not enough rights to manage chat invite link"
MAX_LINK_NAME = 32  # characters
MAX_MEMBERS = 99_999  # that one link lets in


def _request(call: Context) -> tuple[Chat, JoinRequest]:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    check_right(chat, call.bot, "can_invite_users", _NO_REQUESTS)
    person = find_person(call.state, call.arguments.user_id())
    if call.state.place_of(chat, person).is_in:
        raise bad_request("USER_ALREADY_PARTICIPANT")
    request = chat.join_requests.get(person.id)
    if request is None:
        raise bad_request("HIDE_REQUESTER_MISSING")
    return chat, request


async def approve_chat_join_request(call: Context) -> object:
    chat, request = _request(call)
    del chat.join_requests[request.person.id]
    call.state.place(
        chat,
        Member(request.person, Status.MEMBER),
        by=call.bot.person,
        link=request.link,
        by_request=True,
    )
    body = request.person.as_json()
    service = {"new_chat_members": [body], "new_chat_participant": body, "new_chat_member": body}
    call.state.post_service(chat, request.person, service)
    return True


async def decline_chat_join_request(call: Context) -> object:
    chat, request = _request(call)
    del chat.join_requests[request.person.id]
    call.state.revision.bump()
    return True


async def create_chat_invite_link(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    check_right(chat, call.bot, "can_invite_users", _NO_LINKS)
    arguments = call.arguments
    by_request, limit = arguments.flag("creates_join_request"), arguments.integer("member_limit")
    if by_request and limit:
        raise bad_request(
            "member limit can't be specified for links requiring administrator approval"
        )
    if len(arguments.text("name")) > MAX_LINK_NAME:
        raise bad_request("CHAT_INVITE_TITLE_TOO_LONG")
    if not 0 <= limit <= MAX_MEMBERS:
        raise bad_request("USAGE_LIMIT_INVALID")
    expires_at = call.state.instant(arguments.integer("expire_date"))
    if expires_at is not None and expires_at <= call.state.clock():
        raise bad_request("EXPIRE_DATE_INVALID")
    link = InviteLink(
        f"https://t.me/+invite{call.state.next_number():012d}",
        call.bot.person,
        by_request=by_request,
        name=arguments.text("name"),
        expires_at=expires_at,
        member_limit=limit or None,
    )
    chat.invite_links[link.url] = link
    call.state.revision.bump()
    return link_json(link)


async def export_chat_invite_link(call: Context) -> object:
    chat = call.chat()
    check_access(chat, call.bot, Access.WRITE)
    check_right(chat, call.bot, "can_invite_users", _NO_LINKS)
    for link in chat.invite_links.values():
        if link.is_primary and link.creator is call.bot.person:
            link.is_revoked = True
            link.is_primary = False
    link = InviteLink(
        f"https://t.me/+invite{call.state.next_number():012d}", call.bot.person, is_primary=True
    )
    chat.invite_links[link.url] = link
    call.state.revision.bump()
    return link.url


_WHOM = "chat_id:chat! user_id:integer!"

METHODS = (
    Method("approveChatJoinRequest", parameters_of(_WHOM), approve_chat_join_request),
    Method("declineChatJoinRequest", parameters_of(_WHOM), decline_chat_join_request),
    Method(
        "createChatInviteLink",
        parameters_of(
            "chat_id:chat! name expire_date:integer member_limit:integer"
            " creates_join_request:boolean"
        ),
        create_chat_invite_link,
    ),
    Method("exportChatInviteLink", parameters_of("chat_id:chat!"), export_chat_invite_link),
)
