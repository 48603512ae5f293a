"""What is refused before a request is read, and what asks for a WebSocket, is told by the contract of its path."""

from __future__ import annotations

import time

import pytest

from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.wire import Heard, Wire, ask, head

PATHS = {"/documents": "json", "/pipelines/x/run": "json", "/webhooks": "forg", "/reports": "forg", "/quotes": "mrp"}
EACH = pytest.mark.parametrize(("path", "name"), PATHS.items())
SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==",
}


def told(answer: Heard, name: str, status: int, code: str) -> None:
    """The answer is this error in the words of this contract."""
    found = answer.json
    assert answer.status == status, answer.body
    if name == "json":
        assert set(found) == {"success", "error", "code"}
        assert (found["success"], found["code"]) == (False, code.upper())
    elif name == "forg":
        request_id = answer.headers["x-request-id"]
        assert found == {"error": found["error"], "code": code, "status": status, "request_id": request_id}
    else:
        assert found["error"]["code"] == code


@EACH
def test_heads_that_are_refused(url: str, path: str, name: str):
    path = f"/api/v1{path}"
    told(ask(url, head(f"GET {path}", Host="a\r\nHost: b")), name, 400, "bad_request")
    told(ask(url, head(f"GET {path}", X="x" * 40_000)), name, 431, "head_too_large")
    told(ask(url, head(f"POST {path}", Content_Length="5", Transfer_Encoding="chunked")), name, 400, "bad_request")
    told(ask(url, head(f"GET http://forge{path}", X="x" * 40_000)), name, 431, "head_too_large")
    told(ask(url, head(f"GET {path}/{'x' * 40_000}")), name, 431, "head_too_large")


@EACH
def test_chunks_that_are_refused(url: str, path: str, name: str):
    first = head(f"POST /api/v1{path}", Content_Type="application/json", Transfer_Encoding="chunked")
    told(ask(url, first + b"x\r\n"), name, 400, "bad_request")
    told(ask(url, first + b"5;" + b"x" * 100_000), name, 431, "head_too_large")


@EACH
async def test_a_body_too_large(url: str, key: Key, path: str, name: str):
    """Of a path that no route has it is 404 before it is looked at."""
    signed = {"Authorization": f"Bearer {await key()}", "Content_Type": "application/json"}
    answer = ask(url, head(f"POST /api/v1{path}", Content_Length="1048577", **signed))
    routed = path in {"/documents", "/webhooks", "/quotes"}
    told(answer, name, *((413, "payload_too_large") if routed else (404, "not_found")))


@EACH
async def test_a_socket(url: str, key: Key, path: str, name: str):
    answer = ask(url, head(f"GET /api/v1{path}", Authorization=f"Bearer {await key()}", **SOCKET))
    told(answer, name, 404, "not_found")
    style = "ratelimit-reset" if name == "mrp" else "x-ratelimit-reset"
    assert int(answer.headers[style]) <= (60 if name == "mrp" else time.time() + 61)


@pytest.mark.parametrize(("path", "name"), [("/documents", "json"), ("/webhooks", "forg")])
async def test_a_body_that_does_not_come(impatient: ServerProcess, key: Key, path: str, name: str):
    signed = {"Authorization": f"Bearer {await key()}", "Content_Type": "application/json"}
    with Wire(impatient.url) as wire:
        wire.say(head(f"POST /api/v1{path}", Content_Length="10", **signed) + b"{")
        told(wire.hear(), name, 408, "request_timeout")
