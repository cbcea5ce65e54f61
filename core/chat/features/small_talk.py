"""
Ordinary text in private that no dialogue waits for: who writes it is shown what there is to press.

An unbound person's e-mail address begins the binding by e-mail; an answer to a step that has been
left alone for too long is told so.
"""

from dataclasses import replace

from core.accounts.binding.reading import read_email_code
from core.chat.asking import Answer, Question
from core.chat.features.binding.dialogue import LINK, BindingDialogue
from core.chat.features.binding.email_way import EmailWay
from core.chat.features.unbound import UnboundPeople
from core.texts import binding_outcomes, trouble


class SmallTalk:
    """Answers texts that are no commands."""

    def __init__(
        self, *, unbound: UnboundPeople, dialogue: BindingDialogue, email_way: EmailWay
    ) -> None:
        self._unbound = unbound
        self._dialogue = dialogue
        self._email_way = email_way

    async def answer(self, question: Question, text: str | None) -> Answer:
        """`text`: None for a picture, a sticker, a voice message."""
        if question.account is not None:
            return Answer(message=trouble.only_commands(question.words))
        if text is not None and self._email_way.takes(question, text):
            return await self._email_way.send_to(question, text)
        expired = self._dialogue.expired_step(question)
        if expired is not None:
            told = await self._dialogue.standing(question)
            return replace(told, deletes_asked=expired == LINK and text is not None)
        if text is not None and read_email_code(text) is not None:
            return Answer(message=binding_outcomes.no_code_expected(question.words))
        return await self._unbound.answer(question)
