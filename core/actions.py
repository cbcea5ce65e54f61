"""
What a press of a button asks for, and how it is written into the button.

Platforms give a button only a few bytes (Telegram: 64, Bot API `callback_data`) and hand them
back as the client sent them: they can be forged, or come from a message that an older version
made. So `decode` believes nothing; who may press is decided by who pressed, never by the data.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, get_type_hints

from core.accounts.encryption import EncryptionMethod
from core.accounts.subscription_formats import SubscriptionFormat
from core.texts.languages import Language

MAX_BYTES = 64  # Telegram's limit, the narrowest of the three platforms
_SEPARATOR = ":"


class UnknownActionError(Exception):
    """The data is no action of this version: stale, forged or from another program."""


class Page(StrEnum):
    """A page of the account menu. The values travel in buttons: never rename one."""

    HOME = "home"
    ACCOUNT = "account"
    SUBSCRIPTION = "subscription"
    CONNECTION = "connection"
    RECORDS = "records"
    LOGINS = "logins"
    ONLINE = "online"
    REBATES = "rebates"
    FETCHES = "fetches"
    INVITE = "invite"
    GROUP = "group"
    NOTIFICATIONS = "notifications"


@dataclass(frozen=True, slots=True)
class Action:
    """
    What a press asks for. Fields of a subclass are text, whole numbers or a `StrEnum`.

    `code` travels in buttons: two or three letters that are never given to another action.
    """

    code: ClassVar[str]


class PadKey(StrEnum):
    """A key of the number pad. The values travel in buttons: never rename one."""

    ZERO = "0"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"
    SEVEN = "7"
    EIGHT = "8"
    NINE = "9"
    DELETE = "d"
    CLEAR = "c"


@dataclass(frozen=True, slots=True)
class OpenPage(Action):
    """Show a page of the menu in place of the message that bears the button."""

    code: ClassVar[str] = "pg"
    page: Page


@dataclass(frozen=True, slots=True)
class CheckBinding(Action):
    """Look again whether the person is bound now: the press of who comes back from the site."""

    code: ClassVar[str] = "cb"


@dataclass(frozen=True, slots=True)
class BindByEmail(Action):
    """Bind with a code that is mailed to the account's address: asks for the address."""

    code: ClassVar[str] = "be"


@dataclass(frozen=True, slots=True)
class PressKey(Action):
    """Type a digit of the mailed code, or take digits back."""

    code: ClassVar[str] = "nk"
    key: PadKey


@dataclass(frozen=True, slots=True)
class SendCodeAgain(Action):
    """Mail another code to the same address."""

    code: ClassVar[str] = "sa"


@dataclass(frozen=True, slots=True)
class BindByCode(Action):
    """Bind with a code from the site: asks for it."""

    code: ClassVar[str] = "bc"


@dataclass(frozen=True, slots=True)
class BindByLink(Action):
    """Bind with the account's subscription link: asks for it."""

    code: ClassVar[str] = "bl"


@dataclass(frozen=True, slots=True)
class CheckIn(Action):
    """Collect today's bonus traffic. `owner`: the only platform user who may press it."""

    code: ClassVar[str] = "ci"
    owner: str


@dataclass(frozen=True, slots=True)
class OpenLanguages(Action):
    """Show the languages to choose from, also to who is not bound."""

    code: ClassVar[str] = "lo"


@dataclass(frozen=True, slots=True)
class ChooseLanguage(Action):
    """Speak this language from now on."""

    code: ClassVar[str] = "lc"
    language: Language


@dataclass(frozen=True, slots=True)
class FollowLanguage(Action):
    """Speak the account's language again, or the platform's."""

    code: ClassVar[str] = "lf"


@dataclass(frozen=True, slots=True)
class NotifyByEmail(Action):
    """Send the account's notices by mail. `platform`: where they come at the moment."""

    code: ClassVar[str] = "ne"
    platform: str


@dataclass(frozen=True, slots=True)
class NotifyInChat(Action):
    """Send the account's notices to the chat on `platform`."""

    code: ClassVar[str] = "nc"
    platform: str


@dataclass(frozen=True, slots=True)
class EndBinding(Action):
    """End a binding of the presser's account `account_id` to a user of a platform."""

    code: ClassVar[str] = "eb"
    account_id: int
    platform: str
    user: str


@dataclass(frozen=True, slots=True)
class InviteToGroup(Action):
    """Make an invitation to the site's group for one person."""

    code: ClassVar[str] = "gi"


@dataclass(frozen=True, slots=True)
class LiftGroupBan(Action):
    """Let the presser into the site's group again."""

    code: ClassVar[str] = "gl"


