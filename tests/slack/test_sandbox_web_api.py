import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.slack import SlackLimits
from tests.slack.conftest import Site

Json = dict


class Caller:
    """Calls the local Slack as an app without any library."""

    def __init__(self, site: Site, session: aiohttp.ClientSession) -> None:
        self.site = site
        self.session = session
        self.token = site.app.token or ""

    async def __call__(self, method: str, *, form: bool = False, **arguments: object) -> Json:
        url = self.site.server.api_url + method
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"data": arguments} if form else {"json": arguments}
        async with self.session.post(url, headers=headers, **body) as response:
            self.status = response.status
            self.headers = response.headers
            return await response.json()

    async def error(self, method: str, *, form: bool = False, **arguments: object) -> str:
        return (await self(method, form=form, **arguments)).get("error", "")

    async def post(self, **arguments: object) -> Json:
        return await self("chat.postMessage", channel=self.site.channel.id, **arguments)


@pytest.fixture
async def call(site: Site) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(site, session)


def section(text: str, **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


def button(label: str = "x", **more: object) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": label}} | more


def actions(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}


async def test_tokens_are_told_apart(site: Site, call: Caller) -> None:
    """
    No token, a wrong one, one of the other kind and a revoked one have an error each.
    """
    good = call.token
    errors = []
    for token in ("", "xoxb-wrong", site.app.app_token or ""):
        call.token = token
        errors.append(await call.error("auth.test"))
    call.token = good
    errors.append(await call.error("apps.connections.open"))
    site.world.revoke_token(site.app)
    errors.append(await call.error("auth.test"))

    assert errors == [
        "not_authed",
        "invalid_auth",
        "not_allowed_token_type",
        "not_allowed_token_type",
        "token_revoked",
    ]
    assert call.status == 200


async def test_a_missing_scope_is_named(site: Site, call: Caller) -> None:
    """
    The answer says which scope is needed and which there are.
    """
    site.app.scopes = frozenset({"users:read"})

    answer = await call.post(text="x")

    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"] == "users:read"


async def test_arguments_come_as_json_or_as_a_form(site: Site, call: Caller) -> None:
    """
    Both are understood, and blocks in a form are JSON text.
    """
    blocks = [section("x")]
    await call.post(text="json", blocks=blocks)
    channel = site.channel.id
    await call(
        "chat.postMessage", form=True, channel=channel, text="form", blocks=json.dumps(blocks)
    )

    assert [(m.text, m.blocks) for m in site.world.messages(channel)] == [
        ("json", blocks),
        ("form", blocks),
    ]
    assert await call.error("chat.postMessage", form=True, channel=channel, blocks="{") == (
        "invalid_blocks_format"
    )


async def test_slips_in_a_call_are_refused(site: Site, call: Caller) -> None:
    """
    Unknown methods and arguments, missing ones and wrong kinds each get an error.
    """
    channel = site.channel.id

    assert await call.error("chat.shout") == "unknown_method"
    assert await call.error("chat.postMessage", text="x") == "invalid_arguments"
    assert await call.error("chat.postMessage", channel=channel, txt="x") == "invalid_arguments"
    assert await call.error("chat.postMessage", channel=1, text="x") == "invalid_arguments"
    mrkdwn = await call.error("chat.postMessage", channel=channel, text="x", mrkdwn="maybe")
    assert mrkdwn == "invalid_arguments"
    # Read methods take no JSON: to them the argument is missing
    assert await call.error("users.info", user=site.member.id) == "invalid_arguments"
    assert (await call("users.info", form=True, user=site.member.id))["ok"]


@pytest.mark.parametrize(
    "blocks",
    [
        [section("x" * 3001)],
        [section("")],
        [{"type": "section"}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "context", "elements": []}],
        [actions()],
        [actions(*(button(action_id=str(n)) for n in range(26)))],
        [actions(button("x" * 76))],
        [actions(button(action_id="x" * 256))],
        [actions(button(value="x" * 2001))],
        [actions(button(url="x" * 3001))],
        [actions(button(url="ftp://example.org"))],
        [actions(button(style="blue"))],
        [actions(button(action_id="a"), button(action_id="a"))],
        [section("x", block_id="a"), section("y", block_id="a")],
        [section("x", fields=[{"type": "mrkdwn", "text": "x" * 2001}])],
        [section("x", accessory={"type": "slider"})],
        [{"type": "marquee"}],
        [section("x")] * 51,
    ],
)
async def test_blocks_that_slack_would_not_take_are_refused(
    call: Caller, blocks: list[Json]
) -> None:
    """
    `invalid_blocks` comes with a pointer to the place.
    """
    answer = await call.post(text="x", blocks=blocks)

    assert answer["error"] == "invalid_blocks"
    assert "json-pointer:/blocks" in answer["response_metadata"]["messages"][0]


