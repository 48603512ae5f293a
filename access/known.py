"""A key as this process knows it: its principal, ready for use, and what is needed to admit it again."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from uuid import UUID

import orjson

from access.limiter import Figures
from access.plans import FILLS_IN, limits_of
from access.principal import Principal
from access.scopes import effective

DIGEST_LETTERS: Final = 64
KEEP: Final = 60.0
"""Seconds a principal is kept in Valkey before it is read again."""


@dataclass(slots=True)
class Known:
    """A principal with the text it was read from: the digest of its key in hex, then JSON of `directory.PRINCIPAL`."""

    text: bytes
    principal: Principal
    networks: tuple[IPv4Network | IPv6Network, ...]
    expires: float
    """When it ends by itself, in seconds since 1970; infinity for never."""
    figures: Figures
    """What it may use."""
    seen: float = 0.0
    count: int = 0
    ends: float = 0.0
    """Its window as it was told last: requests made, and when it ends (seconds since 1970)."""
    full: float = 0.0
    """When its points will all be there again, as it was told last (seconds since 1970)."""

    def allows(self, address: str) -> bool:
        """Whether the key may be used from this address."""
        if not self.networks:
            return True
        try:
            plain = ip_address(address)
        except ValueError:
            return False
        plain = getattr(plain, "ipv4_mapped", None) or plain
        return any(plain in network for network in self.networks)

    def has(self, digest: str) -> bool:
        """Compare in constant time the digest this was kept under."""
        return hmac.compare_digest(self.text[:DIGEST_LETTERS], digest.encode())

    def same_rights(self, other: Known) -> bool:
        """Whether nothing was lost or won between the two but time."""
        mine, theirs = self.principal, other.principal
        return (mine.scopes, self.networks, self.expires) == (theirs.scopes, other.networks, other.expires)

    @property
    def lasts(self) -> int:
        """Milliseconds it may be kept."""
        return max(1, int(1000 * min(KEEP, self.expires - time.time())))


def figures_of(limits: Mapping[str, int]) -> Figures:
    """What a key may use, of a principal's limits; at least one point comes back each second."""
    return Figures(limits["requests"], limits["points"], max(limits["points"] // FILLS_IN, 1))


def read_known(text: bytes) -> Known:
    """Read a kept text; the scopes are those of the key, expanded, as far as its creator holds them still."""
    row = orjson.loads(text[DIGEST_LETTERS:])
    limits = limits_of(row["plan"], row["limits"])
    principal = Principal(
        key_id=UUID(row["key_id"]),
        public_id=row["public_id"],
        company_id=UUID(row["company_id"]),
        workspace_id=UUID(row["workspace_id"]),
        scopes=effective(row["scopes"], row["held"]),
        epoch=row["epoch"],
        currency=row["currency"],
        environment=row["environment"],
        limits=limits,
        plan=row["plan"],
        registered_only=row["registered_only"],
        user_id=None if row["user_id"] is None else UUID(row["user_id"]),
        home_id=UUID(row["home_id"]),
        is_owner=row["is_owner"],
    )
    return Known(
        text=text,
        principal=principal,
        networks=tuple(ip_network(each) for each in row["networks"]),
        expires=float("inf") if row["expires"] is None else row["expires"],
        figures=figures_of(limits),
    )
