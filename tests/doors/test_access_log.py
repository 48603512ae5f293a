"""The access log: a line for each request, which names what was asked by its template and never by its values."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY

from access.scopes import Scope
from access.seen import Seen
from app.access_log import AccessLog
from app.front import Front
from app.observer import Observer
from app.server import create_app
from core.logs import JsonLines, TextLines
from core.settings import Settings
from core.values.ids import new_id
from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant
from tests.kit.wire import Wire


class Log:
    """The access log of the application under test, on a pipe."""

    def __init__(self, *, json: bool) -> None:
        self.read, self._write = os.pipe()
        os.set_blocking(self.read, False)
        self.observer = Observer(AccessLog(json=json, descriptor=self._write))

    def text(self) -> str:
        self.observer.close()
        try:
            return os.read(self.read, 1_000_000).decode()
        except BlockingIOError:
            return ""

    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text().splitlines()]

    def close(self) -> None:
        os.close(self.read)
        os.close(self._write)


@pytest.fixture
def log(app: Front) -> Iterator[Log]:
    found, before = Log(json=True), app.observer
    app.observer = found.observer
    yield found
    app.observer = before
    found.close()


def count(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("forge_http_requests_total", labels) or 0.0


async def test_a_line_names_the_route_the_key_and_the_cost(api: Api, company: Tenant, log: Log):
    client = await company.make(Client)
    before = count("GET", "/api/v1/clients/{id}", 200)
    await api.get(f"/api/v1/clients/{client.id}?fields=name", headers={"x-request-id": "mine"})
    [line] = log.lines()
    public_id = (api.key or "").split("_")[2]
    assert line.pop("ms") > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "logger": "forge.access",
        "status": 200,
        "method": "GET",
        "route": "/api/v1/clients/{id}",
        "operation": None,
        "points": 1,
        "key": public_id,
        "address": api.address,
        "request_id": "mine",
    }
    assert count("GET", "/api/v1/clients/{id}", 200) == before + 1


async def test_a_line_names_the_operation(api: Api, log: Log):
    await api.graphql("query Names { clients(first: 3) { nodes { name } } }")
    await api.graphql("{ clients(first: 3) { nodes { name } } }")
    await api.graphql('mutation Make { createClient(input: {name: "A"}) { id } }')
    await api.graphql("query Wrong { nothing }")
    await api.graphql("query Torn {")
    found = [(line["route"], line["operation"], line["status"]) for line in log.lines()]
    assert found == [
        ("/graphql", "query Names", 200),
        ("/graphql", "query", 200),
        ("/graphql", "mutation Make", 200),
        ("/graphql", None, 200),
        ("/graphql", None, 200),
    ]


async def test_refusals_leave_lines_too(api: Api, company: Tenant, log: Log):
    view = await company.key(Scope.CLIENTS_VIEW)
    await api.get("/api/v1/quotes", key=None)
    await api.get("/api/v1/quotes", key=view)
    await api.get(f"/api/v1/quotes/{new_id(Quote)}")
    await api.get("/api/v1/no-such-thing/4711")
    await api.request("PUT", "/api/v1/quotes", json={})
    await api.post("/api/v1/clients", {"name": 4711})
    await api.get("/nowhere/4711")
    await api.get("/graphiql/forge/4711.js", key=None)
    assert [(line["status"], line["route"], line["key"] is None) for line in log.lines()] == [
        (401, "/api/v1/quotes", True),
        (403, "/api/v1/quotes", False),
        (404, "/api/v1/quotes/{id}", False),
        (404, "(none)", False),
        (405, "/api/v1/quotes", False),
        (422, "/api/v1/clients", False),
        (404, "(none)", False),
        (404, "/graphiql/{file}", True),
    ]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v1/quotes", "/api/v1/quotes"),
        ("/api/v1/quotes/4711", "/api/v1/quotes/{id}"),
        ("/api/v1/quotes/4711/send", "/api/v1/quotes/{id}/send"),
        ("/api/v1/clients/bulk", "/api/v1/clients/bulk"),
        ("/api/v1/me", "/api/v1/me"),
        ("/api/v1/changes", "/api/v1/changes"),
        ("/api/v1/none/4711", "(none)"),
        ("/api/v1/", "(none)"),
        ("/api/v1", "(none)"),
        ("/graphql", "/graphql"),
        ("/graphiql/forge/4711.js", "/graphiql/{file}"),
    ],
)
async def test_options_and_methods_that_a_path_has_not_name_its_template(api: Api, log: Log, path: str, route: str):
    for method in ("OPTIONS", "PUT", "QUERY"):
        before = count("OPTIONS", route, 204)
        answer = await api.request(method, path)
        [line] = log.lines()
        assert (line["method"], line["route"], line["status"]) == (method, route, answer.status)
        assert count("OPTIONS", route, 204) == before + (answer.status == 204)


async def test_preflights_name_the_template(settings: Settings):
    front, found = create_app(replace(settings, cors_origins=("https://app.example.com",))), Log(json=True)
    front.observer = found.observer
    async with front.router.lifespan_context(front):
        for origin in ("https://app.example.com", "https://evil.example"):
            headers = {"origin": origin, "access-control-request-method": "POST"}
            answer = await Api(front, "10.0.0.8").request("OPTIONS", "/api/v1/quotes/4711/send", headers=headers)
            [line] = found.lines()
            assert (line["route"], line["status"]) == ("/api/v1/quotes/{id}/send", answer.status)
            assert line["request_id"] == answer.headers["x-request-id"]
    found.close()


async def test_no_value_of_a_caller_is_in_a_line_or_a_label(api: Api, log: Log):
    secret = "S3CRET-value"
    await api.get(f"/api/v1/clients?search={secret}&cursor={secret}")
    await api.get(f"/api/v1/clients/{secret}")
    await api.get(f"/api/v1/{secret}")
    await api.get(f"/{secret}")
    await api.get("/api/v1/clients", key=f"fmrp_live_0123456789AB_{secret}")
    await api.graphql(f'{{ clients(search: "{secret}") {{ nodes {{ id }} }} }}')
    await api.post("/api/v1/clients", {"name": secret}, headers={"idempotency-key": secret, "user-agent": secret})
    await api.request(secret, "/api/v1/clients")
    await api.post("/api/v1/webhook-endpoints", {"url": f"https://127.0.0.1/{secret}", "events": ["*"]})
    text = log.text()
    assert len(text.splitlines()) == 9
    assert "S3CRET" not in text.replace(f'"method":"{secret}"', "")
    for family in REGISTRY.collect():
        for sample in family.samples:
            assert not [each for each in sample.labels.values() if "S3CRET" in each], sample


async def test_health_leaves_a_line_only_when_it_fails(api: Api, log: Log):
    await api.get("/livez", key=None)
    await api.get("/readyz", key=None)
    assert log.lines() == []
    await api.post("/livez", key=None)
    assert [line["status"] for line in log.lines()] == [405]


async def test_the_text_form_has_one_line_a_request(app: Front, api: Api):
    found, before = Log(json=False), app.observer
    app.observer = found.observer
    try:
        await api.graphql("query Names { clients(first: 3) { nodes { name } } }", headers={"x-request-id": "mine"})
        [line] = found.text().splitlines()
    finally:
        app.observer = before
        found.close()
    form = r"[-\dT:.]+Z 200 POST /graphql query Names \d+\.\d\d ms points=\d+ key=\w{12} address=\S+ request=mine"
    assert re.fullmatch(form, line)


def test_what_is_refused_before_it_is_read_leaves_a_line(server: Callable[..., ServerProcess]):
    process = server(FORGE_ACCESS_LOG="on", FORGE_LOG_FORMAT="json")
    with Wire(process.url) as wire:
        wire.say(b"GET /api/v1/quotes?key=S3CRET HTTP/1.1\r\nHost: forge\r\nHost: forge\r\n\r\n")
        heard = wire.hear()
    process.kill(signal.SIGTERM)
    said = process.process.stdout.read().decode() if process.process.stdout else ""
    [line] = [each for each in map(orjson.loads, said.splitlines()) if each["status"] == heard.status]
    assert (heard.status, line["route"], line["method"]) == (400, "(none)", "-")
    assert heard.headers["x-request-id"] == line["request_id"] == heard.json["error"]["request_id"]
    assert "S3CRET" not in said


def test_other_lines_have_the_form_that_is_set():
    record = logging.LogRecord("forge", logging.WARNING, "", 1, "two %s", ("words\nand a line",), None)
    record.created = 1_767_323_045.123
    assert TextLines().format(record) == "2026-01-02T03:04:05.123Z WARNING forge: two words\nand a line"
    assert orjson.loads(JsonLines().format(record)) == {
        "time": "2026-01-02T03:04:05.123Z",
        "level": "warning",
        "logger": "forge",
        "message": "two words\nand a line",
    }
    assert "\n" not in JsonLines().format(record)


async def test_lines_are_written_in_pieces_that_a_pipe_takes_as_one():
    """Or lines of several processes on one pipe would be mixed."""
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with reader, writer:
        reader.setblocking(False)
        log = AccessLog(json=True, descriptor=writer.fileno())
        told = (0.0, 0.0, 200, "GET", "/api/v1/quotes/{id}", "", 1, None, "10.0.0.7")
        log.write([Seen(*told, f"request-{number}") for number in range(100)])
        log.drain()
        pieces = []
        with contextlib.suppress(BlockingIOError):
            while True:
                pieces.append(reader.recv(65_536))
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= select.PIPE_BUF
    found = [orjson.loads(line)["request_id"] for piece in pieces for line in piece.splitlines()]
    assert found == [f"request-{number}" for number in range(100)]
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_a_reader_that_stops_reading_holds_up_nobody(server: Callable[..., ServerProcess]):
    process = server(FORGE_ACCESS_LOG="on")  # to a pipe that nobody reads, which takes about 700 lines
    for _ in range(2_000):
        assert process.http.post("/livez").status_code == 405
    began = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    process.process.wait(10)
    assert time.monotonic() - began < 5


async def test_what_nobody_takes_is_dropped_and_counted():
    reader, writer = os.pipe()
    log = AccessLog(json=True, descriptor=writer)
    before = REGISTRY.get_sample_value("forge_access_log_dropped_total") or 0.0
    told = (0.0, 0.0, 200, "GET", "/api/v1/quotes/{id}", "", 1, None, "10.0.0.7")
    for _ in range(30):
        log.write([Seen(*told, f"request-{number}") for number in range(1_000)])
    dropped = (REGISTRY.get_sample_value("forge_access_log_dropped_total") or 0.0) - before
    assert 10_000 < dropped < 30_000
    os.close(reader)
    log.drain(5)
    os.close(writer)


def test_what_is_forwarded_and_is_no_address_is_in_no_line(server: Callable[..., ServerProcess]):
    process = server(FORGE_ACCESS_LOG="on", FORGE_LOG_FORMAT="json", FORGE_TRUSTED_PROXIES="127.0.0.1/32")
    for forwarded in ("203.0.113.9", "2001:db8::9", "evil status=200 key=abc", "\x9b31m evil", "a" * 5_000):
        said = httpx.Headers([(b"x-forwarded-for", forwarded.encode("latin-1"))])
        assert process.http.post("/livez", headers=said).status_code == 405
    process.kill(signal.SIGTERM)
    assert process.process.stdout is not None
    lines = [orjson.loads(each) for each in process.process.stdout.read().splitlines()]
    found = [each["address"] for each in lines if each["status"] == 405]
    assert found == ["203.0.113.9", "2001:db8::9", None, None, None]
