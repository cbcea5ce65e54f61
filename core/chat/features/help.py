"""`/help`: the commands, a line each, in every chat the same."""

from collections.abc import Sequence

from core.chat.asking import Answer, Question
from core.chat.feature import Command, Feature
from core.texts import help as help_texts
from core.texts import trouble


class Help(Feature):
    """Lists the commands of `features` and itself."""

    def __init__(self, *, features: Sequence[Feature]) -> None:
        own = Command(
            name="help",
            summary=help_texts.help_summary,
            answer=self._answer,
            is_for_anyone=True,
            is_listed_in_groups=True,
        )
        self._own = (own,)
        self._listed = [each for feature in features for each in feature.commands()] + [own]

    def commands(self) -> Sequence[Command]:
        return self._own

    async def answer_unknown(self, question: Question) -> Answer | None:
        """For a command that nobody has: the list where `help_any_command` wants it."""
        if question.settings.help_any_command:
            return await self._answer(question, "")
        if not question.is_private:
            return None
        return Answer(message=trouble.unknown_command(question.words))

    async def _answer(self, question: Question, argument: str) -> Answer:
        words = question.words
        summaries = [(command.name, command.summary(words)) for command in self._listed]
        message = help_texts.commands(words, summaries, with_menu=question.is_private)
        return Answer(message=message)
