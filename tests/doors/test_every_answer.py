"""Every answer of a process names its request and leaves a line with the same id, whoever gives the answer."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from app.front import Front
from app.server import create_app
from core.settings import Settings
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.wire import Heard, Wire, ask, head

OURS = "https://app.example.com"
THEIRS = "https://evil.example"
SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==",
}
BARE = {"Connection": "Upgrade", "Upgrade": "websocket"}
ASKS = {"Access_Control_Request_Method": "POST"}
BAD = "Failed to open a WebSocket connection: "
Line = tuple[str, str]

ASKED: dict[str, tuple[bytes, int, Line]] = {
    "no route": (head("GET /nowhere"), 401, ("GET", "(none)")),
    "no key": (head("GET /api/v1/quotes"), 401, ("GET", "/api/v1/quotes")),
    "a file": (head("GET /graphiql/forge/explorer.js"), 200, ("GET", "/graphiql/{file}")),
    "a head of a file": (head("HEAD /graphiql/forge/explorer.js"), 200, ("HEAD", "/graphiql/{file}")),
    "no file": (head("GET /graphiql/forge/none.js"), 404, ("GET", "/graphiql/{file}")),
    "a page": (head("GET /graphql", Accept="text/html"), 200, ("GET", "/graphql")),
    "a document": (head("GET /api/openapi"), 200, ("GET", "/api/openapi")),
    "a health route": (head("DELETE /livez"), 405, ("DELETE", "/livez")),
    "options": (head("OPTIONS /graphql"), 401, ("OPTIONS", "/graphql")),
    "a preflight": (head("OPTIONS /graphql", Origin=OURS, **ASKS), 200, ("OPTIONS", "/graphql")),
    "a preflight of another page": (head("OPTIONS /graphql", Origin=THEIRS, **ASKS), 400, ("OPTIONS", "/graphql")),
    "a preflight of a document": (
        head("OPTIONS /api/openapi", Origin=THEIRS, **ASKS),
        204,
        ("OPTIONS", "/api/openapi"),
    ),
    "a preflight of a method": (
        head("OPTIONS /graphql", Origin=OURS, Access_Control_Request_Method="TRACE"),
        400,
        ("OPTIONS", "/graphql"),
    ),
    "a socket": (head("GET /graphql", **SOCKET), 101, ("GET", "/graphql")),
    "a socket elsewhere": (head("GET /nope", **SOCKET), 404, ("GET", "(none)")),
    "a socket without a key": (head("GET /graphql", **BARE), 400, ("-", "(none)")),
    "a socket of a bad key": (head("GET /graphql", **SOCKET | {"Sec_WebSocket_Key": "short"}), 400, ("-", "(none)")),
    "a socket of version 12": (head("GET /graphql", **SOCKET | {"Sec_WebSocket_Version": "12"}), 400, ("-", "(none)")),
    "a socket of bad protocols": (head("GET /graphql", **SOCKET, Sec_WebSocket_Protocol="a,,;"), 400, ("-", "(none)")),
    "a socket with a body": (head("GET /graphql", **SOCKET, Content_Length="2") + b"{}", 400, ("-", "(none)")),
    "another upgrade": (head("GET /nope", Connection="Upgrade", Upgrade="h2c"), 401, ("GET", "(none)")),
    "no HTTP": (b"nonsense\r\n\r\n", 400, ("-", "(none)")),
    "two hosts": (head("GET /nope", Host="a\r\nHost: b"), 400, ("-", "(none)")),
    "a long head": (head("GET /nope", X="x" * 40_000), 431, ("-", "(none)")),
    "a proxy": (head("CONNECT forge:443"), 400, ("-", "(none)")),
}


@pytest.mark.parametrize("named", [False, True])
def test_every_answer_names_its_request_and_leaves_a_line_with_the_same_id(
    server: Callable[..., ServerProcess], *, named: bool
):
    process = server(FORGE_ACCESS_LOG="on", FORGE_LOG_FORMAT="json", FORGE_CORS_ORIGINS=OURS)
    heard: dict[str, Heard] = {}
    for number, (what, (said, _, _)) in enumerate(ASKED.items()):
        start, _, rest = said.partition(b"\r\nHost: ")
        name = b"\r\nX-Request-Id: mine-%d" % number if named else b""
        with Wire(process.url) as wire:
            wire.say(start + name + b"\r\nHost: " + rest if rest else said)
            heard[what] = wire.hear(head=said.startswith(b"HEAD"))
    process.kill(signal.SIGTERM)
    lines: dict[str, Any] = {}
    for line in map(orjson.loads, process.said().splitlines()):
        assert line["request_id"] not in lines
        lines[line["request_id"]] = line
    for number, (what, (said, status, route)) in enumerate(ASKED.items()):
        answer = heard[what]
        line = lines[answer.headers["x-request-id"]]
        assert (what, answer.status, line["status"]) == (what, status, status)
        assert (what, line["method"], line["route"]) == (what, *route)
        assert line["address"].startswith("127.9.")
        if named and said.count(b"Host: ") == 1 and status != 431:
            assert answer.headers["x-request-id"] == f"mine-{number}"
        if answer.status >= 400 and answer.body:
            assert answer.headers["content-type"].startswith("application/")
            told = answer.json
            own = told["error"]["request_id"] if "error" in told else told["errors"][0]["extensions"]["requestId"]
            assert own == line["request_id"], what


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (BARE, "missing Sec-WebSocket-Key header"),
        (SOCKET | {"Sec_WebSocket_Key": "short"}, "invalid Sec-WebSocket-Key header: short"),
        (SOCKET | {"Sec_WebSocket_Version": "12"}, "invalid Sec-WebSocket-Version header: 12"),
        (SOCKET | {"Sec_WebSocket_Key": "x" * 7_000}, f"invalid Sec-WebSocket-Key header: {'x' * 300}"),
    ],
)
def test_a_bad_handshake_is_told_why(process: ServerProcess, more: dict[str, str], message: str):
    answer = ask(process.url, head("GET /graphql", **more))
    [error] = answer.json["errors"]
    assert error == {
        "message": f"{BAD}{message}"[:300],
        "extensions": {"code": "bad_request", "requestId": answer.headers["x-request-id"]},
    }
    assert (answer.status, answer.headers["sec-websocket-version"]) == (400, "13")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["connection"] == "close"


async def test_a_socket_elsewhere_leaves_its_key_too(server: Callable[..., ServerProcess], key: Key):
    process, shown = server(FORGE_ACCESS_LOG="on", FORGE_LOG_FORMAT="json"), await key()
    answer = ask(process.url, head("GET /nope", **SOCKET, Authorization=f"Bearer {shown}"))
    process.kill(signal.SIGTERM)
    [line] = [each for each in map(orjson.loads, process.said().splitlines()) if each["status"] == answer.status]
    assert (answer.status, line["key"]) == (404, shown.split("_")[2])
    assert line["request_id"] == answer.headers["x-request-id"] == answer.json["error"]["request_id"]


async def called(front: Front, scope: dict[str, Any]) -> list[Any]:
    """What an application sends for a scope."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{scope['type']}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    common = {"path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "client": ("127.0.0.1", 1)}
    await front(common | {"headers": [(b"x-request-id", b"mine")]} | scope, receive, send)
    return sent


async def test_a_socket_is_told_to_come_again_while_the_doors_are_closed(settings: Settings):
    [start, body] = await called(create_app(settings), {"type": "websocket"})
    headers = dict(start["headers"])
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 503)
    assert (headers[b"x-request-id"], headers[b"retry-after"]) == (b"mine", b"1")
    assert orjson.loads(body["body"])["error"]["request_id"] == "mine"


async def test_an_error_that_no_door_foresaw_is_told_as_any_other(settings: Settings):
    front = create_app(settings)

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    front.doors = (("/graphql", broken),)
    [start, body] = await called(front, {"type": "http", "method": "POST"})
    assert (start["status"], dict(start["headers"])[b"x-request-id"]) == (500, b"mine")
    assert orjson.loads(body["body"]) == {
        "error": {"code": "internal", "message": "Internal error", "request_id": "mine"}
    }
