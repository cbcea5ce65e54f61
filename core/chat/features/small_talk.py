"""Ordinary text in private: who writes it is shown what there is to press."""

from core.chat.asking import Answer, Question
from core.chat.features.unbound import UnboundPeople
from core.texts import trouble


class SmallTalk:
    """Answers texts that are no commands."""

    def __init__(self, *, unbound: UnboundPeople) -> None:
        self._unbound = unbound

    async def answer(self, question: Question) -> Answer:
        if question.account is None:
            return self._unbound.answer(question)
        return Answer(message=trouble.only_commands(question.words))
