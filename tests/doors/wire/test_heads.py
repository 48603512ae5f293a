"""Heads: bounded in bytes and lines while they are read, and read in one way only."""

from __future__ import annotations

import contextlib

import pytest

from tests.benchmarks.measure import cpu_of
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess, memory_of
from tests.kit.wire import Wire, ask, head

KEY = "fmrp_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUV_0bWabH"
LARGEST = 32_768


def padded(size: int, first: str = "GET /livez", **headers: str) -> bytes:
    """A head of exactly so many bytes."""
    short = head(first, **headers, X="")
    return head(first, **headers, X="x" * (size - len(short)))


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [60, 8_193, 16_384, LARGEST - 1, LARGEST])
@pytest.mark.parametrize("pieces", [40_000, 1_000, 16_000])
def test_a_head_of_32_kib_is_read(url: str, size: int, pieces: int):
    whole = padded(size)
    assert len(whole) == size
    answer = ask(url, *in_pieces(whole, pieces))
    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("size", [LARGEST + 1, 40_000, 100_000, 1_000_000])
@pytest.mark.parametrize("what", ["header", "name", "path", "lines"])
def test_a_larger_one_is_431(url: str, size: int, what: str):
    sent = {
        "header": padded(size),
        "name": b"GET /livez HTTP/1.1\r\nHost: forge\r\n" + b"x" * size,
        "path": b"GET /" + b"x" * size,
        "lines": b"GET /livez HTTP/1.1\r\nHost: forge\r\n" + b"a: b\r\n" * (size // 6 + 1),
    }[what]
    with Wire(url) as wire:
        wire.say(sent)
        answer = wire.hear()
        assert (answer.status, answer.code) == (431, "head_too_large")
        assert answer.headers["connection"] == "close"
        assert len(answer.headers["x-request-id"]) == 24
        assert wire.closed()


def test_a_head_has_at_most_100_lines(url: str):
    lines = {f"X{number}": "y" for number in range(99)}
    assert ask(url, head("GET /livez", **lines)).status == 200
    answer = ask(url, head("GET /livez", **lines, Z="y"))
    assert (answer.status, answer.code) == (431, "head_too_large")


def test_an_endless_head_costs_little(usual: ServerProcess):
    for sent in (b"X: " + b"x" * 120_000_000, b"a: b\r\n" * 3_500_000, b"\r\n" * 10_000_000, b"x" * 20_000_000):
        before = cpu_of(usual.pid)[usual.pid]
        with Wire(usual.url) as wire:
            wire.say(b"GET /livez HTTP/1.1\r\nHost: forge\r\n" if sent[0] != 13 else b"", sent)
            assert wire.hear().status == 431
        assert cpu_of(usual.pid)[usual.pid] - before < 0.25  # 15 s for the first one without a bound


def test_the_head_of_a_pipelined_request_is_bounded_too(url: str):
    with Wire(url) as wire:
        wire.say(head("GET /livez") + padded(LARGEST) + padded(LARGEST + 1))
        assert [wire.hear().status for _ in range(3)] == [200, 200, 431]
        assert wire.closed()


@pytest.mark.parametrize("name", ["Authorization", "Host", "Idempotency-Key", "Content-Type", "Content-Length"])
@pytest.mark.parametrize("path", ["/livez", "/graphql", "/api/v1/quotes"])
@pytest.mark.parametrize("second", ["1", "0", ""])
def test_what_must_stand_once_is_refused_twice(url: str, name: str, path: str, second: str):
    twice = f"{name}: 1\r\n{name.lower()}: {second}\r\n"
    host = "" if name == "Host" else "Host: forge\r\n"
    sent = f"POST {path} HTTP/1.1\r\n{host}Authorization-: x\r\n{twice}\r\n1".encode()
    with Wire(url) as wire:
        wire.say(sent)
        answer = wire.hear()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert wire.closed()


def test_a_header_that_is_a_list_may_stand_twice(url: str):
    sent = (
        f"GET /api/v1/quotes HTTP/1.1\r\nHost: forge\r\nAccept: text/html\r\nAccept: */*\r\nAuthorization: Bearer {KEY}"
    )
    assert ask(url, f"{sent}\r\n\r\n".encode()).status in {401, 429}


_POST = b"POST /graphql HTTP/1.1\r\nHost: forge\r\n"
_CODED = b"Transfer-Encoding: "
_H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
WRONG = {
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "line feeds": b"GET /livez HTTP/1.1\nHost: forge\n\n",
    "0.9": b"GET /livez\r\n\r\n",
    "2.0": b"GET /livez HTTP/2.0\r\nHost: forge\r\n\r\n",
    "preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
    "folded": b"GET /livez HTTP/1.1\r\nHost: forge\r\nX: y\r\n z\r\n\r\n",
    "space before colon": b"GET /livez HTTP/1.1\r\nHost: forge\r\nX : y\r\n\r\n",
    "nul": b"GET /livez HTTP/1.1\r\nHost: forge\r\nX: \0\r\n\r\n",
    "method": b"BREW /livez HTTP/1.1\r\nHost: forge\r\n\r\n",
    "connect": b"CONNECT forge:443 HTTP/1.1\r\nHost: forge\r\n\r\n",
    "path bytes": b"GET /\xff HTTP/1.1\r\nHost: forge\r\n\r\n",
    "length": _POST + b"Content-Length: -1\r\n\r\n",
    "length and chunked": _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": _POST + _CODED + b"chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "gzip": _POST + _CODED + b"gzip\r\n\r\n",
    "gzip, chunked": _POST + _CODED + b"gzip, chunked\r\n\r\n0\r\n\r\n",
    "gzip then chunked": _POST + _CODED + b"gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": _POST + _CODED + b"chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in 1.0": b"POST /graphql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "xchunked": _POST + _CODED + b"xchunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_http_is_400_in_the_error_envelope(url: str, what: str):
    with Wire(url) as wire:
        wire.say(WRONG[what])
        answer = wire.hear()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["date"]
        assert wire.closed()
    assert ("errors" in answer.json) == (b"/graphql" in WRONG[what])


RIGHT = {
    "1.0": b"GET /livez HTTP/1.0\r\n\r\n",
    "empty lines": b"\r\n\r\n\r\nGET /livez HTTP/1.1\r\nHost: forge\r\n\r\n",
    "absolute": b"GET http://forge/livez HTTP/1.1\r\nHost: forge\r\n\r\n",
    "empty host": b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n",
    "h2c": b"GET /livez HTTP/1.1\r\nHost: forge\r\n" + _H2C + b"\r\n",
}


@pytest.mark.parametrize("what", RIGHT)
@pytest.mark.parametrize("pieces", [1_000, 1, 3, 7])
def test_unusual_heads_are_read(url: str, what: str, pieces: int):
    answer = ask(url, *in_pieces(RIGHT[what], pieces), pause=0.0005 if pieces < 1_000 else 0)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


async def test_many_requests_in_one_packet_are_answered_in_turn(url: str, key: Key):
    shown = f"Bearer {await key()}"
    first = head("GET /livez")
    query = b'{"query": "{ __typename }"}'
    post = (
        head("POST /graphql", Authorization=shown, Content_Type="application/json", Content_Length=str(len(query)))
        + query
    )
    chunked = head("POST /graphql", Authorization=shown, Content_Type="application/json", Transfer_Encoding="chunked")
    chunked += b"5\r\n" + query[:5] + b"\r\n%x;ext=1\r\n" % (len(query) - 5) + query[5:] + b"\r\n0\r\nX: y\r\n\r\n"
    with Wire(url) as wire:
        wire.say((first + post + chunked + head("GET /nowhere", Authorization=shown)) * 20)
        assert [wire.hear().status for _ in range(80)] == [200, 200, 200, 404] * 20
        wire.say(*in_pieces((first + chunked + post) * 3, 5))
        assert [wire.hear().status for _ in range(9)] == [200, 200, 200] * 3
        wire.say(first + b"BREW")
        assert wire.hear().status == 200
        wire.say(b" / HTTP/1.1\r\n\r\n")
        assert wire.hear().status == 400
        assert wire.closed()


def test_a_caller_who_only_asks_is_not_read_any_further(usual: ServerProcess):
    before = memory_of(usual.pid)
    with Wire(usual.url) as wire:
        wire.socket.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            for _ in range(1_000):
                wire.socket.sendall(head("GET /livez") * 5_000)
            raise AssertionError("it was read to the end")
        assert memory_of(usual.pid) - before < 20_000_000
    assert ask(usual.url, head("GET /livez")).status == 200
