import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import AnswerKind, ChannelKind, DiscordLimits
from sandbox.faults import Drop
from tests.discord.conftest import Site

AGENT = "DiscordBot (https://example.org, 1)"
Json = dict


class Caller:
    """Calls the local Discord as a bot without any library."""

    def __init__(self, site: Site, session: aiohttp.ClientSession) -> None:
        self.site = site
        self.session = session
        self.headers = {"Authorization": f"Bot {site.bot.token}", "User-Agent": AGENT}

    async def __call__(self, method: str, path: str, json: object = None) -> tuple[int, Json]:
        url = self.site.server.api_url + path
        async with self.session.request(method, url, json=json, headers=self.headers) as response:
            body = await response.json() if response.status != 204 else {}
            self.answer_headers = response.headers
            return response.status, body


@pytest.fixture
async def call(site: Site) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(site, session)


@pytest.fixture
def path(site: Site) -> str:
    return f"/channels/{site.channel.id}/messages"


def button(**more: object) -> Json:
    return {"type": 2, "style": 1, "label": "x", "custom_id": "a"} | more


def rows(*buttons: Json) -> list[Json]:
    return [{"type": 1, "components": list(buttons)}]


@pytest.mark.parametrize("header", ["", "Bot wrong", "Bearer {}", "{}"])
async def test_a_call_without_the_token_is_unauthorized(
    site: Site, call: Caller, header: str
) -> None:
    """
    Only `Bot` and a known token let a call in.
    """
    call.headers["Authorization"] = header.format(site.bot.token)

    assert await call("GET", "/users/@me") == (401, {"message": "401: Unauthorized", "code": 0})


async def test_a_call_without_a_bots_user_agent_is_refused(call: Caller) -> None:
    """
    Discord's front refuses clients that do not say who they are.
    """
    call.headers["User-Agent"] = "Python"

    status, body = await call("GET", "/users/@me")

    assert (status, body["code"]) == (403, 40333)


async def test_unknown_routes_and_ids_are_refused(site: Site, call: Caller) -> None:
    """
    A slip in a path has Discord's own answers.
    """
    assert await call("GET", "/nothing") == (404, {"message": "404: Not Found", "code": 0})
    assert (await call("GET", "/channels/123"))[1]["code"] == 10003
    assert (await call("GET", "/users/123"))[1]["code"] == 10013
    assert (await call("GET", "/guilds/123"))[1]["code"] == 10004
    assert (await call("GET", f"/guilds/{site.guild.id}/members/123"))[1]["code"] == 10007
    status, body = await call("GET", "/channels/news")
    assert (status, body["code"]) == (400, 50035)
    assert "channel_id" in body["errors"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": 5}, "content"),
        ({"content": "x", "tts": "yes"}, "tts"),
        ({"content": "x", "nonce": "n" * 26}, "nonce"),
        ({"content": "x", "flags": 64}, "flags"),
        ({"content": "x", "text": "y"}, "text"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds"),
        ({"embeds": [{"description": "x" * 3001}, {"description": "x" * 3000}]}, "embeds"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds"),
        ({"embeds": [{"fields": [{"name": "x"}]}]}, "embeds"),
        ({"embeds": "x"}, "embeds"),
        ({"content": "x", "components": rows(button(), button())}, "components"),
        ({"content": "x", "components": rows(button(label="x" * 81))}, "components"),
        ({"content": "x", "components": rows(button(custom_id="x" * 101))}, "components"),
        ({"content": "x", "components": rows(button(custom_id=""))}, "components"),
        ({"content": "x", "components": rows(button(style=5))}, "components"),
        ({"content": "x", "components": rows()}, "components"),
        ({"content": "x", "components": [button()]}, "components"),
        ({"content": "x", "components": rows(*(button(custom_id=str(n)) for n in range(6)))},
         "components"),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "parse"),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
         "allowed_mentions"),
    ],
)  # fmt: skip
async def test_a_malformed_message_names_its_field(
    call: Caller, path: str, body: Json, wrong: str
) -> None:
    """
    What Discord would not take is refused with 50035 and a tree that leads to the field.
    """
    status, answer = await call("POST", path, body)

    assert (status, answer["code"]) == (400, 50035)
    assert list(answer["errors"]) == [wrong]


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": " \n"}, {"content": None}])
async def test_an_empty_message_is_refused(call: Caller, path: str, body: Json) -> None:
    """
    50006 is for what shows nothing.
    """
    assert (await call("POST", path, body))[1]["code"] == 50006


