"""`/metrics` of real processes: on a port of its own, for one process or for all below a supervisor."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from app.exposition import FOLDER, gathered
from app.metrics_server import CONNECTIONS, PATIENCE
from core import instruments
from core.settings import Settings
from tests.kit.metrics import metrics, value
from tests.kit.process import ROOT, ServerProcess, free_port
from tests.kit.tenant import Tenant


async def test_a_process_tells_what_it_did(server: Callable[..., ServerProcess], company: Tenant):
    port = free_port()
    process = server(FORGE_METRICS_PORT=str(port))
    headers = {"authorization": f"Bearer {await company.key()}", "accept-encoding": "gzip"}
    for name in "ABC":
        process.http.post("/api/v1/clients", json={"name": name, "notes": "a note " * 300}, headers=headers)
    process.http.get("/api/v1/clients?search=A", headers=headers)
    process.http.get("/api/v1/nothing/4711", headers=headers)
    process.graphql("{ clients(first: 1) { nodes { name } } }", "nonsense")
    found = metrics(port)
    made = {"method": "POST", "route": "/api/v1/clients"}
    assert value(found, "forge_http_requests_total", **made, status="201") == 3
    assert value(found, "forge_http_request_duration_seconds_count", **made) == 3
    assert value(found, "forge_http_requests_total", method="GET", route="/api/v1/clients", status="200") == 1
    assert value(found, "forge_http_requests_total", method="GET", route="(none)", status="404") == 1
    assert value(found, "forge_http_requests_total", method="POST", route="/graphql", status="401") >= 1
    assert value(found, "forge_sql_statement_duration_seconds_count", lane="light") >= 1
    assert value(found, "forge_sql_statement_duration_seconds_count", lane="write") >= 3
    assert value(found, "forge_plans_compiled_total", cache="sql") >= 2
    plain = value(found, "forge_http_response_plain_bytes_total", encoding="gzip")
    assert 0 < value(found, "forge_http_response_bytes_total", encoding="gzip") < plain / 3
    assert value(found, "process_cpu_seconds_total") > 0
    assert not [labels for _, labels in found for _, text in labels if "4711" in text]


def test_nothing_else_is_on_its_port(server: Callable[..., ServerProcess]):
    port = free_port()
    server(FORGE_METRICS_PORT=str(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        for path in ("/", "/metric", "/metrics/", "/metrics/x", "//metrics", "/favicon.ico", "/livez", "/x?y=/metrics"):
            for method in ("GET", "HEAD", "POST", "OPTIONS"):
                assert http.request(method, path).status_code == 404, (method, path)
        for path in ("/metrics", "/metrics?name[]=forge_open_streams", "/%6detrics"):
            answer = http.get(path)
            assert (answer.status_code, "forge_open_streams" in answer.text) == (200, True), path
        assert http.post("/metrics").status_code == 405


def test_the_api_does_not_serve_it(process: ServerProcess):
    assert process.http.get("/metrics").status_code == 401


def test_a_port_that_is_taken_is_told_and_the_api_works(server: Callable[..., ServerProcess]):
    port = free_port()
    server(FORGE_METRICS_PORT=str(port))
    second = server(FORGE_METRICS_PORT=str(port))
    assert second.http.get("/livez").status_code == 200
    second.kill()
    assert f"FORGE_METRICS_PORT: /metrics is not served, {port} on 127.0.0.1" in second.said()


def test_half_requests_hold_up_few_threads_for_a_short_time_and_no_scrape(server: Callable[..., ServerProcess]):
    port = free_port()
    process = server(FORGE_METRICS_PORT=str(port))
    before = threads(process.pid)
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(200)]
        for each in links:
            with contextlib.suppress(ConnectionError):
                each.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        began = time.monotonic()
        assert metrics(port)
        assert time.monotonic() - began < 3
        assert threads(process.pid) <= before + CONNECTIONS
        while time.monotonic() < began + PATIENCE + 0.5:  # a byte now and then gains no time
            for each in links:
                with contextlib.suppress(OSError):
                    each.sendall(b"a")
            time.sleep(0.2)
        assert threads(process.pid) < before + 4  # the process may start others of its own
        for each in links:
            each.settimeout(1)
            with contextlib.suppress(ConnectionError):
                assert b"200 OK" not in each.recv(100)
    assert metrics(port)
    process.kill(signal.SIGTERM)
    assert "Traceback" not in process.said()


def threads(pid: int) -> int:
    """How many threads a process has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_it_listens_where_it_is_told_alone(server: Callable[..., ServerProcess], host: str):
    port = free_port()
    server(FORGE_METRICS_PORT=str(port), FORGE_METRICS_HOST=host)
    assert metrics(port, host)
    with pytest.raises(httpx.ConnectError):
        metrics(port, "127.0.0.3")


COUNTING = """
from core.instruments import PLANS, STREAMS
PLANS.labels("sql").inc(2)
STREAMS.inc()
print("ready", flush=True)
input()
"""


def test_a_supervisor_tells_the_sum_of_its_processes(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    port = free_port()
    with gathered(replace(settings, metrics_port=port)) as variables:
        children = [
            subprocess.Popen(
                [sys.executable, "-c", COUNTING],
                env={**os.environ, **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        found = metrics(port)
        assert value(found, "forge_plans_compiled_total", cache="sql") == 4
        assert value(found, "forge_open_streams") == 2
        children[0].kill()
        children[0].communicate()
        found = metrics(port)
        assert value(found, "forge_plans_compiled_total", cache="sql") == 4
        assert value(found, "forge_open_streams") == 1
        monkeypatch.setenv(FOLDER, variables[FOLDER])
        with gathered(replace(settings, metrics_port=port)) as handed_on:
            assert handed_on == {}
        children[1].communicate("\n")
    with pytest.raises(httpx.ConnectError):
        metrics(port)
    assert not Path(variables[FOLDER]).exists()


def test_the_documentation_names_every_metric_and_its_labels():
    text = (ROOT / "docs" / "observing.md").read_text()
    told = dict(re.findall(r"^\| `(forge_\w+)` \| ([^|]*?) ?\|", text, re.MULTILINE))
    found = {}
    for each in vars(instruments).values():
        if isinstance(each, MetricWrapperBase):
            name = each._name + ("_total" if isinstance(each, Counter) else "")
            found[name] = ", ".join(f"`{label}`" for label in each._labelnames)
    assert told == found
