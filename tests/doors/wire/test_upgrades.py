"""Upgrades: WebSockets on one path, 404 on every other; whatever the path, the method and the upgrade, never 5xx."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rest import openapi
from schema.assembly import graph
from tests.kit.fixtures import Key
from tests.kit.wire import Wire, ask, head

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    "Sec_WebSocket_Protocol": "graphql-transport-ws",
}
PATHS = (
    *("/", "/livez", "/readyz", "/graphql", "/graphql/", "/graphqlx", "/nowhere", "/graphiql/forge/page.js"),
    *(
        "/graphiql/shipped/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/docs",
        "/metrics",
        "/api/openapi",
        "//graphql",
        "/%67raphql",
    ),
    *(path for path in openapi.document(graph())["paths"]),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND")
UPGRADES: dict[str, dict[str, str]] = {
    "none": {},
    "websocket": HANDSHAKE,
    "capital": HANDSHAKE | {"Upgrade": "WebSocket", "Connection": "keep-alive, Upgrade"},
    "bare": {"Connection": "Upgrade", "Upgrade": "websocket"},
    "version": HANDSHAKE | {"Sec_WebSocket_Version": "8"},
    "key": HANDSHAKE | {"Sec_WebSocket_Key": "short"},
    "extensions": HANDSHAKE | {"Sec_WebSocket_Extensions": ";;=,"},
    "protocol": HANDSHAKE | {"Sec_WebSocket_Protocol": ",\xff"},
    "origin": HANDSHAKE | {"Origin": "\xff, null"},
    "h2c": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2_Settings": "AAMAAABkAAQ"},
    "list": {"Connection": "Upgrade", "Upgrade": "websocket, h2c"},
    "body": HANDSHAKE | {"Content_Length": "2"},
    "nothing": {"Connection": "Upgrade", "Upgrade": ""},
}


def upgraded(url: str, method: str, path: str, upgrade: str, **more: str) -> int:
    """Ask; returns the status, and fails when there is none."""
    with Wire(url) as wire:
        wire.say(head(f"{method} {path}", **UPGRADES[upgrade], **more) + (b"{}" if upgrade == "body" else b""))
        return wire.hear(head=method == "HEAD").status


@pytest.mark.parametrize("path", [path for path in PATHS if path not in {"/graphql", "/%67raphql"}])
async def test_a_websocket_on_another_path_is_404(url: str, key: Key, path: str):
    for shown in ({}, {"Authorization": f"Bearer {await key()}"}):
        answer = ask(url, head(f"GET {path.replace('{id}', 'x')}", **HANDSHAKE, **shown))
        assert (answer.status, answer.code) in {(404, "not_found"), (429, "rate_limited")}
        assert answer.status == 404 or not shown
        assert answer.headers["ratelimit-limit"]
        assert answer.headers["x-request-id"]
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/graphql", "/%67raphql", "/graphql?x=y"])
def test_on_its_path_it_is_taken(url: str, path: str):
    answer = ask(url, head(f"GET {path}", **HANDSHAKE))
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "graphql-transport-ws")


ASKED = [("GET", upgrade) for upgrade in UPGRADES]
ASKED += [(method, upgrade) for method in METHODS[1:] for upgrade in ("none", "websocket", "h2c", "body")]


@pytest.mark.parametrize(("method", "upgrade"), ASKED)
def test_every_path_method_and_upgrade_is_answered_below_500(url: str, method: str, upgrade: str):
    for path in PATHS:
        status = upgraded(url, method, path.replace("{id}", "x"), upgrade)
        assert status < 500, (method, path, upgrade, status)
        if method == "GET" and upgrade == "websocket":
            assert status in ({101} if path in {"/graphql", "/%67raphql"} else {404, 429}), path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    prefix=st.sampled_from(["/", "/api/v1/", "/graphql", "/graphiql/forge/", "", "*", "http://forge/"]),
    method=st.sampled_from(METHODS),
    upgrade=st.sampled_from(sorted(UPGRADES)),
)
def test_any_path_is_answered_below_500(url: str, path: str, prefix: str, method: str, upgrade: str):
    assert upgraded(url, method, prefix + path, upgrade) < 500


def test_the_head_of_a_handshake_is_bounded(url: str):
    for more, status in (({"X": "x" * 40_000}, 431), ({"X": "x" * 9_000}, 431), ({"X": "x" * 7_000}, 101)):
        assert ask(url, head("GET /graphql", **HANDSHAKE, **more)).status == status
    lines = {f"X{number}": "y" for number in range(101)}
    assert ask(url, head("GET /graphql", **HANDSHAKE, **lines)).status == 431
    for name in ("Authorization", "Host"):
        answer = ask(url, head("GET /graphql", **HANDSHAKE | {name: f"x\r\n{name}: y"}))
        assert (answer.status, answer.code) == (400, "bad_request")
