"""What a person without an account gets: how to bind in private, a hint in the group."""

from collections.abc import Sequence
from typing import Any

from core.actions import CheckBinding
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press
from core.chat.features.main_menu import MainMenu
from core.texts import binding

BINDING_PAGE = "/user/edit"  # where the panel binds platforms by itself


class UnboundPeople(Feature):
    """Answers people who are not bound. `site_url`: None if the site's address is not known."""

    def __init__(self, *, site_name: str, site_url: str | None, main_menu: MainMenu) -> None:
        self._site_name = site_name
        self._binding_url = None if site_url is None else f"{site_url.rstrip('/')}{BINDING_PAGE}"
        self._main_menu = main_menu

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=CheckBinding, answer=self._check_again),)

    def answer(self, question: Question, *, replaces: bool = False) -> Answer:
        """How to bind; `replaces`: in place of the message whose button was pressed."""
        words = question.words
        if not question.is_private:
            return Answer(message=binding.group_hint(words, question.chat.private_chat_url))
        prompt = binding.prompt(
            words,
            site_name=self._site_name,
            binding_url=self._binding_url,
            has_check_in=question.settings.enable_checkin,
        )
        return Answer(message=prompt, replaces=replaces)

    async def _check_again(self, question: Question, action: CheckBinding) -> Answer:
        # The prompt stays as it is: platforms refuse to put the same message in its own place.
        if question.account is None:
            return Answer(notice=binding.not_found(question.words), is_alert=True)
        return Answer(message=self._main_menu.greeting(question), replaces=True)
