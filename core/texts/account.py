"""The account at a glance: all of it in private, its traffic alone in the group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config_store.panel.accounts import AccountOverview
from core.accounts.subscriptions import SubscriptionAddress
from core.actions import AskUnbind, CheckIn, OpenPage, Page
from core.message import (
    Block,
    Button,
    ButtonRow,
    Field,
    Fields,
    Heading,
    Message,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts import subscription
from core.texts.layout import home_button, named, private_chat_row
from core.texts.words import Words, bar, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """
    What the account's page shows. `reader`: the id of the platform user who gets it. `addresses`
    are empty for a banned account, whose `banned_reason` is told instead.
    """

    overview: AccountOverview
    addresses: Sequence[SubscriptionAddress]
    is_banned: bool
    banned_reason: str
    reader: str
    has_check_in: bool
    now: datetime


def page(words: Words, facts: AccountFacts) -> Message:
    """The whole account, for the private chat."""
    blocks: list[Block] = [Heading(plain(words.say("account.title")))]
    if facts.is_banned:
        blocks.append(_ban(words, facts.banned_reason))
    blocks.append(Fields(_standing(words, facts.overview, facts.now)))
    blocks.append(Fields(_traffic(words, facts.overview)))
    if facts.addresses:
        blocks.append(Fields((subscription.field(words, facts.addresses[0]),)))
    return Message(blocks=tuple(blocks), buttons=_buttons(words, facts))


def group_page(
    words: Words,
    overview: AccountOverview,
    *,
    name: str,
    check_in_owner: str | None,
    private_chat_url: str | None,
) -> Message:
    """
    The traffic alone. `name`: of the person who asked; `check_in_owner`: who may press the
    check-in button, None for no button.
    """
    shown = one_line(name)
    title = words.say("traffic.of", name=shown) if shown else words.say("traffic.title")
    check_in: tuple[ButtonRow, ...] = ()
    if check_in_owner is not None:
        check_in = ((Button(words.say("button.check_in"), CheckIn(check_in_owner)),),)
    return Message(
        blocks=(Heading(plain(title)), Fields(_traffic(words, overview))),
        buttons=(*check_in, *private_chat_row(words, private_chat_url)),
    )


def _ban(words: Words, reason: str) -> Paragraph:
    shown = one_line(reason, limit=200)
    if not shown:
        return Paragraph(styled(words.say("account.banned"), Style.BOLD))
    return Paragraph(styled(words.say("account.banned_because", reason=shown), Style.BOLD))


def _standing(words: Words, overview: AccountOverview, now: datetime) -> tuple[Field, ...]:
    last_used = overview.last_used_at
    return (
        named(words.say("account.name"), one_line(overview.user_name)),
        named(words.say("account.level"), _level(words, overview.level)),
        named(words.say("account.expires"), _expiry(words, overview.level_expires_at, now)),
        named(words.say("account.balance"), words.money(overview.balance)),
        named(words.say("account.speed"), _speed(words, overview.speed_limit_mbps)),
        named(
            words.say("account.last_used"),
            words.say("account.never_used") if last_used is None else words.relative(last_used),
        ),
    )


def _level(words: Words, level: int) -> str:
    if level == 0:
        return words.say("account.level_free")
    return words.say("account.level_paid", level=words.number(level))


def _expiry(words: Words, at: datetime | None, now: datetime) -> str:
    if at is None:
        return words.say("account.never_expires")
    if at <= now:
        return words.say("account.expired", when=words.moment(at))
    return words.say("account.expires_in", when=words.moment(at), wait=words.relative(at))


def _speed(words: Words, limit_mbps: int) -> str:
    if limit_mbps == 0:
        return words.say("account.no_speed_limit")
    return words.say("unit.mbps", speed=words.number(limit_mbps))


def _traffic(words: Words, overview: AccountOverview) -> tuple[Field, ...]:
    whole = overview.allowance_bytes
    return (
        named(words.say("traffic.total"), words.bytes(whole)),
        _share(words, words.say("traffic.today"), overview.used_today_bytes, whole),
        _share(words, words.say("traffic.before_today"), overview.used_before_today_bytes, whole),
        _share(words, words.say("traffic.left"), overview.left_bytes, whole),
    )


def _share(words: Words, label: str, part_bytes: int, whole_bytes: int) -> Field:
    share = part_bytes / whole_bytes if whole_bytes > 0 else 0.0
    return named(label, f"{bar(share)} {words.bytes(part_bytes)} · {words.percent(share)}")


def _buttons(words: Words, facts: AccountFacts) -> tuple[ButtonRow, ...]:
    pages: list[Button] = []
    if facts.has_check_in:
        pages.append(Button(words.say("button.check_in"), CheckIn(facts.reader)))
    if facts.addresses:
        pages.append(Button(words.say("button.subscription"), OpenPage(Page.SUBSCRIPTION)))
    last = (Button(words.say("button.unbind"), AskUnbind()), home_button(words))
    return (tuple(pages), last) if pages else (last,)
