"""„That was not me": the owner of an account ends a binding that somebody else has made of it."""

from collections.abc import Sequence
from typing import Any

from core.accounts.binding.bindings import BindingChangedError, Bindings
from core.accounts.binding.people import PersonKey
from core.accounts.leaving_group import LeavingGroup
from core.actions import EndBinding
from core.chat.asking import Answer, Question
from core.chat.feature import Feature, Press
from core.platform import PlatformName
from core.texts import security


class NotMe(Feature):
    """Ends bindings of the presser's own account that are those of other people."""

    def __init__(self, *, bindings: Bindings, leaving: LeavingGroup) -> None:
        self._bindings = bindings
        self._leaving = leaving

    def presses(self) -> Sequence[Press[Any]]:
        return (Press(action=EndBinding, answer=self._end),)

    async def _end(self, question: Question, action: EndBinding) -> Answer:
        words, account = question.words, question.account
        is_platform = action.platform in list(PlatformName)
        if account is None or account.id != action.account_id or not is_platform:
            return Answer(notice=security.no_such_binding(words), is_alert=True)
        person = PersonKey(PlatformName(action.platform), action.user)
        removal = self._leaving.with_unbinding(question.settings, person)
        try:
            await self._bindings.unbind(account.id, person, also=removal)
        except BindingChangedError:
            return Answer(notice=security.no_such_binding(words), is_alert=True)
        return Answer(notice=security.binding_ended(words), is_alert=True)
