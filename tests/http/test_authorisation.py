"""
Who may use the API, and how mistakes and outages are answered.
"""

import asyncio
import time
from pathlib import Path

import pytest

from config_store.live_settings import LiveSettings
from config_store.panel.tables import PanelTables
from tests.conftest import LogLines
from tests.databases import PrivateMariaDB
from tests.delivery.conftest import House
from tests.http.conftest import GROUP, TOKEN, Caller, Serve
from tests.patience import fair_time

ONCE = pytest.mark.parametrize("panel_url", ["sqlite"], indirect=True)
ON_MARIADB = pytest.mark.parametrize("panel_url", ["mariadb"], indirect=True)
PATHS = [
    ("POST", "/notifications"),
    ("GET", "/notifications/1"),
    ("GET", "/deliveries"),
    ("GET", "/deliveries/1"),
    ("POST", "/deliveries/1/retry"),
    ("POST", "/test-messages"),
    ("GET", "/nowhere"),
    ("DELETE", "/notifications"),
]


@ONCE
@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_no_route_answers_without_the_token(caller: Caller, method: str, path: str):
    """
    Whatever is asked for, known or not: 401 as JSON, and nothing is done.
    """
    answer = await caller.ask(method, f"/api/v1{path}", body=GROUP, token=None)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "api_token" in answer.error["message"]
    assert TOKEN not in answer.error["message"]
    assert not await caller.house.rows("SELECT 1 FROM im_notices")


@ONCE
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer \udcff\udcfe",
        "Bearer 密码",
    ],
)
async def test_only_the_very_token_is_let_in(caller: Caller, header: str):
    """
    Parts, other letters and other schemes are refused, and so is what is no text at all.
    """
    answer = await caller.get("/deliveries", token=None, headers={"Authorization": header})

    assert answer.status == 401


@ONCE
async def test_two_tokens_are_none(caller: Caller):
    """
    A request with two tokens is refused; the scheme's letters do not matter.
    """
    both = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer other")]
    async with caller.session.get("http://daemon/api/v1/deliveries", headers=both) as answer:
        refused = answer.status
    accepted = await caller.get(
        "/deliveries", token=None, headers={"Authorization": f"bEARER {TOKEN}"}
    )

    assert (refused, accepted.status) == (401, 200)


@ONCE
async def test_a_refusal_takes_the_same_time_whatever_is_right_about_it(caller: Caller):
    """
    A token that is right but for its end is refused as quickly as one that is all wrong.
    """

    async def fastest(token: str) -> float:
        times: list[float] = []
        for _ in range(60):
            began = time.perf_counter()
            await caller.get("/nowhere", token=token)
            times.append(time.perf_counter() - began)
        return sorted(times)[len(times) // 4]

    nearly, wrong = await fastest(TOKEN[:-1] + "x"), await fastest("x" * len(TOKEN))

    assert 0.5 < nearly / wrong < 2


@ONCE
async def test_without_a_token_set_the_api_is_off(house: House, serve: Serve):
    """
    No token opens an API that is off: 404, and a sentence that says what to set.
    """
    async with serve(house, token=None) as caller:
        answers = [await caller.get("/deliveries", token=token) for token in (None, "", "None")]
        health = await caller.ask("GET", "/healthz", token=None)

    assert [answer.status for answer in answers] == [404] * 3
    assert "api_token" in answers[0].error["message"]
    assert health.status == 200


@ONCE
async def test_unknown_addresses_and_methods_are_answered_as_json(caller: Caller):
    """
    404 and 405 have the shape of every other mistake.
    """
    unknown = await caller.ask("GET", "/nowhere")
    within = await caller.get("/nowhere")
    method = await caller.ask("DELETE", "/api/v1/notifications")

    assert (unknown.status, within.status, method.status) == (404, 404, 405)
    assert method.headers["Allow"] == "POST"
    for answer in (unknown, within, method):
        assert set(answer.error) == {"field", "message"}


@ONCE
async def test_a_body_over_a_mebibyte_is_refused(caller: Caller):
    """
    1 MiB is read, one byte more is 413; without the token it is 401 either way.
    """
    fits = await caller.post("/notifications", raw=b" " * 1024**2)
    over = await caller.post("/notifications", raw=b" " * (1024**2 + 1))
    stranger = await caller.post("/notifications", raw=b" " * 2 * 1024**2, token=None)

    assert (fits.status, over.status, stranger.status) == (400, 413, 401)
    assert "1 MiB" in over.error["message"]


@ONCE
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Encoding: gzip\r\nContent-Length: 4", b"abcd"),
        ("Transfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"),
    ],
)
async def test_a_body_that_is_not_what_its_headers_say(
    house: House, serve: Serve, tmp_path: Path, headers: str, body: bytes
):
    """
    It is answered as bad input, and the server goes on.
    """
    async with serve(house) as caller:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "http-1.sock")
        head = (
            f"POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        )
        writer.write(f"{head}{headers}\r\n\r\n".encode() + body)
        async with asyncio.timeout(5):
            line = await reader.readline()
        writer.close()
        after = await caller.get("/deliveries")

    assert line.split()[1] == b"400"
    assert after.status == 200


@ON_MARIADB
async def test_a_database_that_is_down_is_503(caller: Caller, mariadb: PrivateMariaDB):
    """
    Within three seconds the caller knows that he has to come back, and when.
    """
    await asyncio.to_thread(mariadb.stop)
    for method, path, body in [
        ("POST", "/notifications", GROUP),
        ("GET", "/notifications/1", None),
        ("GET", "/deliveries", None),
        ("POST", "/deliveries/1/retry", None),
    ]:
        began = fair_time()
        answer = await caller.ask(method, f"/api/v1{path}", body=body)

        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "database" in answer.error["message"]
        assert fair_time() - began < 3
    await asyncio.to_thread(mariadb.start)

    assert (await caller.notify()).status == 202


@ON_MARIADB
async def test_a_database_that_hangs_is_503_in_time(
    house: House, serve: Serve, mariadb: PrivateMariaDB, tables: PanelTables
):
    """
    Also before the settings were ever read, and for many who ask at once, nobody waits longer.
    """
    never_read = LiveSettings(database=house.database, tables=tables, interval=1.0)
    house.queue.notifier._settings = never_read
    async with serve(house, settings=never_read) as caller:
        assert (await caller.get("/deliveries")).status == 200
        mariadb.pause()
        began = fair_time()
        answers = await asyncio.gather(
            *(caller.notify() for _ in range(30)),
            caller.post(
                "/test-messages", body={"platform": "telegram", "target": "7", "text": "x"}
            ),
        )
        took = fair_time() - began
        mariadb.resume()

    assert {answer.status for answer in answers} == {503}
    assert took < 3.5


@ONCE
async def test_a_caller_who_hangs_up_is_no_fault_of_ours(
    house: House, serve: Serve, tmp_path: Path, log_lines: LogLines
):
    """
    Whoever goes away in the middle of a body leaves no error in the log.
    """
    async with serve(house) as caller:
        _, writer = await asyncio.open_unix_connection(tmp_path / "http-1.sock")
        head = (
            f"POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        )
        writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        after = await caller.get("/deliveries")

    assert after.status == 200
    assert not [line for line in log_lines if line["level"] in ("error", "warning")]
