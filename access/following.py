"""Who wants to hear that a key lost a right: connections that stay open, told at once and never asking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from access.principal import Principal

Lost: TypeAlias = Callable[[], None]
_LATER: Final = 0.02
"""Seconds, so that PostgreSQL too finds the key expired."""
_FARTHEST: Final = 86_400.0
"""Seconds: event loops do not take timers of years."""


@dataclass(slots=True, eq=False)
class _Follower:
    """One connection: the principal it was opened with, and the epoch at which its rights were last seen whole."""

    principal: Principal
    epoch: int
    lost: Lost


class Following:
    """Followers by key; one timer for each key that expires, none for the others."""

    def __init__(self) -> None:
        self._followers: dict[str, set[_Follower]] = {}
        self._expiring: dict[str, asyncio.TimerHandle] = {}

    def add(self, principal: Principal, expires: float | None, lost: Lost) -> Callable[[], None]:
        """Follow a key that `expires` then (seconds since 1970; infinity: never); returns what ends it."""
        name = principal.public_id
        follower = _Follower(principal, principal.epoch, lost)
        self._followers.setdefault(name, set()).add(follower)
        if expires is not None and expires != float("inf") and name not in self._expiring:
            self._expire_at(name, expires)

        def stop() -> None:
            followers = self._followers.get(name, set())
            followers.discard(follower)
            if not followers:
                self._forget(name)

        return stop

    def hear(self, public_id: str, epoch: int) -> None:
        """Tell everybody whose principal is older than the loss."""
        self._tell([each for each in self._followers.get(public_id, ()) if each.epoch < epoch])

    def epochs(self) -> dict[str, int]:
        """The oldest epoch that a follower of each key has seen."""
        return {name: min(each.epoch for each in found) for name, found in self._followers.items() if found}

    def compare(self, public_id: str, fresh: Principal | None, epoch: int) -> None:
        """Tell those who hold a scope that the key holds no more; the others have now seen this epoch."""
        followers = list(self._followers.get(public_id, ()))
        kept = [each for each in followers if fresh is not None and each.principal.scopes <= fresh.scopes]
        for each in kept:
            each.epoch = max(each.epoch, epoch)
        self._tell([each for each in followers if each not in kept])

    def _tell(self, followers: list[_Follower]) -> None:
        for each in followers:
            self._followers.get(each.principal.public_id, set()).discard(each)
            each.lost()

    def _expire_at(self, name: str, expires: float) -> None:
        left = expires - time.time()
        loop = asyncio.get_running_loop()
        if left > _FARTHEST:
            self._expiring[name] = loop.call_later(_FARTHEST, self._expire_at, name, expires)
        else:
            self._expiring[name] = loop.call_later(max(left, 0.0) + _LATER, self._expired, name)

    def _expired(self, name: str) -> None:
        self._tell(list(self._followers.get(name, ())))
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._followers.pop(name, None)
        timer = self._expiring.pop(name, None)
        if timer is not None:
            timer.cancel()