@pytest.mark.parametrize("blocks", ["x", {"type": "section"}, [1], 5])
async def test_what_are_no_blocks_has_an_error_of_its_own(call: Caller, blocks: object) -> None:
    """
    `invalid_blocks_format` is for what is no list of blocks.
    """
    assert (await call.post(text="x", blocks=blocks))["error"] == "invalid_blocks_format"


async def test_the_largest_blocks_are_taken_and_no_larger(call: Caller) -> None:
    """
    The limits themselves are within the limits; all text together has one too.
    """
    largest = [
        section("x" * 3000),
        actions(button("x" * 75, value="x" * 2000, action_id="x" * 255)),
        actions(button(url="https://example.org/" + "x" * 2980)),
    ]

    assert (await call.post(text="x", blocks=largest))["ok"]
    assert (await call.post(blocks=[section("x" * 2700)] * 5))["error"] == "msg_blocks_too_long"


async def test_text_has_its_limits(site: Site, call: Caller) -> None:
    """
    Nothing is refused, too much is cut when posted and refused when edited.
    """
    empty = await call.post(text=" ")
    posted = await call.post(text="x" * 40_001)
    channel = site.channel.id
    long = await call.error("chat.update", channel=channel, ts=posted["ts"], text="x" * 4001)

    assert empty["error"] == "no_text"
    assert len(site.world.messages(channel)[0].text) == 40_000
    assert long == "msg_too_long"


async def test_messages_are_changed_by_their_author(site: Site, call: Caller) -> None:
    """
    An app changes what it wrote, and nothing of anybody else's.
    """
    ts = (await call.post(text="x"))["ts"]
    foreign = site.world.write(site.member, site.channel, "hello").ts
    channel = site.channel.id

    assert (await call("chat.update", channel=channel, ts=ts, text="y"))["text"] == "y"
    assert await call.error("chat.update", channel=channel, ts=foreign, text="y") == (
        "cant_update_message"
    )
    assert await call.error("chat.delete", channel=channel, ts=foreign) == "cant_delete_message"
    assert (await call("chat.delete", channel=channel, ts=ts))["ok"]
    assert await call.error("chat.delete", channel=channel, ts=ts) == "message_not_found"


async def test_channels_are_closed_to_apps_outside(site: Site, call: Caller) -> None:
    """
    A public channel wants an invitation, a private one is not there at all.
    """
    public = site.world.add_channel("public", site.member)
    private = site.world.add_channel("private", site.member, is_private=True)

    assert await call.error("chat.postMessage", channel=public.id, text="x") == "not_in_channel"
    assert await call.error("chat.postMessage", channel=private.id, text="x") == (
        "channel_not_found"
    )
    site.world.invite(public, site.app.user)
    assert (await call("chat.postMessage", channel=public.id, text="x"))["ok"]


async def test_direct_messages_are_opened_once(site: Site, call: Caller) -> None:
    """
    Opening again gives the same channel; people who cannot be written to are refused.
    """
    gone = site.world.add_person("gone")
    gone.is_disabled = True
    first = await call("conversations.open", users=site.member.id)
    second = await call("conversations.open", users=site.member.id)

    assert first["channel"]["id"] == second["channel"]["id"]
    assert second["already_open"]
    for users, error in (
        ("U0UNKNOWN", "user_not_found"),
        (gone.id, "user_disabled"),
        (site.app.user.id, "cannot_dm_bot"),
        ("", "users_list_not_supplied"),
    ):
        assert await call.error("conversations.open", users=users) == error


async def test_a_burst_is_let_through_and_then_refused(site: Site, call: Caller) -> None:
    """
    A message a second and channel with a short burst: then 429 with whole seconds.
    """
    for _ in range(5):
        assert (await call.post(text="x"))["ok"]

    answer = await call.post(text="x")

    assert (call.status, answer["error"]) == (429, "ratelimited")
    assert call.headers["Retry-After"] == "1"
    other = site.world.add_channel("other", site.app.user)
    assert (await call("chat.postMessage", channel=other.id, text="x"))["ok"]


class TestTiers:
    @pytest.fixture
    def limits(self) -> SlackLimits:
        return SlackLimits(tiers={"t3": 1, "t4": 1, "t5": 100})

    async def test_other_methods_have_their_tier(self, site: Site, call: Caller) -> None:
        """
        A method's calls a minute are its own.
        """
        assert (await call("conversations.open", users=site.member.id))["ok"]
        assert await call.error("conversations.open", users=site.member.id) == "ratelimited"
        assert (await call("auth.test"))["ok"]


async def test_the_test_method_says_what_it_is_told(call: Caller) -> None:
    """
    `api.test` needs no token and gives back an error that is asked for.
    """
    call.token = ""

    assert (await call("api.test"))["ok"]
    assert await call.error("api.test", error="my_error") == "my_error"
