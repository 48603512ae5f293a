"""Lanes: who may send next, so that no company waits for the receivers of another one.

The worker's slots are shared by company, then by endpoint, in turn. An endpoint that has just answered quickly uses the
quick lane; one that hangs, is slow or has not been tried yet uses the slow lane. A request that takes long leaves the
quick lane while it runs. Why: docs/decisions/0021-fair-delivery.md.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Final
from uuid import UUID

QUICK_SLOTS: Final = 64
SLOW_SLOTS: Final = 64
SPARE: Final = 16
"""Slots of a lane that only companies with nothing under way in it may take."""
MAX_SLOW: Final = 128
"""Requests that may be in the slow lane: those that left the quick one come on top of its slots."""


class Pace(StrEnum):
    """How an endpoint has answered last."""

    NEW = "new"
    QUICK = "quick"
    SLOW = "slow"
    HANGING = "hanging"


AT_ONCE: Final[Mapping[Pace, int]] = {Pace.QUICK: 8, Pace.SLOW: 4, Pace.NEW: 1, Pace.HANGING: 1}
"""Requests of one endpoint that are under way at a time."""


@dataclass(slots=True, eq=False)
class Receiver:
    """An endpoint that has something due or under way."""

    workspace_id: UUID
    endpoint_id: UUID
    company_id: UUID
    pace: Pace
    under_way: int = 0
    due: bool = False
    news: bool = False
    """Whether something came due since it was picked last."""


class Lane:
    """Slots, and the receivers that wait for one: by company, each company's own in turn."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: dict[UUID, OrderedDict[UUID, Receiver]] = {}
        self._held: Counter[UUID] = Counter()
        self._served: dict[UUID, int] = {}
        self._turns = count(1)
        self.taken = 0

    def wait(self, receiver: Receiver) -> None:
        """Put a receiver at the end of its company's line, unless it stands there."""
        self._waiting.setdefault(receiver.company_id, OrderedDict()).setdefault(receiver.endpoint_id, receiver)

    def leave(self, receiver: Receiver) -> None:
        """Take a receiver out of the line."""
        line = self._waiting.get(receiver.company_id, OrderedDict())
        line.pop(receiver.endpoint_id, None)
        if not line:
            self._waiting.pop(receiver.company_id, None)

    def next(self) -> Receiver | None:
        """Return the receiver whose turn it is, out of the line; None when there is none, or no slot for it.

        It is of the company that holds the fewest slots, of several the one that was served longest ago.
        """
        free = self._size - self.taken
        if free <= 0 or not self._waiting:
            return None
        company_id = min(self._waiting, key=lambda each: (self._held[each], self._served.get(each, 0)))
        if free <= SPARE and self._held[company_id]:
            return None
        self._served[company_id] = next(self._turns)
        receiver = next(iter(self._waiting[company_id].values()))
        self.leave(receiver)
        return receiver

    def take(self, receiver: Receiver) -> None:
        """Count a slot as taken."""
        self._held[receiver.company_id] += 1
        self.taken += 1

    def give(self, receiver: Receiver) -> None:
        """Count a slot as free again."""
        self.taken -= 1
        self._held[receiver.company_id] -= 1
        if not self._held[receiver.company_id]:
            del self._held[receiver.company_id]
            if receiver.company_id not in self._waiting:
                self._served.pop(receiver.company_id, None)


@dataclass(slots=True, eq=False)
class Slot:
    """The right to send one request; `hurried` says that it was given in the quick lane."""

    receiver: Receiver
    lane: Lane
    hurried: bool


@dataclass(slots=True)
class Lanes:
    """All receivers of one worker that have something due or under way, and the slots they share."""

    quick: Lane = field(default_factory=lambda: Lane(QUICK_SLOTS))
    slow: Lane = field(default_factory=lambda: Lane(SLOW_SLOTS))
    _receivers: dict[UUID, Receiver] = field(default_factory=dict)

    def due(self, workspace_id: UUID, endpoint_id: UUID, company_id: UUID, pace: Pace) -> None:
        """Hear that an endpoint has something due; its pace counts unless it is known better here."""
        receiver = self._receivers.get(endpoint_id)
        if receiver is None:
            receiver = self._receivers[endpoint_id] = Receiver(workspace_id, endpoint_id, company_id, pace)
        receiver.due = receiver.news = True
        self._line_up(receiver, receiver.pace if receiver.under_way else pace)

    def pick(self) -> Iterator[Slot]:
        """Hand out slots for as long as there are any, and anybody to have them."""
        for lane in (self.quick, self.slow):
            while receiver := lane.next():
                lane.take(receiver)
                receiver.under_way += 1
                receiver.news = False
                self._line_up(receiver, receiver.pace)
                yield Slot(receiver, lane, lane is self.quick)

    def late(self, slot: Slot) -> None:
        """Hear that a request takes long: it leaves the quick lane, and its endpoint is quick no more."""
        if slot.lane is self.quick and self.slow.taken < MAX_SLOW:
            self.quick.give(slot.receiver)
            self.slow.take(slot.receiver)
            slot.lane = self.slow
        if slot.receiver.pace is Pace.QUICK:
            self._line_up(slot.receiver, Pace.SLOW)

    def drained(self, receiver: Receiver) -> None:
        """Hear that an endpoint had less due than it was given slots for."""
        if not receiver.news:
            receiver.due = False
            self._line_up(receiver, receiver.pace)

    def free(self, slot: Slot, pace: Pace) -> None:
        """Take a slot back; `pace` is what its endpoint showed, or what it was before."""
        receiver = slot.receiver
        slot.lane.give(receiver)
        receiver.under_way -= 1
        self._line_up(receiver, pace)

    def _line_up(self, receiver: Receiver, pace: Pace) -> None:
        """Have a receiver stand where its pace says, if it may have one more slot; forget it when it needs none."""
        lanes = (self.quick, self.slow) if pace is Pace.QUICK else (self.slow, self.quick)
        lanes[1].leave(receiver)
        receiver.pace = pace
        if receiver.due and receiver.under_way < AT_ONCE[pace]:
            lanes[0].wait(receiver)
        else:
            lanes[0].leave(receiver)
        if not receiver.due and not receiver.under_way:
            self._receivers.pop(receiver.endpoint_id, None)
