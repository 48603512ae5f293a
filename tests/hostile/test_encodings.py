"""Bodies with a `Content-Encoding`: read alike at every door, for those admitted, and never further than the limit."""

from __future__ import annotations

import gzip
import os
import time
import zlib
from collections.abc import Callable

import brotli
import orjson
import pytest

from core.encodings import STEP
from core.http import LARGEST_BODY
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused
from tests.kit.process import ServerProcess
from tests.kit.wire import Wire, head

Encode = Callable[[bytes], bytes]


def bare(data: bytes) -> bytes:
    """Deflate without zlib's header, as some clients send it."""
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(data) + encoder.flush()


def quickly(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=2))


def in_members(data: bytes) -> bytes:
    return gzip.compress(data[:9]) + gzip.compress(b"") + gzip.compress(data[9:])


ENCODINGS: dict[str, tuple[str, Encode]] = {
    "gzip": ("gzip", gzip.compress),
    "GZip": (" GZip ", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "members": ("gzip", in_members),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare),
    "br": ("br", quickly),
    "with identity": ("identity, br,", quickly),
    "identity": ("identity", bytes),
    "empty": ("", bytes),
}
DOORS = {
    "/graphql": (JSON, orjson.dumps({"query": "{ myAccess { name } }"})),
    "/api/v1/clients": (JSON, b'{"name": ""}'),
    "/api/v1/intake": ({"content-type": "application/edi-x12"}, b"ISA*nothing~"),
}


async def sent(api: Api, path: str, body: bytes, encoding: str | None, key: str | None = "") -> Answer:
    headers = DOORS[path][0] | {"x-request-id": "same"}
    headers |= {} if encoding is None else {"content-encoding": encoding}
    return await api.request("POST", path, content=body, headers=headers, key=key)


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("name", ENCODINGS)
async def test_an_encoded_body_is_read_as_the_plain_one(api: Api, path: str, name: str):
    encoding, encode = ENCODINGS[name]
    plain = DOORS[path][1]
    for body in (plain, plain + b" " * 900_000):
        expected = await sent(api, path, body, None)
        answer = await sent(api, path, encode(body), encoding)
        assert answer.status == expected.status < 500
        found, wanted = answer.json, expected.json
        for each in (found, wanted):
            each.pop("extensions", None)
            for error in each.get("errors", []):
                error["extensions"].pop("requestId")
        assert found == wanted


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "encoding", ["zstd", "compress", "gzip, gzip", "br,gzip", "*", "gzip;q=1", "aes128gcm", "\xff", "x" * 9_000]
)
async def test_another_encoding_is_415_and_told_which_are_taken(api: Api, path: str, encoding: str):
    answer = await sent(api, path, gzip.compress(DOORS[path][1]), encoding)
    refused(answer, "unsupported_media_type")
    assert answer.status == 415
    assert answer.headers["accept-encoding"] == "gzip, deflate, br"
    assert b"Content-Encoding" in answer.body
    assert len(answer.body) < 1_000


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("name", ["gzip", "members", "deflate", "bare deflate", "br"])
async def test_a_body_that_is_not_so_encoded_is_400(api: Api, path: str, name: str):
    encoding, encode = ENCODINGS[name]
    whole = encode(DOORS[path][1] + os.urandom(3_000).hex().encode())
    middle = len(whole) // 2
    broken = (
        whole[:-1],
        whole[:middle],
        whole[:1],
        whole + b"\n",
        whole + bytes(9),
        b"{}",
        whole[:middle] + b"\xff" * 40,
    )
    for body in broken:
        answer = await sent(api, path, body, encoding)
        refused(answer, "bad_request")
        assert answer.status == 400
        assert b"Content-Encoding" in answer.body


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("name", ["gzip", "deflate", "bare deflate", "br"])
async def test_the_limit_is_on_what_comes_out(api: Api, path: str, name: str):
    encoding, encode = ENCODINGS[name]
    for size in (LARGEST_BODY + 1, LARGEST_BODY + STEP, 3_000_000):
        refused(await sent(api, path, encode(b" " * size), encoding), "payload_too_large")
    refused(await sent(api, path, encode(b" " * LARGEST_BODY), encoding), "bad_request", "validation_error")
    refused(await sent(api, path, encode(os.urandom(LARGEST_BODY)), encoding), "bad_request", "validation_error")


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
async def test_a_bomb_costs_little(api: Api, name: str):
    encoding, encode = ENCODINGS[name]
    bomb = encode(bytes(64 << 20))
    for path in DOORS:
        began = time.process_time()
        refused(await sent(api, path, bomb, encoding), "payload_too_large")
        assert time.process_time() - began < 0.1
    small = gzip.compress(b"") * 40_000
    began = time.process_time()
    refused(await sent(api, "/graphql", small, "gzip"), "bad_request")
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize("path", DOORS)
async def test_nothing_is_decoded_for_strangers(api: Api, path: str):
    for body in (gzip.compress(DOORS[path][1]), b"broken", gzip.compress(bytes(8 << 20))):
        for encoding in ("gzip", "zstd"):
            refused(await sent(api, path, body, encoding, key="nonsense"), "unauthorized")


async def test_an_empty_body_is_empty_in_any_encoding(api: Api, part: object):
    assert part
    for encoding in ("gzip", "deflate", "br"):
        refused(await sent(api, "/graphql", b"", encoding), "bad_request")
    answer = await api.delete("/api/v1/clients/x", headers={"content-encoding": "gzip"})
    assert answer.status == 404


async def test_pieces_and_lines_are_put_together(api: Api, process: ServerProcess):
    body = gzip.compress(orjson.dumps({"query": "{ __typename }"}) + b" " * 500_000)
    given = {"Authorization": f"Bearer {api.key}", "Content_Type": "application/json", "Content_Length": str(len(body))}
    for encoding, status in {
        "gzip": 200,
        "identity\r\nContent-Encoding: gzip": 200,
        "gzip\r\nContent-Encoding: gzip": 415,
    }.items():
        with Wire(process.url) as wire:
            wire.say(head("POST /graphql", **given, Content_Encoding=encoding))
            wire.say(*(body[at : at + 1] for at in range(len(body))))
            assert wire.hear().status == status
