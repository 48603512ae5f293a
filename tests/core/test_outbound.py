"""Where requests may go: no address that is not public, however it is written, and to the one that was checked."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from core.outbound import is_public, literal, read_url, refusal
from jobs.retries import next_delay
from jobs.sending import LARGEST_KEPT, Sender
from tests.kit.receiver import Receiver, Reply

LOOPBACK = (ip_network("127.0.0.0/8"),)
INSIDE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_refused(text: str):
    assert not is_public(ip_address(text))
    assert refusal(ip_address(text), secure=True, allow=()) == f"{ip_address(text)} is not a public address"


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_for_https_only(text: str):
    assert refusal(ip_address(text), secure=True, allow=()) is None
    assert refusal(ip_address(text), secure=False, allow=LOOPBACK) == "must begin with https://"


def test_an_allowed_network_is_reached_by_http_too_and_nothing_beside_it():
    assert refusal(ip_address("127.0.0.9"), secure=False, allow=LOOPBACK) is None
    assert refusal(ip_address("::1"), secure=True, allow=LOOPBACK) == "::1 is not a public address"
    assert refusal(ip_address("::ffff:127.0.0.1"), secure=True, allow=LOOPBACK) is not None


@pytest.mark.parametrize("text", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1"])
def test_every_spelling_of_an_address_is_read(text: str):
    assert literal(text) == ip_address("127.0.0.1")


@pytest.mark.parametrize("text", ["shop.example", "127.0.0.1.shop.example", "256.1.1.1", "localhost", "1.2.3.4.5", "ü"])
def test_a_name_is_no_address(text: str):
    assert literal(text) is None


@pytest.mark.parametrize(
    ("url", "allow", "reason"),
    [
        ("https://localhost/", "", "localhost is this machine: FORGE_WEBHOOK_ALLOW does not cover loopback"),
        ("https://localhost/", "10.0.0.0/8", "localhost is this machine: FORGE_WEBHOOK_ALLOW does not cover loopback"),
        ("https://LOCALHOST:80/", "", "localhost is this machine: FORGE_WEBHOOK_ALLOW does not cover loopback"),
        ("https://api.localhost/", "", "api.localhost is this machine: FORGE_WEBHOOK_ALLOW does not cover loopback"),
        ("http://localhost/", "127.0.0.0/8", None),
        ("http://localhost/", "::1/128", None),
        ("https://erp/", "", "erp is not a public name"),
        ("http://erp/", "10.0.0.0/8", None),
        ("http://erp.example/", "", "must begin with https://"),
    ],
)
def test_a_local_name_is_for_those_who_opened_a_network(url: str, allow: str, reason: str | None):
    networks = tuple(ip_network(each) for each in allow.split(",") if each)
    if reason is None:
        assert str(read_url(url, networks)) == url
        return
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        read_url(url, networks)


def test_the_dot_that_ends_a_public_name_is_dropped():
    assert str(read_url("https://shop.example.:8443/hooks?x=1", ())) == "https://shop.example:8443/hooks?x=1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_nothing_inside_is_ever_connected_to(host: str):
    with Receiver() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        async with Sender((), 2) as sender:
            for scheme in ("https", "http"):
                reply = await sender.post(f"{scheme}://{host}:{port}/", {}, b"{}")
                assert reply.status is None
                assert (reply.error or "").startswith("refused: ")
                assert reply.address is None
    assert receiver.got == []


async def test_a_name_is_resolved_and_its_checked_address_is_connected_to():
    with Receiver() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        async with Sender(LOOPBACK, 2) as sender:
            reply = await sender.post(f"http://localhost:{port}/hook", {"X-Forge-Event": "quote.sent"}, b"{}")
    assert (reply.status, reply.address) == (200, "127.0.0.1")
    assert receiver.got[0].headers["host"] == f"localhost:{port}"


async def test_names_that_do_not_resolve_hold_up_only_what_is_slow(monkeypatch: pytest.MonkeyPatch):
    resolve, release = socket.getaddrinfo, threading.Event()

    def hanging(host: str, *how: Any, **more: Any) -> Any:
        if host == "hangs.example":
            release.wait(20)
        return resolve("localhost", *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with Receiver() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        async with Sender(LOOPBACK, 5) as sender:
            url = f"http://{{}}.example:{port}/hook"
            many = [sender.post(url.format("hangs"), {}, b"{}", hurried=False) for _ in range(100)]
            waiting = asyncio.gather(*many)
            await asyncio.sleep(0.1)
            reply = await sender.post(url.format("quick"), {}, b"{}", hurried=True)
            release.set()
            await waiting
    assert reply.arrived
    assert reply.seconds < 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch):
    with Receiver() as receiver, Receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with Sender(LOOPBACK, 2) as sender:
            assert (await sender.post(receiver.url, {}, b"{}")).arrived
    assert (len(receiver.got), proxy.got) == (1, [])


async def test_a_redirect_is_not_followed():
    with Receiver() as inside, Receiver(lambda _: Reply(307, headers={"Location": inside.url})) as receiver:
        async with Sender(LOOPBACK, 2) as sender:
            reply = await sender.post(receiver.url, {}, b"{}")
    assert (reply.status, reply.arrived, reply.headers["location"]) == (307, False, inside.url)
    assert inside.got == []


async def test_of_a_long_answer_16_kib_are_kept():
    with Receiver(lambda _: Reply(200, body=b"\0" + b"x" * 1_000_000)) as receiver:
        async with Sender(LOOPBACK, 2) as sender:
            reply = await sender.post(receiver.url, {}, b"{}")
    assert reply.body == "\ufffd" + "x" * (LARGEST_KEPT - 1)


async def test_a_receiver_that_does_not_answer_in_time_has_failed():
    with Receiver(lambda _: Reply(seconds=1)) as receiver:
        async with Sender(LOOPBACK, 0.3) as sender:
            reply = await sender.post(receiver.url, {}, b"{}")
    assert (reply.status, reply.error, reply.address) == (None, "no answer within 0.3 s", "127.0.0.1")
    assert 0.3 <= reply.seconds < 0.6


async def test_nobody_listening_is_a_failure_like_any_other():
    with Receiver() as receiver:
        url = receiver.url
    async with Sender(LOOPBACK, 2) as sender:
        reply = await sender.post(url, {}, b"{}")
    assert reply.status is None
    assert (reply.error or "").startswith("ConnectError: ")


async def test_a_certificate_that_nobody_vouches_for_is_refused():
    with Receiver() as receiver:
        async with Sender(LOOPBACK, 2) as sender:
            reply = await sender.post(receiver.url.replace("http://", "https://"), {}, b"{}")
    assert reply.status is None
    assert receiver.got == []


def test_tries_are_spread_and_end():
    delays = (5.0, 300.0)
    first = [next_delay(delays, 1, {}) or 0 for _ in range(500)]
    assert 4.0 <= min(first) < 4.2
    assert 5.8 < max(first) <= 6.0
    assert 240 <= (next_delay(delays, 2, {}) or 0) <= 360
    assert next_delay(delays, 3, {}) is None


def test_what_a_receiver_asks_for_is_honoured_up_to_a_day():
    assert next_delay((5.0,), 1, {"retry-after": "60"}) == 60
    assert next_delay((5.0,), 1, {"retry-after": "99999999999999"}) == 86_400
    assert (next_delay((5.0,), 1, {"retry-after": "1"}) or 0) >= 4
    at = datetime.now(UTC) + timedelta(seconds=90)
    assert 85 < (next_delay((5.0,), 1, {"retry-after": format_datetime(at, usegmt=True)}) or 0) <= 90
    for nonsense in ("soon", "-5", "٣", "Fri, 99 Xyz 2026"):
        assert (next_delay((5.0,), 1, {"retry-after": nonsense}) or 0) <= 6
    assert next_delay((5.0,), 2, {"retry-after": "60"}) is None
