"""
Coming and going in groups: what people do about who is in, and with what rights.
"""

import itertools
from collections.abc import Iterable
from datetime import datetime

from sandbox.telegram.census import ImpossibleError
from sandbox.telegram.chats import (
    ADMIN_RIGHTS,
    USUAL_BOT_RIGHTS,
    Chat,
    ChatKind,
    InviteLink,
    JoinRequest,
    Member,
    Status,
)
from sandbox.telegram.objects import chat_json, link_json, timestamp
from sandbox.telegram.people import Person
from sandbox.telegram.state import Clock
from sandbox.telegram.writing import Writing

_FIRST_SUPERGROUP_ID = -1002_000_000_000


class Membership(Writing):
    """Moves people and bots in and out of groups."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self._new_group_ids = itertools.count(_FIRST_SUPERGROUP_ID, -1)

    def join(self, person_id: int, chat_id: int, *, link: str | None = None) -> None:
        """
        Somebody joins a group by themselves, over `link` if given.

        Raises:
            ImpossibleError: banned, in already, or the link does not let them in.
        """
        person, chat = self.person(person_id), self.chat(chat_id)
        self._check_may_join(person, chat)
        invite = self._use_link(chat, link) if link is not None else None
        if invite is not None and invite.by_request:
            raise ImpossibleError("that link needs an administrator's approval")
        self.state.place(chat, Member(person, Status.MEMBER), by=person, link=invite)
        self._welcome(chat, person, [person])

    def _check_may_join(self, person: Person, chat: Chat) -> None:
        place = self.state.place_of(chat, person)
        if place.is_in or place.status is Status.KICKED:
            raise ImpossibleError(f"{person.name} cannot join {chat.title}: {place.status.value}")

    def _use_link(self, chat: Chat, url: str) -> InviteLink:
        link = chat.invite_links.get(url)
        is_over = link is not None and (
            (link.expires_at is not None and link.expires_at <= self.state.clock())
            or (link.member_limit is not None and link.used >= link.member_limit)
        )
        if link is None or link.is_revoked or is_over:
            raise ImpossibleError("that link is not valid")
        link.used += 1
        return link

    def _welcome(self, chat: Chat, actor: Person, people: list[Person]) -> None:
        members = [person.as_json() for person in people]
        self.state.post_service(
            chat,
            actor,
            {
                "new_chat_members": members,
                "new_chat_participant": members[0],
                "new_chat_member": members[0],
            },
        )

    def add_members(self, actor_id: int, chat_id: int, person_ids: Iterable[int]) -> None:
        """A member adds several people (or bots) in one go: one service message for all."""
        actor, chat = self.person(actor_id), self.chat(chat_id)
        people = [self.person(person_id) for person_id in person_ids]
        for person in people:
            if self.state.place_of(chat, person).is_in:
                raise ImpossibleError(f"{person.name} is in {chat.title} already")
            self.state.place(chat, Member(person, Status.MEMBER), by=actor)
        self._welcome(chat, actor, people)

    def add_bot_to_group(
        self, actor_id: int, chat_id: int, *, bot_id: int | None = None, payload: str | None = None
    ) -> None:
        """A member adds a bot, over its `startgroup` link if there is a `payload`."""
        bot = self.bot(bot_id) if bot_id is not None else self.bots[0]
        if not bot.can_join_groups:
            raise ImpossibleError(f"{bot.person.name} cannot be added to groups")
        self.add_members(actor_id, chat_id, [bot.id])
        if payload is not None:
            self.write(actor_id, chat_id, f"/start@{bot.username} {payload}".strip())

    def leave(self, person_id: int, chat_id: int) -> None:
        """Somebody leaves a group."""
        person = self.person(person_id)
        self._put_out(self.chat(chat_id), person, Status.LEFT, by=person)

    def remove_member(
        self, actor_id: int, chat_id: int, person_id: int, *, ban: bool = False
    ) -> None:
        """An administrator removes somebody (or a bot), for good with `ban`."""
        status = Status.KICKED if ban else Status.LEFT
        self._put_out(self.chat(chat_id), self.person(person_id), status, by=self.person(actor_id))

    def _put_out(self, chat: Chat, person: Person, status: Status, *, by: Person) -> None:
        if not self.state.place_of(chat, person).is_in:
            raise ImpossibleError(f"{person.name} is not in {chat.title}")
        body = person.as_json()
        service = {"left_chat_participant": body, "left_chat_member": body}
        self.state.place(chat, Member(person, status), by=by)
        self.state.post_service(chat, by, service)

    def promote(
        self,
        actor_id: int,
        chat_id: int,
        person_id: int,
        *,
        rights: Iterable[str] = ADMIN_RIGHTS,
        is_anonymous: bool = False,
        custom_title: str = "",
    ) -> None:
        """Make somebody an administrator with the given rights; none at all makes a member."""
        held = frozenset(rights)
        member = Member(
            self.person(person_id),
            Status.ADMINISTRATOR if held else Status.MEMBER,
            held,
            is_anonymous=is_anonymous,
            custom_title=custom_title,
        )
        self.state.place(self.chat(chat_id), member, by=self.person(actor_id))

    def promote_bot(
        self,
        actor_id: int,
        chat_id: int,
        *,
        bot_id: int | None = None,
        rights: Iterable[str] = USUAL_BOT_RIGHTS,
    ) -> None:
        """Make a bot an administrator; without rights it is an ordinary member again."""
        bot = self.bot(bot_id) if bot_id is not None else self.bots[0]
        self.promote(actor_id, chat_id, bot.id, rights=rights)

    def restrict(
        self,
        actor_id: int,
        chat_id: int,
        person_id: int,
        *,
        permissions: Iterable[str] = (),
        until: datetime | None = None,
    ) -> None:
        """An administrator restricts a member to the given permissions."""
        member = Member(
            self.person(person_id), Status.RESTRICTED, frozenset(permissions), until=until
        )
        self.state.place(self.chat(chat_id), member, by=self.person(actor_id))

    def set_permissions(self, chat_id: int, permissions: Iterable[str]) -> None:
        """What members of a group may do if nothing else is said of them."""
        self.chat(chat_id).permissions = frozenset(permissions)
        self.state.revision.bump()

    def make_invite_link(
        self, person_id: int, chat_id: int, *, by_request: bool = False
    ) -> InviteLink:
        """A link of an administrator; with `by_request` an administrator has to approve."""
        chat = self.chat(chat_id)
        link = InviteLink(
            f"https://t.me/+invite{self.state.next_number():012d}",
            self.person(person_id),
            by_request=by_request,
        )
        chat.invite_links[link.url] = link
        self.state.revision.bump()
        return link

    def join_request(self, person_id: int, chat_id: int, *, link: str | None = None) -> JoinRequest:
        """Somebody asks to be let in; bots that may invite are told."""
        person, chat = self.person(person_id), self.chat(chat_id)
        self._check_may_join(person, chat)
        invite = self._use_link(chat, link) if link is not None else None
        request = JoinRequest(person, self.state.clock(), invite)
        chat.join_requests[person_id] = request
        body: dict[str, object] = {
            "chat": chat_json(chat),
            "from": person.as_json(),
            "user_chat_id": person_id,
            "date": timestamp(request.asked_at),
        }
        if invite is not None:
            body["invite_link"] = link_json(invite)
        for bot in self.state.bots_in(chat):
            member = chat.find_member(bot.id)
            if member is not None and member.may("can_invite_users"):
                bot.updates.push("chat_join_request", body)
        self.state.revision.bump()
        return request

    def migrate_group(self, actor_id: int, chat_id: int, *, new_id: int | None = None) -> Chat:
        """A basic group becomes a supergroup; its old id is refused from now on."""
        group = self.chat(chat_id)
        if group.kind is not ChatKind.GROUP or group.migrated_to is not None:
            raise ImpossibleError("only a basic group can become a supergroup")
        return self.state.migrate(
            group, new_id or next(self._new_group_ids), by=self.person(actor_id)
        )

    def rename_group(self, actor_id: int, chat_id: int, title: str) -> None:
        chat = self.chat(chat_id)
        chat.title = title
        self.state.post_service(chat, self.person(actor_id), {"new_chat_title": title})
