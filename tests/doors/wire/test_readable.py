"""Refusals before a request was read whole: a page of an allowed origin can read them, no other page can."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.cross_origin import EXPOSED
from core.settings import Settings
from tests.doors.wire.conftest import HASTY
from tests.kit import hasty
from tests.kit.process import ServerProcess
from tests.kit.wire import Heard, Wire, ask, head

OURS = "https://app.example.com"
HERE = "127.0.0.9"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    """A server with little patience, which pages of one origin may call."""
    variables = {
        hasty.VARIABLE: json.dumps(HASTY),
        "FORGE_CORS_ORIGINS": OURS,
        "FORGE_CONNECTIONS_PER_ADDRESS": "2",
    }
    with ServerProcess(settings, variables, words=hasty.WORDS) as process:
        yield process.url


def half(origin: str, first: str = "GET /api/v1/quotes") -> bytes:
    """A head without its end."""
    return head(first, Origin=origin, X="y")[:-2]


REFUSED: dict[str, tuple[int, list[bytes]]] = {
    "late": (408, [b""]),
    "malformed": (400, [b"a b c\x00: d\r\n\r\n"]),
    "two hosts": (400, [b"Host: b\r\n\r\n"]),
    "many lines": (431, [b"a: b\r\n" * 101 + b"\r\n"]),
    "large": (431, [b"x: " + b"x" * 20_000, b"x" * 20_000]),
    "late body": (408, [b"Content-Type: application/json\r\nContent-Length: 5\r\n\r\n"]),
    "chunks": (400, [b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", b"nonsense\r\n"]),
}
ASKED = [("POST /graphql", what) for what in REFUSED]
ASKED += [("POST /api/v1/quotes", what) for what in ("late", "malformed", "two hosts", "many lines", "large")]


@pytest.mark.parametrize(("first", "what"), ASKED)
def test_a_page_can_read_what_its_request_is_refused_by(url: str, first: str, what: str):
    status, more = REFUSED[what]
    for origin, allowed in ((OURS, OURS), ("https://evil.example", None)):
        answer = ask(url, half(origin, first), *more, pause=0.03)
        assert (answer.status, answer.headers.get(ALLOWED)) == (status, allowed), origin
        assert answer.headers.get("vary") == (allowed and "Origin")
        assert answer.headers.get("access-control-expose-headers") == (allowed and ", ".join(EXPOSED))
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "said",
    [
        head("GET /nope", Host="a\r\nHost: b"),
        head("GET /nope", Origin=f"{OURS}\r\nOrigin: https://evil.example", Host="a\r\nHost: b"),
        head("GET /nope", Origin="null", Host="a\r\nHost: b"),
        b"nonsense\r\n\r\n",
    ],
)
def test_without_one_allowed_origin_nothing_is_told(url: str, said: bytes):
    answer = ask(url, said)
    assert (answer.status, answer.headers.get(ALLOWED)) == (400, None)


def test_the_origin_of_the_request_before_counts_for_nothing(url: str):
    for second in (b"nonsense\r\n\r\n", head("GET /livez", Host="a\r\nHost: b"), b"GET /" + b"x" * 40_000):
        with Wire(url) as wire:
            wire.say(head("GET /livez", Origin=OURS))
            assert wire.hear().headers[ALLOWED] == OURS
            wire.say(second)
            answer = wire.hear()
            assert (answer.status in {400, 431}, answer.headers.get(ALLOWED)) == (True, None)


def test_a_page_hears_of_too_many_connections(url: str):
    def third(origin: str) -> Heard:
        with Wire(url, HERE) as one, Wire(url, HERE) as two, Wire(url, HERE) as three:
            for wire in (one, two):
                wire.say(head("GET /livez"))
                assert wire.hear().status == 200
            three.say(head("GET /api/v1/quotes", Origin=origin, X_Request_Id="mine"))
            return three.hear()

    for origin, allowed in ((OURS, OURS), ("https://evil.example", None)):
        answer = third(origin)
        assert (answer.status, answer.headers.get(ALLOWED)) == (503, allowed)
        assert (answer.headers["x-request-id"], answer.json["error"]["request_id"]) == ("mine", "mine")
