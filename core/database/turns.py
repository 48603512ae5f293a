"""Fair turns: who may take one of a few places, and who of those that wait is next.

Places are shared by company, and a company's part by key. Whoever holds the fewest places is served first (max-min
fairness); among equals it goes round. No company may hold all places, and no key all those of its company, where there
are enough of them: somebody else always finds one free.
"""

from __future__ import annotations

from asyncio import Future
from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Share(NamedTuple):
    """For whom a place is taken. Text, because its hash is computed once and this is looked up at each request."""

    company: str
    key: str
    workspace: str


FORGE: Final = Share("", "", "")
"""Forge itself: it is not limited, and served before companies that hold a place already."""


@dataclass(frozen=True, slots=True)
class Waiter(Generic[T]):
    """Somebody who waits."""

    share: Share
    future: Future[T]


class Turns(Generic[T]):
    """Counts the places held, and keeps the futures of those that wait for one."""

    def __init__(self, size: int, most_waiting: int | None = None) -> None:
        self.of_company = max(1, size - max(1, size // 4))
        self.of_key = max(1, self.of_company - max(1, self.of_company // 3))
        self.most_waiting = most_waiting
        self._held: dict[str, int] = {}
        self._waiting: dict[str, dict[str, deque[Waiter[T]]]] = {}

    def take(self, share: Share) -> bool:
        """Count a place as held; False when the company or the key holds as many as it may."""
        company, key, _ = share
        if not company:
            return True
        held = self._held
        mine, own = held.get(company, 0), held.get(key, 0)
        if mine >= self.of_company or own >= self.of_key:
            return False
        held[company], held[key] = mine + 1, own + 1
        return True

    def give(self, share: Share) -> None:
        """Count a place as held no more."""
        company, key, _ = share
        if company:
            held = self._held
            for name in (company, key):
                left = held[name] - 1
                if left:
                    held[name] = left
                else:
                    del held[name]

    @property
    def waited_for(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def wait(self, share: Share, future: Future[T]) -> bool:
        """Wait for a place; False when `most_waiting` of the key wait already, or twice as many of its company."""
        keys = self._waiting.get(share.company, {})
        queue = keys.get(share.key) or deque()
        most = self.most_waiting
        if most is not None and (len(queue) >= most or sum(map(len, keys.values())) >= 2 * most):
            return False
        queue.append(Waiter(share, future))
        keys[share.key] = queue
        self._waiting.setdefault(share.company, keys)
        return True

    def leave(self, share: Share, future: Future[T]) -> None:
        """Wait no more."""
        queue = self._waiting.get(share.company, {}).get(share.key, deque())
        waiter = Waiter(share, future)
        if waiter in queue:
            queue.remove(waiter)
            self._behind(share)

    def next(self) -> Waiter[T] | None:
        """Take a place for whoever is next of those that may have one; None when there is nobody."""
        for share in self._in_turn():
            queue = self._waiting[share.company][share.key]
            while queue and queue[0].future.done():  # it was cancelled, and will leave
                queue.popleft()
            waiter = queue.popleft() if queue and self.take(share) else None
            if waiter is not None or not queue:
                self._behind(share)
            if waiter is not None:
                return waiter
        return None

    def clear(self) -> list[Future[T]]:
        """Forget who waits; returns their futures."""
        queues = [queue for keys in self._waiting.values() for queue in keys.values()]
        self._waiting.clear()
        return [each.future for queue in queues for each in queue if not each.future.done()]

    def _in_turn(self) -> list[Share]:
        """A share of each key that is waited for; first of companies, then of keys that hold least."""
        held = self._held
        companies = sorted(self._waiting.items(), key=lambda each: held.get(each[0], 0))
        return [
            Share(company, key, "")
            for company, keys in companies
            for key in sorted(keys, key=lambda name: held.get(name, 0))
        ]

    def _behind(self, share: Share) -> None:
        """Put a key behind its equals, and its company behind its own; drop what is not waited for any more."""
        keys = self._waiting.pop(share.company)
        queue = keys.pop(share.key)
        if queue:
            keys[share.key] = queue
        if keys:
            self._waiting[share.company] = keys
