"""
The desk where every command, press and text of every platform is answered.

What holds for all of them is settled here: in which chats the bot speaks, whose account asks, in
which language, and what is said while the settings or the database are away. A person waits three
seconds at most. Who may do what is decided by who asks, never by what a button carried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config_store.database import DatabaseUnavailableError
from config_store.live_settings import LiveSettings, SiteSettings
from config_store.panel.accounts import Account, AccountGoneError, AmbiguousBindingError
from core.accounts.binding.bindings import Bindings
from core.actions import Action, UnknownActionError, decode
from core.chat.asking import Answer, Chat, Person, Place, Question
from core.chat.feature import Command, Feature, Press, StepAnswer
from core.chat.places import is_looking_for_group, is_quiet, place_of
from core.clock import SiteClock
from core.texts import trouble
from core.texts.catalogues import Catalogues
from core.texts.languages import Language, choose
from core.texts.layout import sentence
from core.texts.words import Words

PATIENCE = 2.6  # seconds that the database may take for one answer, all statements together

GroupText = Callable[[Question, str], Awaitable[Answer | None]]
Work = Callable[[Question], Awaitable[Answer | None]]


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A line of the list of commands that a platform shows: the name without its slash."""

    name: str
    description: str


class ChatDesk:
    """
    Answers in chat.

    `text` answers an ordinary message in private that no dialogue waits for, `unknown_command` one
    whose command nobody has. `group_text` looks at ordinary messages in the site's group, before
    anything is looked up; it answers few of them.
    """

    def __init__(
        self,
        *,
        settings: LiveSettings,
        bindings: Bindings,
        catalogues: Catalogues,
        features: Sequence[Feature],
        text: StepAnswer,
        group_text: GroupText,
        unknown_command: Work,
        clock: SiteClock,
        site_locale: str,
        patience: float = PATIENCE,
    ) -> None:
        self._settings = settings
        self._bindings = bindings
        self._catalogues = catalogues
        self._commands = {each.name: each for feature in features for each in feature.commands()}
        self._presses = {each.action: each for feature in features for each in feature.presses()}
        self._steps = {
            step: answer for feature in features for step, answer in feature.steps().items()
        }
        self._text = text
        self._group_text = group_text
        self._clock = clock
        self._unknown_command = unknown_command
        self._site_locale = site_locale
        self._patience = patience

    def commands(self, language: str | None, *, in_groups: bool) -> list[CommandEntry]:
        """
        The commands to offer in private or in groups, to readers of a language.

        `language`: any tag, None for the site's.
        """
        words = self._catalogues.words(choose(None, None, language, self._site_locale))
        return [
            CommandEntry(command.name, command.summary(words))
            for command in self._commands.values()
            if command.is_listed_in_groups or not in_groups
        ]

    async def command(self, name: str, argument: str, asker: Person, chat: Chat) -> Answer | None:
        """The answer to `/name argument`, None if nothing is to be said. Case does not matter."""
        settings = self._settings.current
        if settings is None:
            return self._not_ready(asker, chat)
        command = self._commands.get(name.lower())
        place = place_of(chat, asker.platform, settings)
        if not _speaks(command, asker, place, settings):
            return None
        question = self._question(asker, chat, settings)
        if command is None:
            return await self._with_account(question, self._unknown_command)
        if asker.is_anonymous and not command.is_for_anyone:
            return Answer(message=trouble.anonymous(question.words, chat.private_chat_url))
        return await self._with_account(
            question,
            lambda known: command.answer(known, argument.strip()),
            is_for_anyone=command.is_for_anyone,
        )

    async def press(self, action_data: str, asker: Person, chat: Chat) -> Answer:
        """The answer to the press of a button that carried `action_data`; there always is one."""
        settings = self._settings.current
        if settings is None:
            words = self._catalogues.words(self._language(asker))
            return Answer(notice=trouble.not_ready(words), is_alert=True)
        question = self._question(asker, chat, settings)
        if not question.is_private and is_quiet(asker.platform, settings):
            return Answer(notice=trouble.quiet_group(question.words), is_alert=True)
        found = self._find_press(action_data)
        if found is None or question.place is Place.OTHER_GROUP:
            return await self._refuse(question, trouble.stale_button)
        action, press = found
        if not (question.is_private or press.is_for_groups):
            return await self._refuse(question, trouble.private_only)
        answer = await self._with_account(
            question, lambda known: press.answer(known, action), is_press=True
        )
        return answer or Answer()

    async def text(self, text: str | None, asker: Person, chat: Chat) -> Answer | None:
        """
        The answer to an ordinary message, None if nothing is to be said. `text`: None for a message
        that is none: a picture, a sticker.
        """
        settings = self._settings.current
        if settings is None:
            return self._not_ready(asker, chat)
        question = self._question(asker, chat, settings)
        if question.place is Place.PRIVATE:
            return await self._with_account(question, lambda known: self._private(known, text))
        if question.place is Place.SITE_GROUP and text is not None:
            return await self._group_text(question, text)
        return None

    async def _private(self, question: Question, text: str | None) -> Answer:
        step = question.conversation
        if step is None or step.expires_at <= self._clock.now() or step.step not in self._steps:
            return await self._text(question, text)
        return await self._steps[step.step](question, text)

    def _question(self, asker: Person, chat: Chat, settings: SiteSettings) -> Question:
        return Question(
            asker=asker,
            chat=chat,
            place=place_of(chat, asker.platform, settings),
            settings=settings,
            words=self._catalogues.words(self._language(asker)),
        )

    def _language(
        self, asker: Person, account: Account | None = None, chosen: str | None = None
    ) -> Language:
        return choose(chosen, account and account.locale, asker.language, self._site_locale)

    def _not_ready(self, asker: Person, chat: Chat) -> Answer | None:
        if not chat.is_private:
            return None
        words = self._catalogues.words(self._language(asker))
        return Answer(message=sentence(trouble.not_ready(words)))

    def _find_press(self, action_data: str) -> tuple[Action, Press[Any]] | None:
        try:
            action = decode(action_data)
        except UnknownActionError:
            return None
        press = self._presses.get(type(action))
        return None if press is None else (action, press)

    async def _refuse(self, question: Question, reason: Callable[[Words], str]) -> Answer:
        """The notice of a press that does nothing, in the presser's language if it can be found."""

        async def tell(known: Question) -> Answer:
            return Answer(notice=reason(known.words), is_alert=True)

        answer = await self._with_account(question, tell, is_for_anyone=True, is_press=True)
        return answer or await tell(question)

    async def _with_account(
        self,
        question: Question,
        work: Work,
        *,
        is_for_anyone: bool = False,
        is_press: bool = False,
    ) -> Answer | None:
        """Do `work` with the asker's account and language, and say so when that cannot be."""
        words = question.words
        try:
            async with asyncio.timeout(self._patience):
                known = await self._find_account(question, is_for_anyone=is_for_anyone)
                words = known.words
                return await work(known)
        except (DatabaseUnavailableError, TimeoutError):
            return _told(trouble.database_away(words), is_press=is_press)
        except AmbiguousBindingError:
            return _told(trouble.ambiguous_binding(words), is_press=is_press)
        except AccountGoneError:
            return _told(trouble.account_gone(words), is_press=is_press)

    async def _find_account(self, question: Question, *, is_for_anyone: bool) -> Question:
        asker = question.asker
        if asker.is_anonymous:
            return question
        try:
            known = await self._bindings.look_up(asker.key, question.chat.target)
        except (DatabaseUnavailableError, AmbiguousBindingError):
            if is_for_anyone:
                return question
            raise
        language = self._language(asker, known.account, known.language)
        return replace(
            question,
            account=known.account,
            words=self._catalogues.words(language),
            conversation=known.conversation,
        )


def _speaks(command: Command | None, asker: Person, place: Place, settings: SiteSettings) -> bool:
    if place is Place.PRIVATE:
        return True
    is_for_any_group = command is not None and command.is_for_any_group
    if is_for_any_group and is_looking_for_group(asker.platform, settings):
        return True
    if is_quiet(asker.platform, settings):
        return False
    return place is Place.SITE_GROUP or is_for_any_group


def _told(told: str, *, is_press: bool) -> Answer:
    if is_press:
        return Answer(notice=told, is_alert=True)
    return Answer(message=sentence(told))