@dataclass(frozen=True, slots=True)
class AskUnbind(Action):
    """Ask once more before unbinding."""

    code: ClassVar[str] = "ua"


@dataclass(frozen=True, slots=True)
class Unbind(Action):
    """Unbind: the answer to being asked once more. `account_id`: whose binding was asked about."""

    code: ClassVar[str] = "ub"
    account_id: int


@dataclass(frozen=True, slots=True)
class CloseMessage(Action):
    """Delete the message that bears the button."""

    code: ClassVar[str] = "cl"


@dataclass(frozen=True, slots=True)
class ShowFormat(Action):
    """Show the subscription's address in a format."""

    code: ClassVar[str] = "sf"
    format: SubscriptionFormat


@dataclass(frozen=True, slots=True)
class ShowQrCode(Action):
    """Send the subscription's address in a format as a QR code."""

    code: ClassVar[str] = "qr"
    format: SubscriptionFormat


@dataclass(frozen=True, slots=True)
class AskReset(Action):
    """Ask once more before the subscription is reset. `format`: the one to come back to."""

    code: ClassVar[str] = "ra"
    format: SubscriptionFormat


@dataclass(frozen=True, slots=True)
class ResetSubscription(Action):
    """
    Reset the subscription. `account_id`, `fingerprint`: whose, and which token was asked about;
    `format`: the one to come back to.
    """

    code: ClassVar[str] = "rs"
    account_id: int
    fingerprint: str
    format: SubscriptionFormat


@dataclass(frozen=True, slots=True)
class ShowPassword(Action):
    """Show the connection's password, for a while."""

    code: ClassVar[str] = "ps"


@dataclass(frozen=True, slots=True)
class HidePassword(Action):
    """Hide the connection's password by showing `page` in its place."""

    code: ClassVar[str] = "ph"
    page: Page


@dataclass(frozen=True, slots=True)
class ChooseMethod(Action):
    """Show the encryption methods to choose from."""

    code: ClassVar[str] = "mo"


@dataclass(frozen=True, slots=True)
class ChangeMethod(Action):
    """Connect by this encryption method from now on. `account_id`: whose was asked about."""

    code: ClassVar[str] = "mc"
    account_id: int
    method: EncryptionMethod


@dataclass(frozen=True, slots=True)
class AskNewPassword(Action):
    """Ask once more before the connection gets a new password."""

    code: ClassVar[str] = "pa"


@dataclass(frozen=True, slots=True)
class ChangePassword(Action):
    """
    Give the connection a new password. `account_id`, `fingerprint`: whose, and which password was
    asked about.
    """

    code: ClassVar[str] = "pc"
    account_id: int
    fingerprint: str


_ACTIONS: dict[str, type[Action]] = {
    action.code: action
    for action in (
        OpenPage,
        CheckBinding,
        BindByEmail,
        PressKey,
        SendCodeAgain,
        BindByCode,
        BindByLink,
        CheckIn,
        OpenLanguages,
        ChooseLanguage,
        FollowLanguage,
        NotifyByEmail,
        NotifyInChat,
        EndBinding,
        InviteToGroup,
        LiftGroupBan,
        AskUnbind,
        CloseMessage,
        ShowFormat,
        ShowQrCode,
        AskReset,
        ResetSubscription,
        ShowPassword,
        HidePassword,
        ChooseMethod,
        ChangeMethod,
        AskNewPassword,
        ChangePassword,
        Unbind,
    )
}


def encode(action: Action) -> str:
    """
    The action as a button carries it.

    Raises:
        ValueError: it does not fit into `MAX_BYTES`, or a text in it holds the separator.
    """
    values = [str(getattr(action, field.name)) for field in fields(action)]
    if any(_SEPARATOR in value for value in values):
        raise ValueError(f"a value of {type(action).__name__} holds {_SEPARATOR!r}")
    data = _SEPARATOR.join([action.code, *values])
    if len(data.encode()) > MAX_BYTES:
        raise ValueError(f"{type(action).__name__} takes more than {MAX_BYTES} bytes: {data}")
    return data


def decode(data: str) -> Action:
    """
    The action that a button carried.

    Raises:
        UnknownActionError: `data` is not what `encode` makes of an action of this version.
    """
    code, *values = data.split(_SEPARATOR)
    action = _ACTIONS.get(code)
    if action is None or len(values) != len(fields(action)):
        raise UnknownActionError(code)
    types = get_type_hints(action)
    try:
        return action(
            *(
                _value(types[field.name], value)
                for field, value in zip(fields(action), values, strict=True)
            )
        )
    except ValueError as error:
        raise UnknownActionError(code) from error


def _value(kind: type, text: str) -> object:
    if kind is int and not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return kind(text)
