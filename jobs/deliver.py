"""Delivering: due deliveries are claimed as slots come free and sent side by side; what fails is due again later."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from access.holders import Holders
from core.instruments import DELIVERIES, DELIVERY_SECONDS, ENDPOINTS_OWED
from jobs.disabling import Disabling, is_hopeless
from jobs.ending import Ending, end, side_by_side
from jobs.lanes import Lanes, Pace, Receiver, Slot
from jobs.leases import Leased, Leases
from jobs.patience import LOOK, surviving
from jobs.trying import GONE, Tried, Trying, body_of

SOON: Final = 10.0
"""Seconds within which a delivery that failed is awaited here; what is due later is found by the next look."""
_HURRY: Final = 0.1
"""Seconds until a worker that ends looks whether it has less time now."""
_SHARE: Final = 10
"""A look takes at most this part of the time, however many endpoints are owed something."""
_SLOW_RECORDS: Final = 2
"""Tries of slow receivers that are recorded at a time: they end in bursts, and quick ones need connections too."""


class Deliverer:
    """Sends what is due, until it is cancelled."""

    def __init__(self, leases: Leases, holders: Holders, trying: Trying, disabling: Disabling) -> None:
        self._leases = leases
        self._holders = holders
        self._trying = trying
        self._disabling = disabling
        self._lanes = Lanes()
        self._poked = asyncio.Event()
        self._few = asyncio.Semaphore(_SLOW_RECORDS)
        self._under_way: dict[asyncio.Task[None], Leased] = {}

    async def due(self, workspace_id: UUID, paces: Mapping[UUID, Pace]) -> None:
        """Hear that endpoints of a workspace have something due; raises Unavailable when the database is away."""
        company_id = (await self._holders.owners([workspace_id]))[workspace_id].company_id
        for endpoint_id, pace in paces.items():
            self._lanes.due(workspace_id, endpoint_id, company_id, pace)
        self._poked.set()

    async def run(self) -> None:
        """Claim and send what is due: at once what we are told of, and by a look every so often all the rest."""
        await side_by_side(self._look(), self._claim_what_is_due())

    async def stop(self, ending: Ending) -> None:
        """Let what is under way end while there is time, then break it off and give the leases back."""
        while self._under_way and (seconds := ending.left()):
            await asyncio.wait(self._under_way, timeout=min(seconds, _HURRY))
        left = dict(self._under_way)
        await end(left)
        with surviving("giving leases back"):
            await self._leases.release(list(left.values()))

    async def _claim_what_is_due(self) -> None:
        while True:
            await self._poked.wait()
            self._poked.clear()
            with surviving("claiming deliveries"):
                await self._start()

    async def _look(self) -> None:
        while True:
            began = time.monotonic()
            with surviving("looking for what is due"):
                owed = await self._leases.due()
                ENDPOINTS_OWED.set(len(owed))
                owners = await self._holders.owners({each.workspace_id for each in owed})
                for each in owed:
                    company_id = owners[each.workspace_id].company_id
                    self._lanes.due(each.workspace_id, each.endpoint_id, company_id, each.pace)
                self._poked.set()
            await asyncio.sleep(max(LOOK, _SHARE * (time.monotonic() - began)))

    async def _start(self) -> None:
        while slots := list(self._lanes.pick()):
            try:
                claimed = await self._claim(slots)
            except BaseException:
                self._unused(slots)
                raise
            for held in claimed:
                slot = next(each for each in slots if each.receiver.endpoint_id == held.endpoint_id)
                slots.remove(slot)
                task = asyncio.create_task(self._deliver(held, slot))
                self._under_way[task] = held
                task.add_done_callback(self._under_way.pop)
            for slot in slots:
                self._lanes.drained(slot.receiver)
            self._unused(slots)

    async def _claim(self, slots: Sequence[Slot]) -> list[Leased]:
        wanted: dict[Receiver, int] = {}
        for slot in slots:
            wanted[slot.receiver] = wanted.get(slot.receiver, 0) + 1
        return await self._leases.claim([(each.workspace_id, each.endpoint_id, most) for each, most in wanted.items()])

    def _unused(self, slots: Sequence[Slot]) -> None:
        for slot in slots:
            self._lanes.free(slot, slot.receiver.pace)

    async def _deliver(self, held: Leased, slot: Slot) -> None:
        pace = None
        late = asyncio.get_running_loop().call_later(self._trying.quick, self._late, slot)
        try:
            with surviving(f"delivery {held.id}"):
                pace = await self._send(held, slot)
        finally:
            late.cancel()
            self._lanes.free(slot, pace or slot.receiver.pace)
            if held.in_line:
                self._again(slot.receiver)
            self._poked.set()

    def _late(self, slot: Slot) -> None:
        self._lanes.late(slot)
        self._poked.set()

    async def _send(self, held: Leased, slot: Slot) -> Pace | None:
        """Send once and record it; returns how the endpoint answered."""
        body = body_of(held, slot.receiver.company_id)
        if body is None or not held.wanted:
            await self._leases.cancel(held)
            return None
        is_sandbox = (await self._holders.owners([held.workspace_id]))[held.workspace_id].is_sandbox
        tried = await self._trying.once(held, body, hurried=slot.hurried, sandbox=is_sandbox)
        ended = tried.ended
        DELIVERIES.labels(_outcome(tried)).inc()
        DELIVERY_SECONDS.observe(tried.reply.seconds)
        async with contextlib.nullcontext() if slot.lane is self._lanes.quick else self._few:
            await self._leases.record(held, ended, tried.headers, body, tried.reply, sandbox=is_sandbox)
        if ended.due_in is not None and ended.due_in <= SOON:
            asyncio.get_running_loop().call_later(ended.due_in, self._again, slot.receiver)
        if tried.reply.status == GONE:
            await self._disabling(held.workspace_id, held.endpoint_id)
        elif ended.failed and is_hopeless(held.failing_since):
            await self._disabling.pause(held.workspace_id, held.endpoint_id)
        return ended.pace

    def _again(self, receiver: Receiver) -> None:
        self._lanes.due(receiver.workspace_id, receiver.endpoint_id, receiver.company_id, receiver.pace)
        self._poked.set()


def _outcome(tried: Tried) -> str:
    """What became of a delivery by a try, in one word."""
    if tried.reply.arrived:
        return "delivered"
    if tried.reply.status == GONE:
        return "gone"
    return "exhausted" if tried.ended.due_in is None else "failed"
