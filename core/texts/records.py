"""
The records of an account: a page that leads to four, each with the last few of one kind.

Times are told from now. What clients and strangers wrote into a record is cut to one short line.
"""

from collections.abc import Iterable, Sequence

from config_store.panel.records import Fetch, Login, OnlineAddresses, Rebate
from core.actions import OpenPage, Page
from core.message import Button, Heading, Message, Paragraph, Span, Style, Text, plain, styled
from core.texts.layout import back_row, home_button, two_a_row
from core.texts.words import Words, one_line

_ADDRESS_LENGTH = 45  # characters of the longest IPv6 address
_FORMAT_LENGTH = 16
_CLIENT_LENGTH = 40


def page(words: Words) -> Message:
    """The page of the menu."""
    kinds = (
        (words.say("records.logins"), Page.LOGINS),
        (words.say("records.online"), Page.ONLINE),
        (words.say("records.rebates"), Page.REBATES),
        (words.say("records.fetches"), Page.FETCHES),
    )
    return Message(
        blocks=(
            Heading(plain(words.say("records.title"))),
            Paragraph(plain(words.say("records.choose"))),
        ),
        buttons=(
            *two_a_row([Button(label, OpenPage(to)) for label, to in kinds]),
            (home_button(words),),
        ),
    )


def logins(words: Words, found: Sequence[Login] | None) -> Message:
    """The last log-ins; None: the site keeps none."""
    title = words.say("records.logins")
    if found is None:
        return _sub_page(words, title, plain(words.say("records.no_logins_kept")))
    if not found:
        return _sub_page(words, title, plain(words.say("records.no_logins")))
    return _sub_page(words, title, _lines(_login(words, each) for each in found))


def online(words: Words, found: OnlineAddresses) -> Message:
    """The addresses that are connected now."""
    title = words.say("records.online")
    if not found.number:
        return _sub_page(words, title, plain(words.say("records.nobody_online")))
    lines = [_address(each) for each in found.shown]
    if more := found.number - len(found.shown):
        lines.append(plain(words.plural("records.more_online", more)))
    return _sub_page(words, title, plain(_share_of_limit(words, found)), _lines(lines))


def rebates(words: Words, found: Sequence[Rebate]) -> Message:
    """The last rebates, without who paid."""
    title = words.say("records.rebates")
    if not found:
        return _sub_page(words, title, plain(words.say("records.no_rebates")))
    return _sub_page(words, title, _lines(_rebate(words, each) for each in found))


def fetches(words: Words, found: Sequence[Fetch] | None) -> Message:
    """The last fetches of the subscription; None: the site keeps none."""
    title = words.say("records.fetches")
    if found is None:
        return _sub_page(words, title, plain(words.say("records.no_fetches_kept")))
    if not found:
        return _sub_page(words, title, plain(words.say("records.no_fetches")))
    return _sub_page(words, title, _lines(_fetch(words, each) for each in found))


def _sub_page(words: Words, title: str, *paragraphs: Text) -> Message:
    return Message(
        blocks=(Heading(plain(title)), *(Paragraph(each) for each in paragraphs)),
        buttons=(back_row(words, Page.RECORDS),),
    )


def _login(words: Words, login: Login) -> Text:
    when, address = plain(words.relative(login.at)), _address(login.address)
    if login.succeeded:
        return words.rich("records.login", when=when, address=address)
    return words.rich("records.failed_login", when=when, address=address)


def _share_of_limit(words: Words, found: OnlineAddresses) -> str:
    number = words.number(found.number)
    if not found.limit:
        return words.say("records.online_unlimited", number=number)
    return words.say("records.online_of_limit", number=number, limit=words.number(found.limit))


def _rebate(words: Words, rebate: Rebate) -> Text:
    return words.rich(
        "records.rebate",
        when=plain(words.relative(rebate.at)),
        amount=styled(words.money(rebate.amount), Style.BOLD),
    )


def _fetch(words: Words, fetch: Fetch) -> Text:
    when, address = plain(words.relative(fetch.at)), _address(fetch.address)
    shown_format = styled(one_line(fetch.format, limit=_FORMAT_LENGTH), Style.BOLD)
    client = one_line(fetch.client, limit=_CLIENT_LENGTH)
    if not client:
        return words.rich("records.fetch", when=when, format=shown_format, address=address)
    return words.rich(
        "records.fetch_by", when=when, format=shown_format, address=address, client=plain(client)
    )


def _address(address: str) -> Text:
    return styled(one_line(address, limit=_ADDRESS_LENGTH), Style.CODE)


def _lines(lines: Iterable[Text]) -> Text:
    """Lines of text, one below the other."""
    first, *others = lines
    return (*first, *(span for line in others for span in (Span("\n"), *line)))
