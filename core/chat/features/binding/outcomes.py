"""What a person is told about a proof of an account, whichever way it went."""

from core.accounts.binding.outcomes import (
    AccountBanned,
    AccountBoundElsewhere,
    AccountGone,
    Bound,
    PersonBoundElsewhere,
    Refusal,
)
from core.chat.asking import Answer, Question
from core.chat.features.main_menu import MainMenu
from core.message import Message
from core.texts import binding_outcomes
from core.texts.words import Words


class BindingOutcomes:
    """Tells outcomes. `binding_url`: the site's page of bindings, None if it is not known."""

    def __init__(self, *, main_menu: MainMenu, binding_url: str | None) -> None:
        self._main_menu = main_menu
        self._binding_url = binding_url

    def bound(
        self,
        question: Question,
        outcome: Bound,
        *,
        replaces: bool = False,
        shows_email: bool = False,
    ) -> Answer:
        """The account and the main menu. `shows_email`: its address, masked, is told as well."""
        message = binding_outcomes.done(
            question.words,
            user_name=outcome.user_name,
            masked_email=outcome.masked_email if shows_email else None,
            is_new=outcome.is_new,
            menu=self._main_menu.home(question).buttons,
        )
        return Answer(message=message, replaces=replaces)

    def refused(self, question: Question, refusal: Refusal, *, replaces: bool = False) -> Answer:
        """Why an account that was proved is not bound, and what can be done."""
        return Answer(message=self._reason(question.words, refusal), replaces=replaces)

    def _reason(self, words: Words, refusal: Refusal) -> Message:
        match refusal:
            case AccountBanned(reason):
                return binding_outcomes.account_banned(words, reason)
            case AccountBoundElsewhere():
                return binding_outcomes.account_bound_elsewhere(
                    words, binding_url=self._binding_url
                )
            case PersonBoundElsewhere():
                return binding_outcomes.already_bound(words)
            case AccountGone():
                return binding_outcomes.account_gone(words)
