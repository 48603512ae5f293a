"""The connections of one process: how many there are, by address, and the timer that ends those that take too long.

One timer looks at all of them in turn, about once a second. So a request sets no timer of its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Protocol, TypeAlias

from access.headers import Headers
from app.cross_origin import readable
from app.wire.limits import Limits
from app.wire.refusals import refusal
from core.errors import ForgeError
from core.http import Response, request_id_of
from core.setting_values import Network

NO_HEAD: Final[Headers] = []
STEPS: Final = 4
"""A round over all connections is made in so many steps, so that none of them holds the loop for long."""
_ROUND: Final = 1.0
_FINEST: Final = 4.0
"""A round takes at most this part of the shortest time limit."""
_PREFIX: Final = 64
"""Bits of an IPv6 address that are assigned to one site: the others are its own to choose."""


Refused: TypeAlias = Callable[[int, str, str], None]
"""Hears of a request that is refused before it was read: its status, the caller's address, the request's id."""


class Connection(Protocol):
    """A connection that is watched."""

    def check(self, now: float) -> None:
        """End it when it has taken too long for what it is doing."""

    def give_up(self) -> None:
        """End it at once."""


class Watch:
    """Counts connections and looks after them.

    `now` is the loop's time as of the last step of the timer. It is exact enough for limits of seconds, and cheaper to
    read than the clock. `round` is how long one look at all connections takes, in seconds.
    """

    def __init__(
        self,
        limits: Limits,
        trusted: Iterable[Network] = (),
        refused: Refused | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        self.limits = limits
        self._refused = refused
        self._origins = frozenset(origins)
        shortest = min(limits.head_seconds, limits.small_body_seconds, limits.idle_seconds, limits.linger_seconds)
        self.round = min(_ROUND, shortest / _FINEST)
        self.now = 0.0
        self._trusted = tuple(trusted)
        self._sites: dict[Connection, str | None] = {}
        self._counts: Counter[str] = Counter()
        self._reserve: dict[Connection, None] = {}
        self._pending: list[Connection] = []
        self._timer: asyncio.TimerHandle | None = None
        self._site = lru_cache(maxsize=4096)(self._find_site)

    def refuse(
        self, error: ForgeError, url: bytes, client: tuple[str, int] | None, headers: Headers = NO_HEAD
    ) -> Response:
        """Take note of a request that is refused before it was read, and return the answer.

        `headers` are what of its head was read: its id is kept, and a page of an allowed origin may read the answer.
        """
        request_id = request_id_of(dict(headers).get(b"x-request-id", b""))
        if self._refused is not None:
            self._refused(int(error.status), client[0] if client else "", request_id)
        response = refusal(error, url, request_id)
        response.headers += readable(self._origins, headers)
        return response

    def enter(self, connection: Connection, address: str) -> bool:
        """Take note of a connection; False when there are too many, and it may only ask for the health routes.

        Those have a small reserve, where the newest takes the place of the oldest.
        """
        self._start()
        site = self._site(address)
        full = len(self._sites) >= self.limits.connections
        if full or (site is not None and self._counts[site] >= self.limits.connections_per_address):
            if len(self._reserve) >= self.limits.reserve:
                oldest = next(iter(self._reserve))
                del self._reserve[oldest]
                oldest.give_up()
            self._reserve[connection] = None
            return False
        self._sites[connection] = site
        if site is not None:
            self._counts[site] += 1
        return True

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._reserve.pop(connection, None)
        if connection in self._sites:
            self._discount(self._sites.pop(connection))

    def hand_over(self, old: Connection, new: Connection) -> None:
        """Let `new` stand in the place of `old`: the same connection, under another protocol."""
        if old in self._sites:
            self._sites[new] = self._sites.pop(old)

    def _discount(self, site: str | None) -> None:
        if site is not None:
            self._counts[site] -= 1
            if not self._counts[site]:
                del self._counts[site]

    def _start(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self.now = loop.time()
            self._timer = loop.call_later(self.round / STEPS, self._step)

    def _step(self) -> None:
        """Look at a part of the connections."""
        self._timer = None
        if not self._sites and not self._reserve:
            return
        self._start()
        if not self._pending:
            self._pending = [*self._sites, *self._reserve]
        some = -(-(len(self._sites) + len(self._reserve)) // STEPS)
        for connection in self._pending[-some:]:
            if connection in self._sites or connection in self._reserve:
                connection.check(self.now)
        del self._pending[-some:]

    def _find_site(self, address: str) -> str | None:
        """What connections of an address are counted by; None when they are not counted."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return None
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if any(found in network for network in self._trusted):
            return None
        if isinstance(found, IPv6Address):
            return str(ip_network((found, _PREFIX), strict=False))
        return str(found)
