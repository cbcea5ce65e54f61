"""`/ping`: a sign of life, and the ids that an operator puts into his settings."""

from collections.abc import Sequence

from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature
from core.texts import help as help_texts
from core.texts import ping


class Ping(Feature):
    """Answers in every group, since the site's own is found by it."""

    def commands(self) -> Sequence[Command]:
        return (
            Command(
                name="ping",
                summary=help_texts.ping_summary,
                answer=self._answer,
                is_for_anyone=True,
                is_for_any_group=True,
                is_listed_in_groups=True,
            ),
        )

    async def _answer(self, question: Question, argument: str) -> Answer:
        asker, chat = question.asker, question.chat
        message = ping.pong(
            question.words,
            user_id=None if asker.is_anonymous else asker.id,
            group_id=None if chat.is_private else chat.target,
        )
        return Answer(message=message)
