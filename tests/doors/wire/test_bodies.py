"""Bodies: their framing is bounded, and nothing of it becomes a header."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from tests.benchmarks.measure import cpu_of
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant
from tests.kit.wire import Heard, Wire, ask, head

QUERY = b'{"query": "{ myAccess { scopes } }"}'


def chunks(body: bytes, size: int, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """A chunked body."""
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in pieces) + b"0\r\n%b\r\n" % trailers


def chunked(key: str, body: bytes, **headers: str) -> bytes:
    given = {"Authorization": f"Bearer {key}"} if key else {}
    first = head("POST /graphql", Content_Type="application/json", Transfer_Encoding="chunked", **given, **headers)
    return first + body


SHAPES = {
    "one chunk": chunks(QUERY, 1_000),
    "single bytes": chunks(QUERY, 1),
    "extensions": chunks(QUERY, 10, b';name="value"'),
    "trailers": chunks(QUERY, 10, b"", b"X: y\r\nZ: y\r\n"),
    "empty lines": chunks(b"\r\n\r\n" + QUERY + b"\r\n\r\n\r\n\r\n" * 5_000, 999),
    "large": chunks(QUERY + b" " * 1_000_000, 8_192),
    "large, single bytes": chunks(QUERY + b" " * 100_000, 1),
}

SHOWN = {"myAccess": {"scopes": ["attachments.view", "quotes.view"]}}
"""A key that may view quotes may view their attachments."""


@pytest.mark.parametrize("shape", SHAPES)
async def test_chunked_bodies_are_read(url: str, key: Key, shape: str):
    answer = ask(url, chunked(await key("quotes.view"), SHAPES[shape]))
    assert (answer.status, answer.json["data"]) == (200, SHOWN)


TOO_MUCH = {
    "an extension": chunks(QUERY, 1_000, b";x=" + b"y" * 100_000),
    "an endless extension": b"5;" + b"x" * 5_000_000,
    "extensions": chunks(QUERY * 200, 1, b";x=" + b"y" * 100),
    "trailers": chunks(QUERY, 1_000, b"", b"X: " + b"y" * 20_000 + b"\r\n"),
    "trailer lines": chunks(QUERY, 1_000, b"", b"X: y\r\n" * 101),
    "endless trailers": chunks(QUERY, 1_000)[:-2] + b"X: y\r\n" * 1_000_000,
    "an endless trailer": chunks(QUERY, 1_000)[:-2] + b"X: " + b"y" * 20_000_000,
    "an endless size": b"0" * 5_000_000,
}


@pytest.mark.parametrize("what", TOO_MUCH)
async def test_framing_is_bounded(usual: ServerProcess, key: Key, what: str):
    before = cpu_of(usual.pid)[usual.pid]
    with Wire(usual.url) as wire:
        wire.say(chunked(await key(), TOO_MUCH[what]))
        answer = wire.hear()
        assert answer.code in {"head_too_large", "bad_request"}
        assert answer.status in {431, 400}
        assert answer.status == 431 or what == "an endless size"
        assert wire.closed()
    assert cpu_of(usual.pid)[usual.pid] - before < 0.3


@pytest.mark.parametrize(
    "body",
    [b"x\r\n", b"5\r\nhello0\r\n\r\n", b"-1\r\n\r\n", b"5\nhello\n0\n\n", b"1g\r\n", b"5\r\nhello\r\n0\r\nX y\r\n\r\n"],
)
async def test_broken_chunks_are_400(url: str, key: Key, body: bytes):
    with Wire(url) as wire:
        wire.say(chunked(await key(), body))
        answer = wire.hear()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert wire.closed()


async def test_a_command_whose_body_breaks_off_is_not_done(url: str, company: Tenant, key: Key):
    command = orjson.dumps({"query": 'mutation { createClient(input: {name: "Acme Co"}) { id } }'})
    shown = await key()
    for broken in (chunks(command, 30)[:-5] + b"x\r\n", chunks(command, 30, b"", b"X: " + b"y" * 20_000 + b"\r\n")):
        with Wire(url) as wire:
            wire.say(chunked(shown, broken))
            assert wire.hear().status in {400, 431}
    assert await company.value("select count(*) from clients where workspace_id = $1", company.workspace_id) == 0


def forwarded(url: str, shown: str, address: str, trailers: bytes = b"", **more: str) -> Heard:
    """A query as a proxy forwards it."""
    return ask(url, chunked(shown, chunks(QUERY, 1_000, b"", trailers), X_Forwarded_For=address, **more))


async def test_trailers_are_dropped(server: Callable[..., ServerProcess], key: Key):
    proxied = server(FORGE_TRUSTED_PROXIES="127.0.0.0/8").url
    shown, other = await key("quotes.view"), await key("clients.view")
    inside = await key("quotes.view", allowed_cidrs=["10.1.2.0/24"])
    assert forwarded(proxied, inside, "10.1.2.3").status == 200
    assert forwarded(proxied, inside, "10.9.9.9").status == 401
    for trailer in (b"X-Forwarded-For: 10.1.2.3\r\n", b"x-forwarded-for: 10.1.2.3\r\n" * 3):
        assert forwarded(proxied, inside, "10.9.9.9", trailer).status == 401
    answer = forwarded(proxied, shown, "10.1.2.3", b"Authorization: Bearer %b\r\n" % other.encode())
    assert answer.json["data"] == SHOWN
    answer = forwarded(proxied, "", "10.1.2.3", b"Authorization: Bearer %b\r\n" % other.encode())
    assert answer.status == 401
    twice = "10.9.9.9\r\nX-Forwarded-For: 10.1.2.3, 10.9.9.9"
    assert forwarded(proxied, inside, twice).status == 401
    for garbage in ("", "x" * 5_000, "\xff", "10.1.2.3:x", "[::1", "::ffff:10.1.2.3, 10.9.9.9", ",,,", "1e400"):
        assert forwarded(proxied, inside, garbage).status == 401


def test_what_is_answered_early_does_not_lose_the_next_request(url: str):
    large = b"x" * 3_000_000
    with Wire(url) as wire:
        sent = head("POST /graphql", Content_Type="application/json", Content_Length=str(len(large)))
        wire.say(sent + large)
        assert wire.hear().status in {401, 429}  # other tests ask without a key as well
        wire.say(head("GET /livez"))
        assert wire.hear().status == 200


async def test_java_sends_bodies_with_an_upgrade_to_http_2(url: str, key: Key):
    shown = await key("quotes.view")
    offers = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2_Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA",
    }
    given = {"Content_Type": "application/json", "Authorization": f"Bearer {shown}", **offers}
    plain = head("POST /graphql", **given, Content_Length=str(len(QUERY))) + QUERY
    with Wire(url) as wire:
        wire.say(plain * 2)
        wire.say(head("POST /graphql", **given, Transfer_Encoding="chunked") + chunks(QUERY, 7))
        for _ in range(3):
            answer = wire.hear()
            assert (answer.status, answer.json["data"]) == (200, SHOWN)
