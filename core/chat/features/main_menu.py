"""The main menu of a bound person, as it stands by the settings of the moment."""

from core.accounts.member_group import member_group
from core.chat.asking import Question
from core.message import Message
from core.texts import menu
from core.texts.menu import MenuFacts


class MainMenu:
    """Makes the main menu. `site_url`: None if the site's address is not known."""

    def __init__(self, *, site_name: str, site_url: str | None) -> None:
        self._site_name = site_name
        self._site_url = site_url

    def home(self, question: Question) -> Message:
        return menu.home(question.words, self._facts(question))

    def greeting(self, question: Question) -> Message:
        """The menu below a greeting, for who has just come."""
        return menu.greeting(question.words, self._facts(question), name=question.asker.name)

    def _facts(self, question: Question) -> MenuFacts:
        return MenuFacts(
            site_name=self._site_name,
            site_url=self._site_url,
            reader=question.asker.id,
            has_check_in=question.settings.enable_checkin,
            has_group=member_group(question.settings, question.asker.platform) is not None,
        )
