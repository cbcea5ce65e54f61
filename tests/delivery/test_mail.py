"""
Mail: what waits for the panel's own mail queue, and what it looks like there.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_store.live_settings import LiveSettings
from core.actions import CheckIn
from core.delivery.content import LiteralContent, WordedContent
from core.delivery.mail import MOST_OF_BROADCASTS, NO_MAIL, is_address
from core.delivery.mail_html import subject_and_body
from core.delivery.model import ToEveryone, ToUser
from core.message import (
    Button,
    CodeBlock,
    CopyText,
    Field,
    Fields,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Quote,
    Span,
    Style,
    link,
    plain,
    styled,
)
from tests.conftest import AddAccount, SetConfig
from tests.delivery.conftest import House


@pytest.fixture
async def post(house: House, site: LiveSettings, set_config: SetConfig) -> House:
    """
    A site whose panel sends mail.
    """
    await set_config("email_driver", "smtp")
    await site.look()
    return house


@asynccontextmanager
async def handing_over(house: House, *, daemons: int = 1) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(daemons):
            tasks.create_task(house.queue.mail(lambda: True).run(stop))
        tasks.create_task(house.queue.expansion(lambda: True).run(stop))
        try:
            yield
        finally:
            stop.set()


async def mails(house: House) -> list[Any]:
    return await house.rows("SELECT * FROM email_queue ORDER BY id")


async def lanes(house: House) -> list[tuple[int, int]]:
    rows = await house.rows("SELECT unfinished, passed FROM im_lanes")
    return [(row.unfinished, row.passed) for row in rows]


async def test_who_has_no_chat_gets_a_mail(post: House, add_account: AddAccount):
    """
    The panel finds a row as it makes them itself: address, subject, template and variables.
    """
    account = await add_account(email="ming@example.com", user_name="Ming <b>")

    async with handing_over(post):
        await post.notifier.notify_user(account, "Traffic & more", "1 < 2\n<script>")
        await post.until_done()

    (mail,) = await mails(post)
    assert (mail.to_email, mail.subject, mail.template) == (
        "ming@example.com",
        "Traffic & more",
        "warn.tpl",
    )
    assert json.loads(mail.array) == {
        "user": {"user_name": "Ming &lt;b&gt;", "email": "ming@example.com"},
        "title": "Traffic &amp; more",
        "text": "1 &lt; 2<br>\n&lt;script&gt;",
    }
    assert abs(mail.time - post.time().timestamp()) < 60
    (row,) = await post.rows("SELECT * FROM im_deliveries")
    assert (row.state, row.attempts, row.last_error) == ("handed_over", 1, None)
    assert await lanes(post) == [(0, 0)]


async def test_a_mail_without_a_title_has_the_sites_name(
    open_house: Any, site: LiveSettings, set_config: SetConfig, add_account: AddAccount
):
    """
    A subject is never empty, and never more than one line.
    """
    await set_config("email_driver", "smtp")
    await site.look()
    post = open_house(site_name="Cloud")
    account = await add_account()

    async with handing_over(post):
        await post.notifier.notify_user(account, "", "Text")
        await post.notifier.notify_user(account, "a\r\nBcc: b@example.com", "Text")
        await post.until_done()

    subjects = [mail.subject for mail in await mails(post)]
    assert subjects == ["Cloud", "a Bcc: b@example.com"]


async def test_a_mail_is_in_the_readers_language(post: House, add_account: AddAccount):
    """
    What is worded is worded for its reader.
    """
    for locale in ("ja_JP", "zh-TW"):
        account = await add_account(locale=locale)
        content = WordedContent(message_id="greeting", values={"name": "Ming"})
        await post.notifier.accept(ToUser(account), content)

    async with handing_over(post):
        await post.until_done()

    texts = {json.loads(mail.array)["text"] for mail in await mails(post)}
    assert texts == {"ja_JP Ming", "zh_TW Ming"}


async def test_mails_to_one_address_keep_their_order(post: House, add_account: AddAccount):
    """
    The panel sends what is first in its queue first.
    """
    account = await add_account()

    async with handing_over(post):
        for number in range(12):
            await post.notifier.notify_user(account, str(number), "Text")
        await post.until_done()

    assert [mail.subject for mail in await mails(post)] == [str(number) for number in range(12)]


async def test_daemons_at_once_hand_over_once(post: House, add_account: AddAccount):
    """
    Four daemons that all take themselves to be on duty mail nothing twice.
    """
    accounts = [await add_account() for _ in range(30)]
    for account in accounts:
        for number in range(3):
            await post.notifier.notify_user(account, str(number), "Text")

    async with handing_over(post, daemons=4):
        await post.until_done(seconds=20)

    assert len(await mails(post)) == 90
    assert await post.states() == {"handed_over": 90}
    assert set(await lanes(post)) == {(0, 0)}


async def test_without_mail_the_reason_says_what_to_do(house: House, add_account: AddAccount):
    """
    A panel that sends no mail gets none, and its operator reads why.
    """
    account = await add_account()

    async with handing_over(house):
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until_done()

    (row,) = await house.rows("SELECT state, last_error FROM im_deliveries")
    assert (row.state, row.last_error) == ("failed", NO_MAIL)
    assert await mails(house) == []


async def test_an_address_that_is_none_fails(post: House, add_account: AddAccount):
    """
    The panel would drop it without a word.
    """
    good, bad = await add_account(), await add_account(email="not an address")
    await post.notifier.notify_user(bad, "Title", "Text")
    await post.notifier.notify_user(good, "Title", "Text")

    async with handing_over(post):
        await post.until_done()

    assert await post.states() == {"handed_over": 1, "failed": 1}
    (row,) = await post.rows("SELECT last_error FROM im_deliveries WHERE state = 'failed'")
    assert "correct it in the panel" in row.last_error


async def test_hostile_addresses_hold_up_nobody(post: House, add_account: AddAccount):
    """
    An address or a platform's id that is longer than any fails alone, also in a notice to everyone.
    """
    await add_account(email=f"{'a' * 240}@example.com")
    await add_account(im_type=4, im_value="9" * 200, contact_method=2, email="a@example.com")
    await add_account(email=f"b@{'a' * 60}.{'b' * 60}.{'c' * 60}.com")

    async with handing_over(post):
        await post.notifier.accept(ToEveryone(by_email=True), LiteralContent(text="to all"))
        await post.until_done()

    assert await post.states() == {"handed_over": 2, "failed": 1}
    assert [len(mail.to_email) for mail in await mails(post)] == [13, 188]


async def test_a_mail_goes_to_the_address_of_today(post: House, add_account: AddAccount):
    """
    An address that was changed while the mail waited is the one that counts.
    """
    account = await add_account(email="old@example.com")
    await post.notifier.notify_user(account, "Title", "Text")
    await post.rows("UPDATE user SET email = 'new@example.com'")

    async with handing_over(post):
        await post.until_done()

    assert [mail.to_email for mail in await mails(post)] == ["new@example.com"]
    (row,) = await post.rows("SELECT target FROM im_deliveries")
    assert row.target == "new@example.com"


async def test_what_is_too_late_or_nobodys_is_not_mailed(post: House, add_account: AddAccount):
    """
    A mail that lost its point, or its account, ends without one.
    """
    late, gone = await add_account(), await add_account()
    await post.notifier.notify_user(late, "Title", "Text")
    post.time.ahead = timedelta(days=2)
    await post.notifier.notify_user(gone, "Title", "Text")
    await post.rows("DELETE FROM user WHERE id = :id", id=gone)

    async with handing_over(post):
        await post.until_done()

    assert await post.states() == {"expired": 1, "cancelled": 1}
    assert await mails(post) == []


async def test_broadcasts_only_fill_the_panels_queue_up(post: House, add_account: AddAccount):
    """
    The panel takes mails slowly: a broadcast leaves its queue short, and direct mails go at once.
    """
    accounts = [await add_account() for _ in range(70)]
    await post.notifier.accept(ToEveryone(by_email=True), LiteralContent(text="to all"))

    async with handing_over(post):

        async def count() -> int:
            return len(await mails(post))

        async def is_full() -> bool:
            return await count() >= MOST_OF_BROADCASTS

        await post.until(is_full)
        await post.notifier.notify_user(accounts[0], "direct", "Text")

        async def is_direct_there() -> bool:
            return any(mail.subject == "direct" for mail in await mails(post))

        await post.until(is_direct_there)
        assert await count() == MOST_OF_BROADCASTS + 1
        await post.rows("DELETE FROM email_queue")
        await post.until_done(seconds=20)
        assert await count() == 20

    assert await post.states() == {"handed_over": 71}


async def test_a_stopped_database_only_delays(
    request: pytest.FixtureRequest, post: House, add_account: AddAccount
):
    """
    A hand-over that meets a database which is away happens once it is back.
    """
    if post.database.dialect == "sqlite":
        pytest.skip("an SQLite file cannot be stopped")
    server = request.getfixturevalue("mariadb")
    account = await add_account()
    await post.notifier.notify_user(account, "Title", "Text")
    await asyncio.to_thread(server.stop)

    async with handing_over(post):
        await asyncio.to_thread(server.start)
        await post.until(lambda: _is_done(post), seconds=20)

    assert len(await mails(post)) == 1


async def _is_done(house: House) -> bool:
    return (await house.states()).get("handed_over") == 1


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "A.b+c_d@mail.example.co.uk",
        "o'neil@example.org",
        "1@2x.de",
        f"{'a' * 64}@example.com",
    ],
)
def test_addresses(address: str):
    """
    What the panel would send to.
    """
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@example.com",
        "a@",
        "a@localhost",
        "a b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a@-example.com",
        "a@example.com\n",
        "a@example.com\r\nBcc: b@example.com",
        "明@example.com",
        "a@b@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b.' * 130}com",
    ],
)
def test_no_addresses(address: str):
    """
    What the panel would drop, or worse.
    """
    assert not is_address(address)


def test_a_whole_message_in_html():
    """
    Every kind of block and button, as inline HTML.
    """
    message = Message(
        blocks=(
            Heading(plain("Title & more")),
            Paragraph(
                (*plain("one\n"), *styled("two", Style.BOLD), *link("x", "https://a.de?b&c"))
            ),
            Fields((Field("Left", styled("1 GB", Style.CODE)), Field("剩余", plain("<5>")))),
            CodeBlock("if x:\n    y"),
            Quote(plain("said")),
            Paragraph((Span("odd", url="javascript:alert(1)"),)),
        ),
        buttons=(
            (Button("Open", OpenUrl("https://example.com/'\"")),),
            (Button("Open", OpenUrl("https://example.com/a")), Button("Copy", CopyText("<c>"))),
            (Button("Do", CheckIn("1")),),
        ),
    )

    subject, body = subject_and_body(message)

    assert subject == "Title & more"
    assert body.split("<br>\n<br>\n") == [
        'one<br>\n<b>two</b><a href="https://a.de?b&amp;c">x</a>',
        "Left: <code>1 GB</code><br>\n剩余：&lt;5&gt;",
        "<code>if x:<br>\n&#160;&#160;&#160;&#160;y</code>",
        "<i>said</i>",
        "odd (javascript:alert(1))",
        "Open: https://example.com/&#x27;&quot;",
        '<a href="https://example.com/a">Open</a>',
        "Copy: <code>&lt;c&gt;</code>",
    ]


def test_a_title_alone_is_the_text_as_well():
    """
    A mail is never empty.
    """
    message = Message(blocks=(Heading(plain("Title")),))

    assert subject_and_body(message) == ("Title", "<b>Title</b>")


class _Reader(HTMLParser):
    """What a mail program would make of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.addresses: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i", "u", "s", "code", "a", "br"}
        if tag == "br":
            return
        self.open.append(tag)
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        self.addresses += [value for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


_TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("<>&\"'/=\n{}$"), max_size=40)
_URLS = st.none() | st.sampled_from(
    [
        "https://example.com/?a=1&b=2",
        "javascript:alert(1)",
        'https://e.de/"onclick=',
        "mailto:a@b.de",
    ]
)
_SPANS = st.builds(Span, _TEXTS, st.frozensets(st.sampled_from(Style)), _URLS)
_LINES = st.lists(_SPANS, max_size=4).map(tuple)
_BLOCKS = (
    st.builds(Heading, _LINES)
    | st.builds(Paragraph, _LINES)
    | st.builds(Quote, _LINES)
    | st.builds(CodeBlock, _TEXTS)
    | st.builds(Fields, st.lists(st.builds(Field, _TEXTS, _LINES), max_size=3).map(tuple))
)
_BUTTONS = st.builds(Button, _TEXTS, st.builds(OpenUrl, _TEXTS) | st.builds(CopyText, _TEXTS))


@given(st.lists(_BLOCKS, max_size=4), st.lists(_BUTTONS, max_size=3))
def test_no_text_becomes_markup(blocks: list[Any], buttons: list[Button]):
    """
    Whatever a message says, only tags of ours come out, closed, and links that may be links.
    """
    message = Message(blocks=tuple(blocks), buttons=(tuple(buttons),))

    subject, body = subject_and_body(message)

    reader = _Reader()
    reader.feed(body)
    reader.close()
    assert not reader.open
    assert "\n" not in subject
    for address in reader.addresses:
        assert address is not None
        assert address.startswith(("https://", "http://", "mailto:", "tg:"))
