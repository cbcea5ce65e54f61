"""
The choice of a language, for everybody in private: the page comes in the new one at once.
"""

from collections.abc import Sequence
from typing import Any

from core.accounts.languages import ChosenLanguages
from core.actions import ChooseLanguage, FollowLanguage, OpenLanguages
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press
from core.message import Message
from core.texts import language_choice
from core.texts.catalogues import Catalogues
from core.texts.languages import Language, choose
from core.texts.words import Words


class LanguageChoice(Feature):
    """Lets people choose their language. `site_locale`: that of readers who are not known."""

    def __init__(
        self, *, languages: ChosenLanguages, catalogues: Catalogues, site_locale: str
    ) -> None:
        self._languages = languages
        self._catalogues = catalogues
        self._site_locale = site_locale

    def presses(self) -> Sequence[Press[Any]]:
        return (
            Press(action=OpenLanguages, answer=self._open),
            Press(action=ChooseLanguage, answer=self._choose),
            Press(action=FollowLanguage, answer=self._follow),
        )

    async def _open(self, question: Question, action: OpenLanguages) -> Answer:
        kept = await self._languages.find(question.asker.key)
        chosen = next((each for each in Language if each == kept), None)
        return Answer(message=_page(question, question.words, chosen), replaces=True)

    async def _choose(self, question: Question, action: ChooseLanguage) -> Answer:
        if not await self._languages.choose(question.asker.key, action.language.value):
            return _already(question)
        words = self._catalogues.words(action.language)
        return Answer(message=_page(question, words, action.language), replaces=True)

    async def _follow(self, question: Question, action: FollowLanguage) -> Answer:
        if not await self._languages.forget(question.asker.key):
            return _already(question)
        account_locale = None if question.account is None else question.account.locale
        words = self._catalogues.words(
            choose(None, account_locale, question.asker.language, self._site_locale)
        )
        return Answer(message=_page(question, words, None), replaces=True)


def _page(question: Question, words: Words, chosen: Language | None) -> Message:
    return language_choice.page(
        words,
        chosen=chosen,
        platform=question.asker.platform,
        has_account=question.account is not None,
    )


def _already(question: Question) -> Answer:
    # Platforms refuse to put the same message in its own place.
    return Answer(notice=language_choice.already(question.words))
