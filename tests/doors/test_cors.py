"""CORS: pages of the origins that are set may call every door; no other page, and none with cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from access.plans import ANONYMOUS
from app.cross_origin import EXPOSED
from app.front import Front
from app.server import create_app
from core.settings import SettingError, Settings
from tests.kit.client import Answer
from tests.kit.client import Client as Api

OURS = "https://app.example.com"
ASKS = "authorization, content-type, idempotency-key, x-apollo-operation-name"


@pytest.fixture(scope="module")
async def open_app(settings: Settings) -> AsyncIterator[Front]:
    """An application that pages of two origins may call."""
    front = create_app(replace(settings, cors_origins=(OURS, "http://localhost:5173")))
    async with front.router.lifespan_context(front):
        yield front


@pytest.fixture
def pages(open_app: Front, api: Api) -> Api:
    """The test's client, before that application."""
    return Api(open_app, api.address, api.key)


async def preflight(api: Api, path: str, origin: str, method: str = "POST") -> Answer:
    headers = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": ASKS}
    return await api.request("OPTIONS", path, key=None, headers=headers)


def allowed(answer: Answer) -> str | None:
    assert "access-control-allow-credentials" not in answer.headers
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/quotes", "/api/v1/changes", "/api/v1/metrics", "/api/v1/none"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_preflight_needs_no_key_and_draws_from_no_bucket(pages: Api, path: str, method: str):
    for _ in range(ANONYMOUS + 1):
        answer = await preflight(pages, path, OURS, method)
        assert answer.status == 200
    assert allowed(answer) == OURS
    assert method in answer.headers["access-control-allow-methods"].split(", ")
    assert answer.headers["access-control-allow-headers"] == ASKS
    assert not [name for name in answer.headers if name.startswith("ratelimit")]
    refused = await pages.get(path, key=None)
    assert (refused.status, refused.headers["ratelimit-remaining"]) == (401, str(ANONYMOUS - 1))


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com.evil.example",
        "https://example.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "HTTPS://APP.EXAMPLE.COM",
        "null",
        "",
        "*",
    ],
)
async def test_other_origins_are_told_nothing(pages: Api, origin: str):
    answer = await preflight(pages, "/api/v1/quotes", origin)
    assert (answer.status, allowed(answer)) == (400, None)
    answer = await pages.get("/api/v1/quotes", headers={"origin": origin})
    assert (answer.status, allowed(answer)) == (200, None)
    assert "Origin" in answer.headers["vary"]


async def test_a_page_may_read_the_headers_that_clients_need(pages: Api):
    answer = await pages.get("/api/v1/quotes", headers={"origin": OURS})
    assert allowed(answer) == OURS
    told = answer.headers["access-control-expose-headers"].split(", ")
    assert told == list(EXPOSED)
    assert {"RateLimit", "RateLimit-Remaining", "ETag", "Link", "Location", "Retry-After"} <= set(told)
    assert answer.headers["vary"] == "Authorization, Origin"


async def test_refusals_and_streams_can_be_read_too(pages: Api):
    for path, status in (("/api/v1/none", 404), ("/graphql?query={x}&variables=1", 400)):
        answer = await pages.get(path, headers={"origin": OURS})
        assert (answer.status, allowed(answer)) == (status, OURS)
    for key in (None, "nonsense"):
        answer = await pages.get("/api/v1/quotes", key=key, headers={"origin": OURS})
        assert (answer.status, allowed(answer)) == (401, OURS)


async def test_a_compressed_answer_depends_on_both(pages: Api):
    made = await pages.post("/api/v1/clients", {"name": "A", "notes": "a note " * 300})
    headers = {"origin": OURS, "accept-encoding": "gzip"}
    answer = await pages.get(f"/api/v1/clients/{made.data['id']}", headers=headers)
    assert answer.headers["vary"] == "Authorization, Origin, Accept-Encoding"


async def test_without_the_setting_no_page_may(api: Api):
    answer = await preflight(api, "/api/v1/quotes", OURS)
    assert (answer.status, allowed(answer)) == (204, None)
    answer = await api.get("/api/v1/quotes", headers={"origin": OURS})
    assert (answer.status, allowed(answer), answer.headers["vary"]) == (200, None, "Authorization")


async def test_the_openapi_document_is_open_to_all(api: Api, pages: Api):
    for client in (api, pages):
        for origin in (OURS, "https://anybody.example"):
            answer = await client.get("/api/openapi", key=None, headers={"origin": origin})
            assert (answer.status, allowed(answer)) == (200, "*")
            answer = await preflight(client, "/api/openapi", origin, "GET")
            assert (answer.status, allowed(answer)) == (204, "*")
            assert answer.headers["access-control-allow-headers"] == "*, Authorization"


GOOD = {
    "https://app.example.com": (OURS,),
    " https://APP.example.com , http://localhost:5173": (OURS, "http://localhost:5173"),
    "https://app.example.com:443,https://app.example.com": (OURS,),
    "http://127.0.0.1:80": ("http://127.0.0.1",),
    "http://[::1]:3000": ("http://[::1]:3000",),
    "none": (),
    "": (),
}
BAD = [
    "*",
    "null",
    "app.example.com",
    "https://*.example.com",
    "https://app.example.com/",
    "https://app.example.com/page",
    "https://app.example.com?x",
    "https://app.example.com?",
    "https://user@app.example.com",
    "https://app.example.com:99999",
    "https://app.example.com:x",
    "https://app.example.com:",
    "ftp://app.example.com",
    "https://",
    "https://bücher.example",
    "https://a b.example",
    f"{OURS},*",
]


@pytest.mark.parametrize("text", GOOD)
def test_origins_are_read_as_browsers_write_them(text: str):
    assert Settings.load({"FORGE_CORS_ORIGINS": text}).cors_origins == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_exact_origin_is_refused(text: str):
    with pytest.raises(SettingError, match=r"^FORGE_CORS_ORIGINS must be a comma list of origins like"):
        Settings.load({"FORGE_CORS_ORIGINS": text})
