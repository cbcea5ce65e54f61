"""
What the owner of an account is told when somebody binds it, tries to, or changes it through a chat.

`values` are those that `core.accounts.binding.security` gives: `platform` and `user` of whoever did
it, and whether the notice goes into a chat, where a button ends a binding that is not his.
"""

from collections.abc import Mapping

from core.actions import EndBinding
from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.platform import PlatformName
from core.texts.platforms import name_of
from core.texts.words import Words, one_line

Values = Mapping[str, str]


class SecurityTexts:
    """The notices. `binding_url`: the site's page of bindings, None if it is not known."""

    def __init__(self, *, binding_url: str | None) -> None:
        self._binding_url = binding_url

    def bound(self, words: Words, values: Values) -> Message:
        return self._message(
            words,
            words.say("security.bound_title"),
            words.say("security.bound", **_who(values)),
            values,
            offers_unbinding=True,
        )

    def unbound(self, words: Words, values: Values) -> Message:
        title = words.say("security.unbound_title")
        return self._message(words, title, words.say("security.unbound", **_who(values)), values)

    def displaced(self, words: Words, values: Values) -> Message:
        title = words.say("security.unbound_title")
        return self._message(words, title, words.say("security.displaced", **_who(values)), values)

    def failed_tries(self, words: Words, values: Values) -> Message:
        title = words.say("security.failed_tries_title")
        text = words.say("security.failed_tries", **_who(values))
        return self._message(words, title, text, values)

    def subscription_reset(self, words: Words, values: Values) -> Message:
        title = words.say("security.subscription_reset_title")
        text = words.say("security.subscription_reset", **_who(values))
        return self._message(words, title, text, values, offers_unbinding=True)

    def password_changed(self, words: Words, values: Values) -> Message:
        title = words.say("security.password_changed_title")
        text = words.say("security.password_changed", **_who(values))
        return self._message(words, title, text, values, offers_unbinding=True)

    def _message(
        self,
        words: Words,
        title: str,
        text: str,
        values: Values,
        *,
        offers_unbinding: bool = False,
    ) -> Message:
        not_you = words.say("security.not_you")
        return Message(
            blocks=(
                Heading(plain(title)),
                Paragraph(plain(text)),
                Paragraph(styled(not_you, Style.BOLD)),
            ),
            buttons=tuple(self._buttons(words, values, offers_unbinding=offers_unbinding)),
        )

    def _buttons(self, words: Words, values: Values, *, offers_unbinding: bool) -> list[ButtonRow]:
        rows: list[ButtonRow] = []
        if offers_unbinding and values["for"] == "chat":
            action = EndBinding(
                account_id=int(values["account_id"]),
                platform=values["platform"],
                user=values["user"],
            )
            rows.append((Button(words.say("security.end_binding"), action),))
        if self._binding_url is not None:
            rows.append((Button(words.say("security.open_site"), OpenUrl(self._binding_url)),))
        return rows


def binding_ended(words: Words) -> str:
    """The notice for who has ended the binding of another chat."""
    return words.say("security.binding_ended")


def no_such_binding(words: Words) -> str:
    return words.say("security.no_such_binding")


def _who(values: Values) -> dict[str, str]:
    return {
        "platform": name_of(PlatformName(values["platform"])),
        "user": one_line(values["user"]),
    }
