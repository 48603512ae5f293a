"""Many connections: bounded for an address and for the process, while the health routes answer whatever happens."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator
from ipaddress import ip_network

from app.wire.files import connections_that_fit
from app.wire.limits import Limits
from app.wire.watch import Watch
from tests.kit.process import ServerProcess
from tests.kit.wire import Wire, head

HERE = "127.0.0.9"


@contextlib.contextmanager
def crowd(url: str, number: int, address: str = HERE) -> Iterator[list[Wire]]:
    """So many connections, each of which has asked once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Wire(url, address)) for _ in range(number)]
    time.sleep(0.1)  # until the server has heard of it


def statuses(wires: list[Wire], path: str = "/nowhere") -> list[int]:
    for wire in wires:
        wire.say(head(f"GET {path}"))
    return [wire.hear().status for wire in wires]


def test_an_address_has_so_many_connections_and_the_health_routes_answer(impatient: ServerProcess):
    with crowd(impatient.url, 20) as wires:
        assert set(statuses(wires)) <= {401, 429}
        for path in ("/graphql", "/api/v1/quotes", "/nowhere", "/livezz"):
            with Wire(impatient.url, HERE) as wire:
                wire.say(head(f"GET {path}"))
                answer = wire.hear()
                assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "unavailable", "5")
                assert answer.headers["connection"] == "close"
                assert wire.closed()
        for path in ("/livez", "/readyz"):
            with Wire(impatient.url, HERE) as wire:
                wire.say(head(f"GET {path}"))
                assert wire.hear().status == 200
                assert wire.closed()
        with Wire(impatient.url, "127.0.0.3") as wire:
            wire.say(head("GET /nowhere"))
            assert wire.hear().status in {401, 429}
    with Wire(impatient.url, HERE) as wire:
        wire.say(head("GET /nowhere"))
        assert wire.hear().status in {401, 429}


def test_a_proxy_has_as_many_as_the_process(impatient: ServerProcess):
    with crowd(impatient.url, 40, "127.0.0.2") as wires:
        assert set(statuses(wires)) <= {401, 429}
        with Wire(impatient.url, "127.0.0.3") as wire:
            wire.say(head("GET /nowhere"))
            assert wire.hear().status == 503


def test_silent_connections_beyond_it_do_not_hold_the_health_routes_up(impatient: ServerProcess):
    with crowd(impatient.url, 200):
        for _ in range(20):
            with Wire(impatient.url, HERE) as wire:
                wire.say(head("GET /livez"))
                assert wire.hear().status == 200
        with crowd(impatient.url, 20), Wire(impatient.url, HERE) as wire:
            wire.say(head("GET /readyz"))
            assert wire.hear().status == 200
    time.sleep(0.1)
    with crowd(impatient.url, 20) as wires:
        assert set(statuses(wires)) <= {401, 429}


def test_a_websocket_counts_as_a_connection(impatient: ServerProcess):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    first = head("GET /graphql", **upgrade, Sec_WebSocket_Key="x3JJHMbDL1EzLkh9GBhXDw==")
    with crowd(impatient.url, 20) as wires:
        for wire in wires:
            wire.say(first)
            assert wire.hear().status == 101
        with Wire(impatient.url, HERE) as wire:
            wire.say(first)
            assert wire.hear().status == 503
    with crowd(impatient.url, 20) as wires:
        assert set(statuses(wires)) <= {401, 429}


class Caller:
    """A connection that only counts."""

    def check(self, now: float) -> None:
        """It never takes too long."""

    def give_up(self) -> None:
        """It stays."""


async def test_an_ipv6_network_is_one_address_and_a_mapped_one_is_what_it_maps():
    watch = Watch(Limits(connections_per_address=1), [ip_network("10.0.0.0/8"), ip_network("fd00::/8")])
    for first, second, other in (
        ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::ffff:1:2:3", "2001:db8:0:1::1"),
        ("fe80::1%eth0", "fe80::2%eth1", "fe80:0:0:1::1"),
    ):
        assert [watch.enter(Caller(), address) for address in (first, second, other)] == [True, False, True]
    for uncounted in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1", ""):
        assert all(watch.enter(Caller(), uncounted) for _ in range(3))
    caller = Caller()
    assert watch.enter(caller, "192.0.2.9")
    watch.leave(caller)
    assert watch.enter(Caller(), "192.0.2.9")


def test_no_more_connections_than_files():
    assert connections_that_fit(10) == 10
    assert connections_that_fit(10**9) <= resource.getrlimit(resource.RLIMIT_NOFILE)[0]
