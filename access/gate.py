"""The gate: who comes in, as whom, and how often. One Valkey round trip for each request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from access.principal import Principal
from core.errors import ForgeError, Internal


class Window(NamedTuple):
    """A rate limit window as the headers tell it: `reset` is in seconds from now."""

    limit: int
    remaining: int
    reset: int
    name: str = "requests"


class NamedKey(NamedTuple):
    """What a key is called, and the e-mail address of the person in whose name it acts."""

    name: str
    email: str | None


class Points(NamedTuple):
    """A key's bucket of points: how many it holds when full, how many are left, how many come back each second."""

    capacity: int
    left: int
    restored: int


@dataclass(slots=True)
class Admission:
    """What the gate said: a principal, or the error to answer with; the window is told in both cases.

    `points` are told once the key is known, after what this request has drawn so far. `caller` is whose good
    key it was, also where the request is refused.
    """

    window: Window
    principal: Principal | None = None
    error: ForgeError | None = None
    points: Points | None = None
    caller: Principal | None = None

    def admitted(self) -> Principal:
        """The principal, or the error raised."""
        if self.principal is None:
            raise self.error or Internal("neither admitted nor refused")
        return self.principal


class Gate(Protocol):
    """Admits requests by key and address."""

    async def admit(self, authorization: str | None, address: str, route: str = "", points: int = 0) -> Admission:
        """Admit a request by its `Authorization` header and the caller's address; never raises for a bad key.

        `route` is what the key's last use is remembered by, `points` what the request costs as far as that is known.
        """

    async def draw(self, admission: Admission, points: int) -> None:
        """Draw more points for a request that was admitted; raises RateLimited when there are not enough."""

    def seems_of(self, authorization: str | None) -> str | None:
        """The workspace (in hex) that the key in this header was of when this process admitted it last.

        Nothing is verified: it is good for guessing what a request will cost, and for nothing else.
        """

    def is_revoked(self, principal: Principal) -> bool:
        """Whether this process has heard that the principal's key was revoked; asked just before bytes are sent."""

    def follow(self, principal: Principal, lost: Callable[[], None]) -> Callable[[], None]:
        """Call `lost` once, as soon as a right of this principal's key is heard to be lost; returns what ends that."""

    async def named(self, company_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, NamedKey]:
        """Return what keys of a company are called, and in whose name they act, in one statement."""

    async def withdraw(self, company_id: UUID, public_ids: Collection[str]) -> None:
        """After the commit of a command that took rights from these keys of a company: tell every process."""

    async def in_name_of(self, user_id: UUID) -> Principal:
        """A principal of a person without a key: for the command line. Raises Unauthorized for one who may not act."""

    async def reload(self, principal: Principal) -> Principal:
        """Load a principal afresh after it turned out stale; raises Unauthorized when its key is good no more."""
