"""Answers in the encodings that a caller accepts: the same answer, fewer bytes, and nothing told by a length."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

import brotli
import orjson
import pytest
from backports import zstd

from app.front import Front
from core.compression import INLINE, SMALLEST, Kept, accepted_encoding, compressed
from core.http import Receive, Scope, Send
from core.settings import Settings
from models import Client
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}


def plain(answer: Answer) -> bytes:
    """The body without its encoding, whose length the headers tell."""
    assert int(answer.headers["content-length"]) == len(answer.body)
    return DECODERS[answer.headers["content-encoding"]](answer.body)


ROWS = 12


@pytest.fixture
async def rows(company: Tenant) -> None:
    """Clients of more than one kilobyte as JSON."""
    for number in range(ROWS):
        await company.make(Client, name=f"Number {number}")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("encoding", DECODERS)
async def test_every_door_answers_in_each_encoding(api: Api, encoding: str):
    asked = {"accept-encoding": encoding}
    for path in (
        "/api/v1/clients",
        "/api/v1/changes?limit=50",
        "/api/openapi",
        "/graphql?query={__schema{types{name}}}",
    ):
        answer, expected = await api.get(path, headers=asked), await api.get(path)
        assert "content-encoding" not in expected.headers, path
        assert len(expected.body) > SMALLEST
        assert len(answer.body) < len(expected.body) / 2
        assert orjson.loads(plain(answer)).keys() == expected.json.keys()
        for each in (answer, expected):
            assert "Accept-Encoding" in each.headers["vary"].split(", "), path
    found = await api.graphql("{ clients(first: 50) { nodes { id name createdAt } } }", headers=asked)
    assert len(orjson.loads(plain(found))["data"]["clients"]["nodes"]) == ROWS


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),  # what browsers send
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),  # what httpx and requests send
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, br;q=0.9 , zstd;q=0", "br"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("*;q=0", None),
        ("gzip;q=0, *;q=0", None),
        ("identity", None),
        ("identity;q=0.5, gzip;q=0.4", None),
        ("identity;q=0.5, gzip;q=0.6", "gzip"),
        ("deflate, compress", None),
        ("", None),
        ("gzip;q=2", None),
        ("gzip;q=nonsense", None),
        ("gzip;q=0.000", None),
        (",,gzip,", "gzip"),
        ("gzip;level=9;q=0.1", "gzip"),
        ("g" * 100_000, None),
    ],
)
async def test_the_encoding_that_weighs_most_is_taken(header: str, encoding: str | None):
    assert accepted_encoding(header) == encoding


@pytest.mark.usefixtures("rows")
async def test_several_lines_of_the_header_are_one_list(app: Front, api: Api):
    lines = [(b"accept-encoding", b"deflate"), (b"accept-encoding", b"gzip")]

    async def with_lines(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [*scope["headers"], *lines]
        await app(scope, receive, send)

    answer = await Api(with_lines, api.address, api.key).get("/api/v1/clients")  # type: ignore[arg-type]
    assert answer.headers["content-encoding"] == "gzip"


async def test_a_small_answer_is_sent_as_it_is(api: Api):
    answer = await api.get("/api/v1/clients", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Authorization"
    assert answer.json == {"data": [], "next_cursor": None}


async def test_a_large_answer_is_compressed_in_a_thread_and_whole(api: Api, company: Tenant):
    await company.make(Client, name="Long", notes="long words and other ones " * 300)
    for number in range(9):
        await company.make(Client, name=f"Long {number}", notes="the same again " * 600)
    expected = await api.get("/api/v1/clients")
    assert len(expected.body) > INLINE
    for encoding in DECODERS:
        answer = await api.get("/api/v1/clients", headers={"accept-encoding": encoding})
        assert plain(answer) == expected.body


async def test_the_tag_of_a_compressed_answer_is_weak_and_good_for_everything(api: Api, company: Tenant):
    client = await company.make(Client, notes="a note " * 300)
    path = f"/api/v1/clients/{client.id}"
    accepts = {"accept-encoding": "br"}
    answer = await api.get(path, headers=accepts)
    assert answer.headers["etag"] == 'W/"1"'
    assert (await api.get(path)).headers["etag"] == '"1"'
    known = await api.get(path, headers=accepts | {"if-none-match": answer.headers["etag"]})
    assert (known.status, known.body, known.headers["vary"]) == (304, b"", "Authorization, Accept-Encoding")
    changed = await api.patch(path, {"name": "Other"}, headers={"if-match": answer.headers["etag"]})
    assert changed.data["version"] == 2


@pytest.mark.usefixtures("rows")
async def test_head_has_the_headers_of_get_but_the_length_that_only_compressing_tells(api: Api):
    asked = {"accept-encoding": "gzip"}
    head = await api.request("HEAD", "/api/v1/clients", headers=asked)
    answer = await api.get("/api/v1/clients", headers=asked)
    assert head.body == b""
    same = {"content-type", "content-encoding", "vary", "etag", "cache-control", "link"}
    assert {each: head.headers.get(each) for each in same} == {each: answer.headers.get(each) for each in same}
    assert head.headers["content-encoding"] == "gzip"
    assert "content-length" not in head.headers
    plain = await api.request("HEAD", "/api/v1/clients")
    assert int(plain.headers["content-length"]) > SMALLEST


async def test_an_answer_that_shows_a_secret_is_neither_compressed_nor_kept(api: Api):
    accepts = {"accept-encoding": "gzip, br, zstd"}
    sent = {"url": "https://127.0.0.1/hook", "events": ["*"], "description": "a description " * 60}
    made = await api.post("/api/v1/webhook-endpoints", sent, headers=accepts)
    assert made.data["secret"].startswith("whsec_")
    assert len(made.body) > SMALLEST
    assert made.headers["cache-control"] == "no-store, no-transform"
    assert "content-encoding" not in made.headers
    shown = await api.get(f"/api/v1/webhook-endpoints/{made.data['id']}", headers=accepts)
    assert made.data["secret"].encode() not in plain(shown)
    document = """mutation ($input: CreateWebhookEndpointInput!) {
      createWebhookEndpoint(input: $input) { secret description } }"""
    answer = await api.graphql(document, {"input": sent}, headers=accepts)
    assert answer.data["createWebhookEndpoint"]["secret"].startswith("whsec_")
    assert answer.headers["cache-control"] == "no-store, no-transform"
    assert "content-encoding" not in answer.headers


async def test_a_replay_that_shows_the_mask_is_like_any_other(api: Api):
    headers = {"accept-encoding": "gzip", "idempotency-key": "once"}
    sent = {"url": "https://127.0.0.1/hook", "events": ["*"], "description": "a description " * 60}
    first = await api.post("/api/v1/webhook-endpoints", sent, headers=headers)
    again = await api.post("/api/v1/webhook-endpoints", sent, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert first.data["secret"].encode() not in plain(again)


@pytest.mark.usefixtures("rows")
async def test_it_can_be_left_to_a_proxy(settings: Settings, api: Api):
    document = await api.get("/api/v1/clients", headers={"accept-encoding": "gzip"})
    assert document.headers["content-encoding"] == "gzip"
    api.app._compresses = False
    try:
        answer = await api.get("/api/v1/clients", headers={"accept-encoding": "gzip"})
    finally:
        api.app._compresses = settings.compression
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Authorization"
    assert answer.body == zlib.decompress(document.body, 31)


FILE = "/graphiql/shipped/graphiql.min.js"
FILES = (FILE, "/graphiql/shipped/graphiql.min.css", "/graphiql/forge/explorer.js")


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("accepts", ["gzip", "br", "zstd", "br;q=1, gzip;q=0.5", None, "identity"])
async def test_the_files_of_the_explorer_are_compressed_as_everything_is(api: Api, path: str, accepts: str | None):
    asked = {} if accepts is None else {"accept-encoding": accepts}
    as_it_is, answer = await api.get(path, key=None), await api.get(path, key=None, headers=asked)
    encoding = accepted_encoding(accepts or "")
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == as_it_is.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.body)
    if encoding is not None:
        assert len(answer.body) < len(as_it_is.body) * 0.7  # the style sheet has fonts in it
        assert plain(answer) == as_it_is.body
    same = ("content-type", "last-modified", "x-content-type-options", "referrer-policy")
    assert {name: answer.headers[name] for name in same} == {name: as_it_is.headers[name] for name in same}
    tag = as_it_is.headers["etag"]
    assert answer.headers["etag"] == (tag if encoding is None else f"W/{tag}")
    for known in ({"if-none-match": answer.headers["etag"]}, {"if-modified-since": answer.headers["last-modified"]}):
        again = await api.get(path, key=None, headers=asked | known)
        assert (again.status, again.body, again.headers["vary"]) == (304, b"", "Accept-Encoding")
    head = await api.request("HEAD", path, key=None, headers=asked)
    assert (head.status, head.body, head.headers.get("content-encoding")) == (200, b"", encoding)
    assert head.headers.get("content-length") == (str(len(as_it_is.body)) if encoding is None else None)


async def test_a_file_is_compressed_once_for_each_encoding(api: Api):
    body = Kept(b"a line of text\n" * 10_000)
    made = await asyncio.gather(*(compressed(body, encoding) for encoding in ("gzip", "br", "zstd") for _ in range(5)))
    assert [DECODERS[encoding](form) for encoding, form in body.forms.items()] == [body] * 3
    assert {id(each) for each in made} == {id(each) for each in body.forms.values()}
    first, second = [await api.get(FILE, key=None, headers={"accept-encoding": "br"}) for _ in range(2)]
    assert first.body == second.body


def test_the_files_of_the_explorer_are_left_to_a_proxy_too(server: Callable[..., ServerProcess]):
    process = server(FORGE_COMPRESSION="off")
    for path in FILES:
        answer = process.http.get(path, headers={"accept-encoding": "gzip, br, zstd"})
        assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)
        assert answer.headers.get("vary") is None
        assert int(answer.headers["content-length"]) == len(answer.content) > 1_000
