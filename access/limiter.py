"""The limiter: the one call to Valkey that every request makes, and the calls beside it."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha1
from ipaddress import IPv6Address, IPv6Network
from pathlib import Path
from typing import Final, NamedTuple

from core.valkey import Valkey, ValkeyAway, ValkeyRefused, pack

WINDOW: Final = 60_000
"""Milliseconds of a request window."""
CHANNEL: Final = b"forge:access"
"""Where withdrawn keys are published, as `<public id> <epoch>`."""
_SCRIPT: Final = Path(__file__).with_name("limiter.lua").read_bytes()
_SHA: Final = sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()
_EVALSHA: Final = b"$7\r\nEVALSHA\r\n$40\r\n" + _SHA + b"\r\n$1\r\n4\r\n"
_LOOK: Final = (
    b"*13\r\n" + _EVALSHA + b"$22\r\nprincipal:%b\r\n$23\r\nwindow:key:%b\r\n$%d\r\nwindow:address:%b\r\n"
    b"$23\r\npoints:key:%b\r\n$4\r\nlook\r\n$64\r\n%b\r\n%b"
)
_ADDRESS: Final = len("window:address:")


class Figures(NamedTuple):
    """What a key may use: requests a window, points its bucket holds, and points restored a second."""

    requests: int
    capacity: int
    restored: int


UNKNOWN: Final = Figures(1_000_000_000, 0, 0)
"""Of a key this process has not seen yet: nothing is drawn."""


class Counted(NamedTuple):
    """A window as the limiter tells it, the principal's text when it knew it, and the key's points.

    `left` is -1 when no points were drawn; `wait` is how many milliseconds it takes until there are enough, or 0.
    """

    principal: bytes | None
    requests: int
    milliseconds: int
    left: int = -1
    wait: int = 0


class Limiter:
    """Asks Valkey; every method raises ValkeyAway when it does not answer."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def look(self, public_id: str, digest: str, address: str, points: int, figures: Figures) -> Counted:
        """Find the principal of a key and charge it; without one the address's window is told, not charged."""
        name, where = public_id.encode(), _place(address)
        charged = _packed(points, figures)
        command = _LOOK % (name, name, _ADDRESS + len(where), where, name, digest.encode(), charged)
        try:
            return Counted(*await self._valkey.call(command))
        except ValkeyRefused:
            return await self._whole(public_id, address, b"look", digest.encode(), *_words(points, figures))

    async def charge_address(self, address: str) -> Counted:
        """Charge an address for a request without a good key."""
        return await self._whole("", address, b"address")

    async def charge_key(
        self, public_id: str, address: str, principal: bytes, milliseconds: int, points: int, figures: Figures
    ) -> Counted:
        """Keep a principal that was loaded afresh, and charge its key."""
        words = _words(points, figures)
        return await self._whole(public_id, address, b"key", principal, b"%d" % milliseconds, *words)

    async def draw(self, public_id: str, points: int, figures: Figures) -> Counted:
        """Draw points from a key's bucket, and nothing else."""
        return await self._whole(public_id, "", b"draw", *_words(points, figures))

    async def keep(self, public_id: str, principal: bytes, milliseconds: int) -> None:
        """Keep a principal that was loaded afresh."""
        await self._valkey.call(
            pack(b"SET", b"principal:" + public_id.encode(), principal, b"PX", b"%d" % milliseconds)
        )

    async def drop(self, public_id: str) -> None:
        """Drop a principal: it is loaded afresh for the next request."""
        await self._valkey.call(pack(b"DEL", b"principal:" + public_id.encode()))

    async def forget(self, public_id: str, epoch: int) -> None:
        """Drop a principal, and tell every process that those older than `epoch` are no good."""
        await self.drop(public_id)
        await self._valkey.call(pack(b"PUBLISH", CHANNEL, f"{public_id} {epoch}".encode()))

    async def _whole(self, public_id: str, address: str, *args: bytes) -> Counted:
        """Run the script, sending its text when the server does not have it."""
        name = public_id.encode()
        keys = (
            b"principal:" + name,
            b"window:key:" + name,
            b"window:address:" + _place(address),
            b"points:key:" + name,
        )
        try:
            reply = await self._valkey.call(pack(b"EVALSHA", _SHA, b"4", *keys, *args))
        except ValkeyRefused as error:
            if not str(error).startswith("NOSCRIPT"):  # out of memory, read-only, loading: as good as away
                raise ValkeyAway from error
            reply = await self._valkey.call(pack(b"EVAL", _SCRIPT, b"4", *keys, *args))
        return Counted(*reply)


def _words(points: int, figures: Figures) -> tuple[bytes, ...]:
    return (b"%d" % figures.requests, b"%d" % points, b"%d" % figures.capacity, b"%d" % figures.restored)


@lru_cache(maxsize=4096)
def _packed(points: int, figures: Figures) -> bytes:
    """Pack the words once: most requests of a key cost the same."""
    return b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in _words(points, figures))


@lru_cache(maxsize=4096)
def _place(address: str) -> bytes:
    """Return what an address is counted by: an IPv6 host owns a /64, so that is one place."""
    if ":" not in address:
        return address.encode()
    try:
        plain = IPv6Address(address)
    except ValueError:
        return address.encode()
    if plain.ipv4_mapped is not None:
        return str(plain.ipv4_mapped).encode()
    return str(IPv6Network((plain, 64), strict=False).network_address).encode()
