"""
Dialogues of several steps: what a person is being asked, kept in the database.

A step left alone expires. Each is one statement, so that a restart loses nothing and any daemon
goes on; whoever answers a step that somebody has answered meanwhile is told so.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config_store.database import Database
from config_store.own.conversations import Conversation, ConversationTable
from core.chat.asking import Question
from core.clock import SiteClock


class ConversationMovedError(Exception):
    """The dialogue is not at this step any more: it was answered, ended or begun anew."""


class Conversations:
    """Begins, continues and ends dialogues."""

    def __init__(
        self, *, database: Database, conversations: ConversationTable, clock: SiteClock
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._clock = clock

    def current(self, question: Question) -> Conversation | None:
        """The step that the asker is at here, None if there is none or it has expired."""
        conversation = question.conversation
        if conversation is None or conversation.expires_at <= self._clock.now():
            return None
        return conversation

    async def begin(
        self, question: Question, step: str, details: Mapping[str, Any], *, lasts: timedelta
    ) -> Conversation:
        """Begin a dialogue with the asker, in place of whatever was going on in this chat."""
        return await self._database.run(
            lambda connection: self._conversations.begin(
                connection,
                platform=question.asker.platform.value,
                target=question.chat.target,
                person=question.asker.id,
                step=step,
                details=details,
                expires_at=self._clock.now() + lasts,
            )
        )

    async def advance(
        self, conversation: Conversation, step: str, details: Mapping[str, Any], *, lasts: timedelta
    ) -> Conversation:
        """
        Go on to a step.

        Raises:
            ConversationMovedError: the dialogue is not at `conversation` any more.
        """
        next_one = await self._database.run(
            lambda connection: self._conversations.advance(
                connection,
                conversation,
                step=step,
                details=details,
                expires_at=self._clock.now() + lasts,
            )
        )
        if next_one is None:
            raise ConversationMovedError
        return next_one

    async def end(self, question: Question) -> None:
        """End whatever dialogue is going on with the asker in this chat."""
        await self._database.run(
            lambda connection: self._conversations.drop(
                connection,
                platform=question.asker.platform.value,
                target=question.chat.target,
                person=question.asker.id,
            )
        )
