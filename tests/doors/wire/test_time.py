"""Time: a request must come, a body must come fast enough, an answer must be taken; who waits for us may wait."""

from __future__ import annotations

import re
import time
from dataclasses import fields
from pathlib import Path

import orjson

from app.wire.limits import Limits
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.socket import SocketClient
from tests.kit.wire import Wire, head

QUERY = b'{"query": "{ __typename }"}'
POST = {"Content_Type": "application/json", "Content_Length": str(len(QUERY))}


def test_a_silent_connection_is_closed(impatient: ServerProcess):
    with Wire(impatient.url) as wire:
        began = time.monotonic()
        assert wire.closed(3)
        assert 0.4 < time.monotonic() - began < 2


def test_half_a_head_is_408(impatient: ServerProcess):
    whole = head("GET /livez")
    for sent in (b"G", b"\r\n", whole[:-1], whole[:20]):
        with Wire(impatient.url) as wire:
            wire.say(sent)
            answer = wire.hear()
            assert (answer.status, answer.code, answer.headers["connection"]) == (408, "request_timeout", "close")
            assert wire.closed()


def test_a_head_in_drops_has_no_more_time(impatient: ServerProcess):
    with Wire(impatient.url) as wire:
        began = time.monotonic()
        for byte in head("GET /livez"):
            wire.say(bytes([byte]), pause=0.05)
            if time.monotonic() - began > 1.2:
                break
        assert wire.hear().status == 408


def test_so_has_the_second_head_of_a_connection(impatient: ServerProcess):
    with Wire(impatient.url) as wire:
        wire.say(head("GET /livez") + b"GET")
        assert [wire.hear().status, wire.hear().status] == [200, 408]
        assert wire.closed()


def test_half_a_body_is_408_and_does_nothing(impatient: ServerProcess):
    for first in (head("POST /graphql", **POST), head("POST /graphql", **POST | {"Content_Length": "900"})):
        with Wire(impatient.url) as wire:
            wire.say(first, QUERY[:5])
            answer = wire.hear()
            assert (answer.status, answer.json["errors"][0]["extensions"]["code"]) == (408, "request_timeout")
            assert wire.closed()


def test_an_upload_in_drops_is_408(impatient: ServerProcess):
    first = head("POST /api/v1/intake", Content_Type="application/edi-x12", Transfer_Encoding="chunked")
    with Wire(impatient.url) as wire:
        began = time.monotonic()
        wire.say(first)
        while time.monotonic() - began < 1.6:
            wire.say(b"100\r\n" + b"x" * 256 + b"\r\n", pause=0.02)
        assert wire.hear().status in {401, 408, 429}
        assert wire.closed()


async def test_a_body_that_comes_at_its_rate_is_read(impatient: ServerProcess, key: Key):
    body = QUERY + b" " * 200_000
    given = POST | {"Authorization": f"Bearer {await key()}", "Content_Length": str(len(body))}
    with Wire(impatient.url) as wire:
        wire.say(head("POST /graphql", **given))
        wire.say(*(body[at : at + 20_000] for at in range(0, len(body), 20_000)), pause=0.1)  # 1 s
        assert wire.hear().status == 200


def test_an_idle_connection_is_kept_for_a_while(impatient: ServerProcess):
    with Wire(impatient.url) as wire:
        for _ in range(2):
            wire.say(head("GET /livez"))
            assert wire.hear().status == 200
            assert not wire.closed(0.5)
        began = time.monotonic()
        assert wire.closed(3)
        assert time.monotonic() - began < 2


async def test_who_waits_for_us_is_not_idle(impatient: ServerProcess, key: Key):
    shown = await key()
    feed = impatient.http.get("/api/v1/changes", headers={"authorization": f"Bearer {shown}"}).json()
    given = {"Authorization": f"Bearer {shown}"}
    subscription = orjson.dumps({"query": "subscription { changes { cursor } }"})
    stream = {**given, "Accept": "text/event-stream", "Content_Type": "application/json"}
    async with SocketClient(impatient.url, shown) as socket:
        with Wire(impatient.url) as poll, Wire(impatient.url) as events:
            poll.say(head(f"GET /api/v1/changes?wait=2&cursor={feed['latest_cursor']}", **given))
            events.say(head("POST /graphql", **stream, Content_Length=str(len(subscription))) + subscription)
            assert events.hear().status == 200
            assert poll.hear().json["data"] == []  # after 2 s, more than any of the limits
            assert not events.closed(0.1)
            await socket.say(type="ping")
            assert await socket.hear() == {"type": "pong"}


def test_who_does_not_read_is_given_up(impatient: ServerProcess):
    large = head("GET /api/openapi")
    with Wire(impatient.url) as wire:
        wire.say(large * 40)
        began = time.monotonic()
        time.sleep(4)  # long after the server's patience, on a busy machine as well
        read = 0
        while part := wire.socket.recv(1 << 20):
            read += len(part)
        assert time.monotonic() - began < 8
        assert 0 < read < 40 * len(impatient.http.get("/api/openapi").content)


def test_the_limits_are_what_the_documentation_says():
    text = (Path(__file__).parents[3] / "docs" / "operating.md").read_text()
    limits = Limits()
    for each in fields(limits):
        value = getattr(limits, each.name)
        shown = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        if each.name not in {"connections", "connections_per_address"}:
            assert re.search(rf"\| `{each.name}` \| {shown} \|", text), each.name