async def test_what_is_no_json_object_is_refused(site: Site, call: Caller, path: str) -> None:
    """
    A body that cannot be read has an error of its own.
    """
    assert (await call("POST", path, [1]))[1]["code"] == 50035
    url = site.server.api_url + path
    headers = call.headers | {"Content-Type": "application/json"}
    async with call.session.post(url, data="{", headers=headers) as response:
        assert (await response.json())["code"] == 50109


async def test_the_longest_message_is_taken(site: Site, call: Caller, path: str) -> None:
    """
    The limit itself is within the limit.
    """
    url = {"type": 2, "style": 5, "label": "x", "url": "https://example.org"}
    body = {"content": "汉" * 2000, "components": rows(button(), url), "nonce": "n" * 25}

    status, answer = await call("POST", path, body)

    assert status == 200
    (message,) = site.world.messages(site.channel)
    assert answer["id"] == message.id
    assert len(message.buttons) == 2


async def test_a_nonce_that_is_enforced_returns_the_first_message(
    site: Site, call: Caller, path: str
) -> None:
    """
    A repeat with the same nonce makes no second message; without `enforce_nonce` it does.
    """
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    first = await call("POST", path, body)
    second = await call("POST", path, body)
    await call("POST", path, {"content": "x", "nonce": "n"})

    assert first[1]["id"] == second[1]["id"]
    assert len(site.world.messages(site.channel)) == 2


async def test_mentions_ping_unless_they_are_switched_off(
    site: Site, call: Caller, path: str
) -> None:
    """
    What `allowed_mentions` leaves out notifies, as at Discord.
    """
    text = f"@everyone <@{site.member.id}>"
    await call("POST", path, {"content": text})
    await call("POST", path, {"content": text, "allowed_mentions": {"parse": ["users"]}})

    loud, careful = site.world.messages(site.channel)
    assert (loud.pings_everyone, loud.pinged) == (True, [site.member])
    assert (careful.pings_everyone, careful.pinged) == (False, [site.member])


async def test_messages_are_edited_and_deleted_by_their_author(
    site: Site, call: Caller, path: str
) -> None:
    """
    A bot changes what it wrote, and nothing of anybody else's.
    """
    _, own = await call("POST", path, {"content": "x"})
    foreign = site.world.write(site.member, site.channel, "hello")

    assert (await call("PATCH", f"{path}/{own['id']}", {"content": "y"}))[1]["content"] == "y"
    assert (await call("PATCH", f"{path}/{own['id']}", {"content": ""}))[1]["code"] == 50006
    assert (await call("PATCH", f"{path}/{foreign.id}", {"content": "y"}))[1]["code"] == 50005
    assert (await call("DELETE", f"{path}/{foreign.id}"))[1]["code"] == 50013
    assert (await call("DELETE", f"{path}/{own['id']}"))[0] == 204
    assert (await call("GET", f"{path}/{own['id']}"))[1]["code"] == 10008


async def test_a_direct_message_is_opened_once(site: Site, call: Caller) -> None:
    """
    Opening it again gives the same channel; nobody's id and a bot's are refused.
    """
    first = await call("POST", "/users/@me/channels", {"recipient_id": site.member.id})
    second = await call("POST", "/users/@me/channels", {"recipient_id": site.member.id})

    assert first[1]["id"] == second[1]["id"]
    for nobody in ("123", site.bot.user.id):
        answer = await call("POST", "/users/@me/channels", {"recipient_id": nobody})
        assert answer[1]["code"] == 50033


async def test_an_archived_thread_is_refused(site: Site, call: Caller) -> None:
    """
    A thread that is archived takes nothing.
    """
    thread = site.world.add_channel(site.guild, "old", kind=ChannelKind.THREAD)
    thread.is_archived = True

    answer = await call("POST", f"/channels/{thread.id}/messages", {"content": "x"})

    assert answer[1]["code"] == 50083


async def test_a_budget_is_told_and_then_refused(site: Site, call: Caller, path: str) -> None:
    """
    Each answer counts down; the call beyond gets a 429 that says how long, for this channel alone.
    """
    left = []
    for _ in range(5):
        await call("POST", path, {"content": "x"})
        left.append(call.answer_headers["X-RateLimit-Remaining"])
    status, answer = await call("POST", path, {"content": "x"})

    assert left == ["4", "3", "2", "1", "0"]
    assert status == 429
    assert 0 < answer["retry_after"] <= 5
    assert not answer["global"]
    assert call.answer_headers["Via"]
    other = site.world.add_channel(site.guild, "other")
    assert (await call("POST", f"/channels/{other.id}/messages", {"content": "x"}))[0] == 200


