"""
Chats of the local Telegram and who is in them.

A private chat has its person's id, as the bot sees it; groups and channels have negative ids. A
member's rights and permissions are the Bot API's names (`can_restrict_members`), held as the set of
those that are granted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandbox.telegram.messages import Message
from sandbox.telegram.people import Person


class ChatKind(StrEnum):
    """The Bot API's `Chat.type`."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Status(StrEnum):
    """The Bot API's `ChatMember.status`."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
USUAL_PERMISSIONS = frozenset(PERMISSIONS) - {
    "can_change_info",
    "can_pin_messages",
    "can_manage_topics",
}
USUAL_BOT_RIGHTS = frozenset(
    {
        "can_manage_chat",
        "can_delete_messages",
        "can_restrict_members",
        "can_invite_users",
        "can_pin_messages",
    }
)


@dataclass(slots=True, eq=False)
class Member:
    """
    Somebody's place in a chat, also a former or refused one.

    `allowed`: an administrator's rights, or a restricted member's permissions. `until`: end of a
    restriction or a ban, None for ever. `is_present`: of a restricted one, whether he is in.
    """

    person: Person
    status: Status
    allowed: frozenset[str] = frozenset()
    until: datetime | None = None
    is_present: bool = True
    is_anonymous: bool = False
    custom_title: str = ""

    @property
    def is_in(self) -> bool:
        """Whether he is in the chat now."""
        if self.status is Status.RESTRICTED:
            return self.is_present
        return self.status not in {Status.LEFT, Status.KICKED}

    @property
    def is_admin(self) -> bool:
        return self.status in {Status.CREATOR, Status.ADMINISTRATOR}

    def may(self, right: str) -> bool:
        """Whether an administrator's right is granted; an owner has all."""
        return self.status is Status.CREATOR or (
            self.status is Status.ADMINISTRATOR and right in self.allowed
        )


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of a forum. `id` is what bots send as `message_thread_id`."""

    id: int
    name: str
    is_closed: bool = False


@dataclass(slots=True, eq=False)
class InviteLink:
    """A link that leads into a chat. `by_request`: an administrator has to approve."""

    url: str
    creator: Person
    is_primary: bool = False
    is_revoked: bool = False
    by_request: bool = False
    name: str = ""
    expires_at: datetime | None = None
    member_limit: int | None = None
    used: int = 0


@dataclass(slots=True, eq=False)
class JoinRequest:
    """Somebody who asks to be let in."""

    person: Person
    asked_at: datetime
    link: InviteLink | None = None


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat, group or channel with its messages and members, by id."""

    id: int
    kind: ChatKind
    title: str = ""
    username: str | None = None
    person: Person | None = None
    bot_id: int | None = None
    is_forum: bool = False
    migrated_to: int | None = None
    is_deactivated: bool = False
    linked_chat_id: int | None = None
    permissions: frozenset[str] = USUAL_PERMISSIONS
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    messages: dict[int, Message] = field(default_factory=dict[int, Message])
    topics: dict[int, Topic] = field(default_factory=dict[int, Topic])
    join_requests: dict[int, JoinRequest] = field(default_factory=dict[int, JoinRequest])
    invite_links: dict[str, InviteLink] = field(default_factory=dict[str, InviteLink])
    pinned: list[int] = field(default_factory=list[int])
    last_message_id: int = 0
    last_bot_id: int | None = None

    @property
    def is_private(self) -> bool:
        return self.kind is ChatKind.PRIVATE

    @property
    def is_group(self) -> bool:
        return self.kind in {ChatKind.GROUP, ChatKind.SUPERGROUP}

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.title

    @property
    def present(self) -> list[Member]:
        """The members that are in now."""
        return [member for member in self.members.values() if member.is_in]

    def find_member(self, person_id: int) -> Member | None:
        return self.members.get(person_id)

    def has(self, person_id: int) -> bool:
        """Whether that person is in the chat now."""
        member = self.members.get(person_id)
        return member is not None and member.is_in
