"""`Accept`: read alike at every door."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.wire import ask, head

JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
TAKEN = (
    *(
        JAVA,
        "",
        " ",
        "*",
        "*/*",
        "* / *".replace(" ", ""),
        "*;q=.1",
        "application/json",
        "APPLICATION/JSON;Q=0.5",
        "application/*",
    ),
    *(
        "text/html,*/*;q=0.001",
        "text/html, application/json;q=.5",
        "application/json;q=1.",
        "application/json;q=0.12345",
    ),
    *("application/json; charset=utf-8", 'application/json; charset="UTF-8"', 'text/x;y=",", application/json', ",,*,"),
    *("application/json;version=2", "text/html, " * 500 + "*/*", "application/json;q=0.3;ext=1", "application/*+json"),
)
REFUSED = (
    *(
        "text/html",
        "application/jsonp",
        "application/jso",
        "text/json",
        "json",
        "*/json",
        "application/json;q=0",
        "*;q=0",
    ),
    *("*/*, application/json;q=0, application/graphql-response+json;q=.0", 'text/x;y="application/json"', "text/*"),
    *("application/json;q=nonsense", "application/json;q=1.001", "application/json;charset=utf-16", "x" * 5_000),
)
PATHS = (
    "/api/v1/quotes",
    "/api/v1/changes",
    "/api/v1/metrics?resource=quotes&measure=count",
    "/graphql?query=" + quote("{__typename}"),
)


@pytest.mark.parametrize("path", PATHS)
async def test_every_door_takes_the_same(api: Api, path: str):
    for accept in TAKEN:
        answer = await api.get(path, headers={"accept": accept})
        assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "application/json"), accept


@pytest.mark.parametrize("path", PATHS)
async def test_every_door_refuses_the_same(api: Api, path: str):
    for accept in REFUSED:
        if path.startswith("/graphql") and accept == "text/html":
            continue  # who prefers HTML gets a page there
        answer = await api.get(path, headers={"accept": accept})
        assert (answer.status, answer.code) == (406, "not_acceptable"), accept


async def test_lines_of_one_list_are_one_list(process: ServerProcess, key: Key):
    shown = f"Bearer {await key()}"
    for path in ("/api/v1/quotes", "/graphql?query={__typename}"):
        for accept, status in {"*/*\r\nAccept: text/html;q=0.5": 200, "text/plain\r\nAccept: text/html": 406}.items():
            assert ask(process.url, head(f"GET {path}", Accept=accept, Authorization=shown)).status == status


@pytest.mark.parametrize("unit", [",", '"', '"a",', "a,", ';a="', '"\\', ";q=1"])
async def test_a_long_header_costs_little(api: Api, unit: str):
    for size in (8_000, 32_000):
        took = []
        for _ in range(3):  # the collector may run in one of them
            began = time.process_time()
            answer = await api.get("/api/v1/quotes", headers={"accept": unit * (size // len(unit))})
            took.append(time.process_time() - began)
            assert answer.status in {200, 406}
        assert min(took) < 0.05  # 0.01 on a machine of one's own


@pytest.mark.parametrize("path", ["/graphql", "/graphql?query=x"])
async def test_a_page_is_for_who_prefers_html(api: Api, path: str):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, page in {
        browser: True,
        JAVA: "?" not in path,
        "application/json, text/html": False,
        "text/html;q=0.5, */*;q=0.8": False,
        "text/*": False,
    }.items():
        answer = await api.get(path, headers={"accept": accept})
        assert (answer.headers["content-type"] == "text/html; charset=utf-8") == page, accept
