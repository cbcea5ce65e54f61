"""
The number pad on which a mailed code is tapped.

The digits so far are kept with the step of the dialogue, so that any of its messages goes on with
them and a restart loses none. Taps that come at once each wait for their turn: a tap whose step was
answered meanwhile is put behind that answer, and nothing is lost.
"""

from collections.abc import Sequence
from typing import Any

from core.accounts.binding.reading import EMAIL_CODE_LENGTH
from core.actions import PadKey, PressKey
from core.chat.asking import Answer, Question
from core.chat.conversations import ConversationMovedError, Conversations
from core.chat.feature import Feature, Press
from core.chat.features.binding.dialogue import EMAIL_CODE, BindingDialogue, typed_digits
from core.chat.features.binding.email_way import EmailWay
from core.clock import SiteClock
from core.texts import binding, binding_email, binding_outcomes

_RACES = 8  # taps at once that each get their turn


def typed_after(typed: str, key: PadKey) -> str:
    """The digits after a key was pressed."""
    match key:
        case PadKey.DELETE:
            return typed[:-1]
        case PadKey.CLEAR:
            return ""
        case _:
            return f"{typed}{key.value}"


class NumberPad(Feature):
    """Takes the taps; the digit that completes the code proves it."""

    def __init__(
        self,
        *,
        email_way: EmailWay,
        dialogue: BindingDialogue,
        conversations: Conversations,
        clock: SiteClock,
    ) -> None:
        self._email_way = email_way
        self._dialogue = dialogue
        self._conversations = conversations
        self._clock = clock

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=PressKey, answer=self._tap),)

    async def _tap(self, question: Question, action: PressKey) -> Answer:
        for _ in range(_RACES):
            try:
                return await self._take(question, action.key)
            except ConversationMovedError:
                question = await self._dialogue.read_again(question)
        return await self._dialogue.standing(question, replaces=True)

    async def _take(self, question: Question, key: PadKey) -> Answer:
        """
        Take one tap.

        Raises:
            ConversationMovedError: another tap was quicker.
        """
        words = question.words
        if question.account is not None:  # by the tap before, whose answer is to stay in sight
            return Answer(notice=binding_outcomes.already_bound_notice(words))
        conversation = self._dialogue.current(question, EMAIL_CODE)
        if conversation is None:
            over = await self._dialogue.standing(question, replaces=True)
            return Answer(message=over.message, replaces=True, notice=binding.moved_on(words))
        typed = typed_digits(conversation)
        now_typed = typed_after(typed, key)
        if now_typed == typed:
            return Answer(notice=binding_email.nothing_typed(words))
        if len(now_typed) >= EMAIL_CODE_LENGTH:
            return await self._email_way.prove(question, conversation, now_typed, replaces=True)
        tapped = await self._conversations.advance(
            conversation,
            EMAIL_CODE,
            {**conversation.details, "typed": now_typed},
            lasts=conversation.expires_at - self._clock.now(),
        )
        return Answer(message=self._dialogue.pad(question, tapped), replaces=True)
