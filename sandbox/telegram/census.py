"""
Who there is in the local Telegram: bots, people, groups and channels, and how they come to be.
"""

from collections.abc import Iterable

from sandbox.telegram.chats import Chat, ChatKind, Member, Status, Topic
from sandbox.telegram.errors import unauthorized
from sandbox.telegram.people import CHANNEL_POST_ID, Bot, Person
from sandbox.telegram.state import Clock, State
from sandbox.telegram.updates import UpdateQueue

_FIRST_UPDATE_ID = 100_000_000


class ImpossibleError(Exception):
    """Something that a person's client would not let them do."""


class Census:
    """The bots, people and chats of a world."""

    def __init__(self, *, clock: Clock) -> None:
        self.state = State(clock=clock)

    def add_bot(
        self,
        token: str,
        username: str,
        name: str,
        *,
        reads_all_messages: bool = False,
        can_join_groups: bool = True,
    ) -> Bot:
        """
        A bot as BotFather makes it; its id is the number before the colon of `token`.

        `reads_all_messages`: privacy mode is off.
        """
        bot_id = int(token.partition(":")[0])
        person = Person(bot_id, name, username=username, is_bot=True)
        updates = UpdateQueue(clock=self.state.clock, first_id=_FIRST_UPDATE_ID)
        bot = Bot(
            person,
            token,
            updates,
            reads_all_messages=reads_all_messages,
            can_join_groups=can_join_groups,
        )
        self.state.people[bot_id] = person
        self.state.bots[bot_id] = bot
        self.state.revision.bump()
        return bot

    def change_token(self, bot: Bot, token: str | None) -> None:
        """Give a bot another token, or none: the former one is refused from now on."""
        bot.token = token
        bot.updates.end_poll(unauthorized())
        self.state.revision.bump()

    def add_person(
        self,
        person_id: int,
        first_name: str,
        *,
        last_name: str = "",
        username: str | None = None,
        language_code: str | None = None,
    ) -> Person:
        person = Person(person_id, first_name, last_name, username, language_code)
        self.state.people[person_id] = person
        self.state.revision.bump()
        return person

    def delete_account(self, person_id: int) -> None:
        """The person gives up their account at Telegram."""
        self.person(person_id).is_deleted = True
        self.state.revision.bump()

    def add_group(
        self,
        chat_id: int,
        title: str,
        *,
        is_supergroup: bool = True,
        username: str | None = None,
        owner_id: int | None = None,
        member_ids: Iterable[int] = (),
        is_forum: bool = False,
    ) -> Chat:
        """A group that is there already, with its members; no bot is told of it."""
        kind = ChatKind.SUPERGROUP if is_supergroup else ChatKind.GROUP
        return self._add_chat(
            Chat(chat_id, kind, title=title, username=username, is_forum=is_forum),
            owner_id=owner_id,
            member_ids=member_ids,
        )

    def add_channel(self, chat_id: int, title: str, *, owner_id: int | None = None) -> Chat:
        return self._add_chat(
            Chat(chat_id, ChatKind.CHANNEL, title=title), owner_id=owner_id, member_ids=()
        )

    def _add_chat(self, chat: Chat, *, owner_id: int | None, member_ids: Iterable[int]) -> Chat:
        for member_id in member_ids:
            chat.members[member_id] = Member(self.person(member_id), Status.MEMBER)
        if owner_id is not None:
            chat.members[owner_id] = Member(self.person(owner_id), Status.CREATOR)
        self.state.chats[chat.id] = chat
        self.state.revision.bump()
        return chat

    def add_topic(self, chat_id: int, name: str, *, topic_id: int | None = None) -> Topic:
        """A topic of a forum; without `topic_id` it gets the id of its service message."""
        chat = self.chat(chat_id)
        topic = Topic(topic_id or self.state.next_message_id(chat), name)
        chat.topics[topic.id] = topic
        self.state.revision.bump()
        return topic

    def close_topic(self, chat_id: int, topic_id: int) -> None:
        self.chat(chat_id).topics[topic_id].is_closed = True
        self.state.revision.bump()

    @property
    def bots(self) -> list[Bot]:
        return list(self.state.bots.values())

    def bot(self, bot_id: int) -> Bot:
        return self.state.bots[bot_id]

    @property
    def people(self) -> list[Person]:
        """The people, without bots and the platform's own stand-ins."""
        return [
            person
            for person in self.state.people.values()
            if not person.is_bot and person.id != CHANNEL_POST_ID
        ]

    def person(self, person_id: int) -> Person:
        return self.state.people[person_id]

    @property
    def groups(self) -> list[Chat]:
        """Groups and channels that are alive."""
        return [chat for chat in self.state.chats.values() if chat.migrated_to is None]

    def chat(self, chat_id: int, person_id: int | None = None) -> Chat:
        """
        The chat that `chat_id` means for a person.

        Raises:
            ImpossibleError: there is none, or several bots could be meant.
        """
        chat = self.state.chats.get(chat_id)
        if chat is not None:
            return chat
        bot = self.state.bots.get(chat_id)
        if bot is not None and person_id is not None:
            return self.state.open_private_chat(bot, self.person(person_id))
        if chat_id in self.state.people and len(self.state.bots) == 1:
            return self.state.open_private_chat(self.bots[0], self.person(chat_id))
        raise ImpossibleError(f"no chat {chat_id}")
