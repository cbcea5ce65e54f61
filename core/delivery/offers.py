"""
Notices as outsiders offer them, over HTTP or by command: examined before anything is written.

Lengths are in characters. What passes here is accepted by the queue whatever it says; control
characters and halves of surrogate pairs are taken out.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from config_store.bootstrap.routes import RouteTarget, route_target
from core.delivery.content import LiteralContent
from core.delivery.model import Kind, ToAdmins, ToChat, ToEveryone, ToGroup, ToUser
from core.delivery.notifier import Audience
from core.delivery.ways import TARGET_LENGTH
from core.markup import Format
from core.markup.characters import is_blank, legible
from core.platform import PlatformName

MOST_TITLE = 256
MOST_TEXT = 100_000
MOST_KEY = 190  # what `im_notices.dedupe_key` holds
_HIGHEST_ID = 2**63 - 1

_TARGETS = {
    PlatformName.TELEGRAM: "a chat's id such as -1001234567890, @name, or either with :topic",
    PlatformName.DISCORD: "the number of a channel or a user",
    PlatformName.SLACK: "the id of a channel or a user, such as C0123ABCD",
}

M = TypeVar("M", bound=BaseModel)


class Mistake(ValueError):  # noqa: N818 - it is one, whoever makes it
    """Something offered is not as expected. `field`: what, its parts with dots between."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def _title(value: str) -> str:
    title = " ".join(legible(value).split())
    if len(title) > MOST_TITLE:
        raise ValueError(f"expected at most {MOST_TITLE} characters")
    return title


def _text(value: str) -> str:
    text = legible(value)
    if is_blank(text):
        raise ValueError("expected a text that can be seen")
    return text


def _key(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("expected printable characters, without blanks around them")
    return value


def _left_out(default: object) -> BeforeValidator:
    """`null` is the same as leaving a value out."""
    return BeforeValidator(lambda value: default if value is None else value)


class Offered(BaseModel):
    """What comes from outside: nothing is guessed, no number made of a text, no field ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class OfferedToAdmins(Offered):
    """The administrators."""

    type: Literal["admins"]

    def meant(self) -> Audience:
        """The audience in the queue's words."""
        return ToAdmins()


class OfferedToGroup(Offered):
    """The site's group."""

    type: Literal["group"]

    def meant(self) -> Audience:
        """The audience in the queue's words."""
        return ToGroup()


class OfferedToEveryone(Offered):
    """All accounts."""

    type: Literal["everyone"]

    def meant(self) -> Audience:
        """The audience in the queue's words."""
        return ToEveryone()


class OfferedToUser(Offered):
    """One account. `id`: its own."""

    type: Literal["user"]
    id: Annotated[int, Field(ge=1, le=_HIGHEST_ID)]

    def meant(self) -> Audience:
        """The audience in the queue's words."""
        return ToUser(self.id)


class Target(Offered):
    """A target of a platform, in its own words."""

    platform: PlatformName
    target: Annotated[str, StringConstraints(min_length=1, max_length=TARGET_LENGTH)]

    @field_validator("target")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        platform = info.data.get("platform")
        if platform is None:
            return value
        try:
            found = route_target(f"{platform.value}:{value}")
        except ValueError as error:
            raise ValueError(f"expected {_TARGETS[platform]}") from error
        return found.target if isinstance(found, RouteTarget) else value


class OfferedToChat(Target):
    """A chat, channel or user of a platform."""

    type: Literal["chat"]

    def meant(self) -> Audience:
        """The audience in the queue's words."""
        return ToChat(self.platform, self.target)


class OfferedContent(Offered):
    """What is to be said. Every field but `text` may be left out."""

    title: Annotated[str, AfterValidator(_title), _left_out("")] = ""
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=MOST_TEXT), AfterValidator(_text)
    ]
    format: Annotated[Format, _left_out("plain")] = "plain"
    kind: Annotated[Kind, _left_out(Kind.CUSTOM)] = Kind.CUSTOM
    dedupe_key: (
        Annotated[str, StringConstraints(min_length=1, max_length=MOST_KEY), AfterValidator(_key)]
        | None
    ) = None

    @property
    def content(self) -> LiteralContent:
        """The same for the queue."""
        return LiteralContent(title=self.title, text=self.text, format=self.format)


class OfferedNotice(OfferedContent):
    """A notice. `audience` must be there as well."""

    audience: Annotated[
        OfferedToAdmins | OfferedToGroup | OfferedToEveryone | OfferedToUser | OfferedToChat,
        Field(discriminator="type"),
    ]


class OfferedTrial(Target):
    """A test message."""

    text: Annotated[
        str, StringConstraints(min_length=1, max_length=MOST_TEXT), AfterValidator(_text)
    ]


def read_json(model: type[M], body: bytes) -> M:
    """
    What a JSON text offers.

    Raises:
        Mistake: it is no JSON, or not what is expected; the first thing that is wrong.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _first_mistake(error) from error


def read_values(model: type[M], values: dict[str, Any]) -> M:
    """
    What values of this program's own types offer.

    Raises:
        Mistake: they are not what is expected; the first thing that is wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _first_mistake(error) from error


_AUDIENCES = frozenset({"admins", "group", "everyone", "user", "chat"})
_OUR_WORDS = {
    "extra_forbidden": "there is no such field",
    "missing": "this must be there",
    "model_type": "expected a JSON object",
    "model_attributes_type": "expected a JSON object",
    "string_unicode": "expected valid Unicode",
    "union_tag_not_found": "this must be there",
}
_THEIR_BEGINNINGS = (
    ("Value error, ", ""),
    ("Input should be ", "expected "),
    ("String should have ", "expected "),
)


def _first_mistake(error: ValidationError) -> Mistake:
    first = error.errors(include_url=False, include_input=False)[0]
    place = list(first["loc"])
    if place[:1] == ["audience"]:  # behind it stands which audience was meant
        if first["type"].startswith("union_tag"):
            place.append("type")
        elif len(place) > 1 and place[1] in _AUDIENCES:
            del place[1]
    message = _OUR_WORDS.get(first["type"], first["msg"])
    for theirs, ours in _THEIR_BEGINNINGS:
        message = message.replace(theirs, ours, 1)
    if first["type"] == "union_tag_invalid":
        message = f"expected one of {first.get('ctx', {}).get('expected_tags')}"
    return Mistake(".".join(str(part) for part in place) or "body", message)