class TestWholeBot:
    @pytest.fixture
    def limits(self) -> DiscordLimits:
        return DiscordLimits(whole_bot=(2, 60))

    async def test_the_bots_own_limit_is_global(self, call: Caller) -> None:
        """
        Beyond it every route is refused, and the answer says that it is global.
        """
        await call("GET", "/users/@me")
        await call("GET", "/gateway/bot")
        status, answer = await call("GET", "/applications/@me")

        assert (status, answer["global"]) == (429, True)
        assert call.answer_headers["X-RateLimit-Global"] == "true"


async def test_commands_are_replaced_as_a_whole(site: Site, call: Caller) -> None:
    """
    A name that stays keeps its id; what Discord would not take is refused.
    """
    path = f"/applications/{site.bot.id}/commands"
    ping = {"name": "ping", "description": "Pong"}
    _, first = await call("PUT", path, [ping])
    _, second = await call("PUT", path, [ping, {"name": "my", "description": "Account"}])

    assert first[0]["id"] == second[0]["id"]
    assert [command["name"] for command in (await call("GET", path))[1]] == ["ping", "my"]
    for wrong in (
        [ping, ping],
        [{"name": "Ping", "description": "x"}],
        [{"name": "ping"}],
        [{"name": "ping", "description": "x" * 101}],
        [ping | {"name_localizations": {"zh_CN": "x"}}],
        [ping | {"description_localizations": {"zh-CN": ""}}],
    ):
        assert (await call("PUT", path, wrong))[1]["code"] == 50035
    many = [{"name": f"c{number}", "description": "x"} for number in range(101)]
    assert (await call("PUT", path, many))[1]["code"] == 30032


async def test_an_interaction_is_answered_once_and_followed_up(site: Site, call: Caller) -> None:
    """
    The first answer counts, the second is refused, follow-ups and the original can be changed.
    """
    message = site.world.post_as(site.bot, site.channel, "x", [[button()]])
    press = site.world.press(site.member, message, "a")
    callback = f"/interactions/{press.id}/{press.token}/callback"
    webhook = f"/webhooks/{site.bot.id}/{press.token}"
    answer = {"type": 4, "data": {"content": "for you", "flags": 64}}

    assert (await call("POST", webhook, {"content": "early"}))[1]["code"] == 10015
    assert (await call("POST", callback, answer))[0] == 204
    assert (await call("POST", callback, answer))[1]["code"] == 40060
    assert press.answer is AnswerKind.MESSAGE
    assert press.reply is not None
    assert press.reply.only_for is site.member
    edited = await call("PATCH", f"{webhook}/messages/@original", {"content": "changed"})
    assert edited[1]["content"] == "changed"
    assert (await call("POST", webhook, {"content": "more"}))[0] == 200
    assert (await call("DELETE", f"{webhook}/messages/@original"))[0] == 204


async def test_an_interaction_answered_late_is_unknown(
    site: Site, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    After three seconds the person has read that it failed.
    """
    message = site.world.post_as(site.bot, site.channel, "x", [[button()]])
    press = site.world.press(site.member, message, "a")
    press.made_at -= 3.1

    answer = await call("POST", f"/interactions/{press.id}/{press.token}/callback", {"type": 6})

    assert answer[1]["code"] == 10062
    assert press.has_failed


async def test_people_and_pages_wait_for_changes(site: Site) -> None:
    """
    Who waits for something in the world is woken when it happens.
    """
    waiting = asyncio.create_task(site.world.wait_for(lambda: site.world.messages(site.channel)))
    await asyncio.sleep(0)
    message = site.world.write(site.member, site.channel, "hello")

    assert await waiting == [message]


@pytest.mark.parametrize("nonce", [1 << 63, True, 1.5, ["n"]])
async def test_a_nonce_is_a_short_text_or_a_number_of_64_bits(
    site: Site, call: Caller, path: str, nonce: object
) -> None:
    """
    Anything else is refused by name.
    """
    status, answer = await call("POST", path, {"content": "x", "nonce": nonce})

    assert (status, answer["code"]) == (400, 50035)
    assert "nonce" in answer["errors"]


async def test_calls_are_kept_and_counted(site: Site, call: Caller, path: str) -> None:
    """
    By route, channel and status; one that got no answer has none.
    """
    site.server.faults.order(Drop(after=True))
    with pytest.raises(aiohttp.ClientError):
        await call("POST", path, {"content": "x"})
    await call("POST", path, {"content": "y"})

    calls = site.server.calls
    route = "POST /channels/{channel_id}/messages"
    assert [(one.target, one.status) for one in calls.of(route)] == [
        (site.channel.id, 0),
        (site.channel.id, 200),
    ]
    assert (calls.count(route), calls.count_status(0), calls.refused) == (2, 1, 0)
