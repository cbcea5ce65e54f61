"""Inviting: what it brings in words, the address to hand on, and what it has brought so far."""

from decimal import Decimal

from core.accounts.invitations import Invitation, InvitePlan
from core.message import (
    Block,
    ButtonRow,
    CodeBlock,
    Fields,
    Heading,
    Message,
    Paragraph,
    plain,
)
from core.texts.layout import copy_button, copyable, home_button, named, sentence
from core.texts.words import Words

_GB = 1024**3  # bytes


def page(words: Words, plan: InvitePlan, invitation: Invitation, *, site_name: str) -> Message:
    """The page of the menu."""
    share = _share_text(words, invitation, site_name)
    return Message(
        blocks=(
            Heading(plain(words.say("invite.title"))),
            Paragraph(plain(_plan(words, plan))),
            _address(words, invitation),
            *((CodeBlock(share),) if share else ()),
            Fields((named(words.say("invite.earned"), _earned(words, invitation)),)),
        ),
        buttons=(*_copy_row(words, invitation, share), (home_button(words),)),
    )


def banned(words: Words) -> Message:
    """The page of an account that is banned."""
    return sentence(words.say("invite.banned"), (home_button(words),))


def _plan(words: Words, plan: InvitePlan) -> str:
    if plan.is_empty:
        return words.say("invite.no_plan")
    lines: list[str] = []
    if plan.traffic_gb:
        traffic = words.bytes(plan.traffic_gb * _GB)
        lines.append(words.say("invite.traffic", traffic=traffic))
    if plan.money_yuan:
        money = words.money(Decimal(plan.money_yuan))
        lines.append(words.say("invite.money", money=money))
    if plan.rebate_share:
        share = words.percent(float(plan.rebate_share))
        lines.append(words.say("invite.rebate", share=share))
    return "\n".join((words.say("invite.plan"), *lines))


def _address(words: Words, invitation: Invitation) -> Block:
    if invitation.url is None:
        return Paragraph(plain(words.say("invite.no_address")))
    return Fields((copyable(words.say("invite.link"), invitation.url),))


def _share_text(words: Words, invitation: Invitation, site_name: str) -> str | None:
    """What to send to friends, None without an address."""
    if invitation.url is None:
        return None
    return words.say("invite.share", site=site_name, url=invitation.url)


def _earned(words: Words, invitation: Invitation) -> str:
    if not invitation.rebates:
        return words.money(invitation.earned)
    return words.plural(
        "invite.earned_by", invitation.rebates, money=words.money(invitation.earned)
    )


def _copy_row(words: Words, invitation: Invitation, share: str | None) -> tuple[ButtonRow, ...]:
    if invitation.url is None or share is None:
        return ()
    row = (
        *copy_button(words.say("invite.copy_link"), invitation.url),
        *copy_button(words.say("invite.copy_share"), share),
    )
    return (row,) if row else ()
