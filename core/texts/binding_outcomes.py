"""What came of trying to bind, and what to do next."""

from datetime import datetime

from core.accounts.binding.methods import BindingMethod
from core.actions import Action, AskUnbind, BindByCode, BindByEmail, BindByLink
from core.message import (
    Block,
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
from core.texts.binding import back_row
from core.texts.layout import home_button, sentence
from core.texts.words import Words, one_line


def done(
    words: Words,
    *,
    user_name: str,
    masked_email: str | None,
    is_new: bool,
    menu: tuple[ButtonRow, ...],
) -> Message:
    """
    Bound, with the main menu below. `masked_email`: for who came by a link, None for others.
    """
    title = words.say("binding.done_title") if is_new else words.say("binding.done_before_title")
    name = styled(one_line(user_name), Style.BOLD)
    blocks: list[Block] = [
        Heading(plain(title)),
        Paragraph(words.rich("binding.done", name=name)),
    ]
    if masked_email is not None:
        email = styled(one_line(masked_email), Style.BOLD)
        blocks.append(Paragraph(words.rich("binding.done_by_link", email=email)))
    not_you = Button(words.say("binding.not_you"), AskUnbind())
    return Message(blocks=tuple(blocks), buttons=(*menu, (not_you,)))


def already_bound(words: Words) -> Message:
    """For who has an account and wants to bind."""
    return sentence(
        words.say("binding.already"),
        (Button(words.say("button.unbind"), AskUnbind()), home_button(words)),
    )


def already_bound_notice(words: Words) -> str:
    """The same as the notice of a press whose message stays as it is."""
    return words.say("binding.already_notice")


def account_banned(words: Words, reason: str) -> Message:
    shown = one_line(reason, limit=200)
    if not shown:
        return sentence(words.say("binding.account_banned"), back_row(words))
    return sentence(words.say("binding.account_banned_because", reason=shown), back_row(words))


def account_bound_elsewhere(words: Words, *, binding_url: str | None) -> Message:
    """`binding_url`: the site's page on which it can be unbound, None if not known."""
    site: tuple[ButtonRow, ...] = ()
    if binding_url is not None:
        site = ((Button(words.say("button.site"), OpenUrl(binding_url)),),)
    return sentence(words.say("binding.account_elsewhere"), *site, back_row(words))


def account_gone(words: Words) -> Message:
    return sentence(words.say("binding.account_gone"), back_row(words))


def email_code_spent(words: Words) -> Message:
    """The mailed code has expired, or all its tries are used."""
    return begin_again(words, words.say("binding.code_spent"), BindingMethod.EMAIL)


def site_code_spent(words: Words) -> Message:
    """The code from the site has expired."""
    return begin_again(words, words.say("binding.site_code_spent"), BindingMethod.CODE)


def expired(words: Words, method: BindingMethod) -> Message:
    """The step was left alone for too long."""
    return begin_again(words, words.say("binding.step_expired"), method)


def no_code_expected(words: Words) -> Message:
    """For six digits while no code is asked for."""
    return begin_again(words, words.say("binding.no_code_expected"), BindingMethod.EMAIL)


def too_many_tries(words: Words, until: datetime) -> str:
    when, wait = words.moment(until), words.relative(until)
    return words.say("binding.too_many_tries", when=when, wait=wait)


def too_many_mails(words: Words, until: datetime) -> str:
    when, wait = words.moment(until), words.relative(until)
    return words.say("binding.too_many_mails", when=when, wait=wait)


def begin_again(words: Words, said: str, method: BindingMethod) -> Message:
    """What went wrong, and a button that begins anew, for a way that asks in chat."""
    begins: Action = {
        BindingMethod.EMAIL: BindByEmail(),
        BindingMethod.CODE: BindByCode(),
        BindingMethod.SUBSCRIPTION: BindByLink(),
    }[method]
    return sentence(said, (Button(words.say("binding.again"), begins), *back_row(words)))
