"""
What a request to the page means: who the newcomer is at the moment, where, and what a form says.

A form is answered as JSON to the page's script, and by going back to the page without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.page.telegram_view import Place
from sandbox.page.words import LANGUAGES, translator
from sandbox.panel.cast import CAST, Character

TABS = ("telegram", "panel", "discord", "slack")
_PEOPLE = {who.key: who for who in CAST}


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, at which conversation, with which pane in front, in which language."""

    who: Character
    place: Place
    tab: str
    language: str

    def address(self, **changes: str) -> str:
        """The page with some of it changed."""
        query = {"person": self.who.key, "place": self.place, "tab": self.tab}
        return "/?" + urlencode(query | changes)


def looking(request: web.Request) -> Looking:
    """
    What the request's query says; what it leaves out is as it was last, or as at the beginning.

    Raises:
        HTTPBadRequest: it names somebody or something that there is not.
    """
    query, cookies = request.query, request.cookies
    return Looking(
        find_person(query.get("person", _known(cookies.get("person"), _PEOPLE, CAST[0].key))),
        cast("Place", _one_of(query.get("place", "private"), ("private", "group"))),
        _one_of(query.get("tab", "telegram"), TABS),
        _one_of(query.get("lang", _known(cookies.get("lang"), LANGUAGES, "en")), LANGUAGES),
    )


def find_person(key: str) -> Character:
    """
    One of the cast.

    Raises:
        HTTPBadRequest: there is no such person.
    """
    return _PEOPLE[_one_of(key, _PEOPLE)]


class Form:
    """The fields of a form. Each getter raises HTTPBadRequest for what no page of ours sends."""

    def __init__(self, fields: "dict[str, str]") -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        try:
            return self._fields[name]
        except KeyError as error:
            raise web.HTTPBadRequest(text=f"{name} is missing\n") from error

    def number(self, name: str) -> int:
        try:
            return int(self.text(name))
        except ValueError as error:
            raise web.HTTPBadRequest(text=f"{name} is no number\n") from error

    def pair(self, name: str) -> tuple[int, int]:
        """Two numbers with a colon between them."""
        first, _, second = self.text(name).partition(":")
        if not (first.isdecimal() and second.isdecimal()):
            raise web.HTTPBadRequest(text=f"{name} is no pair of numbers\n")
        return int(first), int(second)

    def one_of(self, name: str, *choices: str) -> str:
        return _one_of(self.text(name), choices)

    @property
    def who(self) -> Character:
        return find_person(self.text("person"))

    @property
    def place(self) -> Place:
        return cast("Place", self.one_of("place", "private", "group"))


async def read_form(request: web.Request) -> Form:
    fields = await request.post()
    return Form({name: value for name, value in fields.items() if isinstance(value, str)})


def words_of(request: web.Request) -> Callable[[str], str]:
    """The translator into the language that the page is shown in."""
    return translator(_known(request.cookies.get("lang"), LANGUAGES, "en"))


def done(
    request: web.Request,
    notice: str = "",
    *,
    is_alert: bool = False,
    url: str = "",
    is_error: bool = False,
) -> web.Response:
    """
    Answer a form. `notice` is shown for a moment, or until it is closed with `is_alert`.

    `url`: where the page goes on to.
    """
    if "application/json" in request.headers.get("Accept", ""):
        body = {"notice": notice, "is_alert": is_alert, "url": url, "is_error": is_error}
        return web.json_response(body)
    back = urlsplit(request.headers.get("Referer", ""))
    here = f"/?{back.query}" if back.netloc == request.host and back.path == "/" else "/"
    return web.Response(status=303, headers={"Location": url or here})


def _one_of(value: str, choices: "tuple[str, ...] | dict[str, Character]") -> str:
    if value not in choices:
        raise web.HTTPBadRequest(text="There is no such thing here.\n")
    return value


def _known(
    value: str | None, choices: "tuple[str, ...] | dict[str, Character]", otherwise: str
) -> str:
    return value if value is not None and value in choices else otherwise
