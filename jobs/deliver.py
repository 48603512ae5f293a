"""Delivering: due deliveries are claimed, signed and sent side by side, and what fails is due again later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from core.secrets import SealBrokenError, Secrets
from core.signing import signature_headers
from engine.scalars import write_moment
from jobs.leases import AT_ONCE_TO_ONE, Ended, Leased, Leases
from jobs.patience import LOOK, surviving
from jobs.retries import next_delay
from jobs.sending import LONGEST_ERROR, Reply, Sender
from models import DeliveryStatus
from models.webhook import SEALED_FOR

AT_ONCE: Final = 64
"""Requests one worker has under way."""
GONE: Final = 410
_AGENT: Final = "Forge-Webhooks/1"
log = logging.getLogger("forge")

Disable = Callable[[UUID, UUID], Awaitable[None]]
"""Disables the endpoint (workspace, id) of a receiver that is gone."""


class Deliverer:
    """Sends what is due, until it is cancelled; `retries` are the seconds to wait after each failure."""

    def __init__(
        self, leases: Leases, secrets: Secrets, sender: Sender, retries: Sequence[float], disable: Disable
    ) -> None:
        self._leases = leases
        self._secrets = secrets
        self._sender = sender
        self._retries = retries
        self._disable = disable
        self._due = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Leased] = {}
        self._more = False

    def poke(self) -> None:
        """Look now: something may be due."""
        self._due.set()

    async def run(self) -> None:
        """Claim and send what is due; look when poked, and every so often for what nobody told us of."""
        while True:
            self._due.clear()
            with surviving("claiming deliveries"):
                await self._start()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._due.wait()

    async def stop(self, grace: float) -> None:
        """Let what is under way end for `grace` seconds, then break it off and give the leases back."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=grace)
        left = dict(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        with surviving("giving leases back"):
            await self._leases.release(list(left.values()))

    async def _start(self) -> None:
        room = AT_ONCE - len(self._under_way)
        counts = Counter(held.endpoint_id for held in self._under_way.values())
        busy = [endpoint_id for endpoint_id, number in counts.items() if number >= AT_ONCE_TO_ONE]
        claimed = await self._leases.claim(room, busy) if room else []
        for held in claimed:
            task = asyncio.create_task(self._deliver(held))
            self._under_way[task] = held
            task.add_done_callback(self._ended)
        counts.update(held.endpoint_id for held in claimed)
        self._more = len(claimed) == room or any(number >= AT_ONCE_TO_ONE for number in counts.values())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task)
        if self._more:
            self.poke()

    async def _deliver(self, held: Leased) -> None:
        with surviving(f"delivery {held.id}"):
            body = body_of(held)
            if body is None or not held.wanted:
                await self._leases.cancel(held)
                return
            tried = await self._try(held, body)
            await self._leases.record(held, tried.ended, tried.headers, body, tried.reply)
            if tried.ended.due_in is not None:
                asyncio.get_running_loop().call_later(tried.ended.due_in, self.poke)
            if tried.reply.status == GONE:
                await self._disable(held.workspace_id, held.endpoint_id)

    async def _try(self, held: Leased, body: bytes) -> _Tried:
        """Send once. Whatever goes wrong is a failed try, so that every try is recorded and counted.

        Only being cancelled is none: the worker stops, and gives the lease back.
        """
        began, headers = time.monotonic(), dict[str, str]()
        try:
            headers = self._headers(held, body)
            reply = await self._sender.post(held.url, headers, body)
            return _Tried(headers, reply, self._judge(held, reply))
        except SealBrokenError:
            log.exception("the secret of endpoint %s", held.endpoint_id)
            reply = _UNSIGNED
        except (Exception, asyncio.CancelledError) as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.exception("delivery %s", held.id)
            reply = Reply(error=f"{type(error).__name__}: {error}"[:LONGEST_ERROR], seconds=time.monotonic() - began)
        return _Tried(headers, reply, self._judge(held, reply))

    def _headers(self, held: Leased, body: bytes) -> dict[str, str]:
        """The headers of a try; raises SealBrokenError when a secret cannot be opened."""
        sealed = [each for each in (held.old_secret, held.secret) if each is not None]
        secrets = [self._secrets.open(SEALED_FOR, each, held.endpoint_id.bytes).decode() for each in sealed]
        return {
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            "X-Forge-Event": held.event_type,
            "X-Forge-Sequence": str(held.sequence),
            **signature_headers(secrets, str(held.id), int(time.time()), body),
        }

    def _judge(self, held: Leased, reply: Reply) -> Ended:
        if reply.arrived:
            return Ended(DeliveryStatus.DELIVERED)
        if reply.status == GONE:
            return Ended(DeliveryStatus.CANCELLED)
        delay = next_delay(self._retries, held.attempts + 1, reply.headers)
        return Ended(DeliveryStatus.EXHAUSTED) if delay is None else Ended(DeliveryStatus.PENDING, delay)


class _Tried(NamedTuple):
    """One try: the headers sent, what came of it, and what becomes of the delivery."""

    headers: dict[str, str]
    reply: Reply
    ended: Ended


_UNSIGNED: Final = Reply(error="the endpoint's secret cannot be opened: FORGE_SECRET no longer lists what sealed it")


def body_of(held: Leased) -> bytes | None:
    """Return the body of a delivery, the same at every try; None when its event is kept no more."""
    if held.data is None or held.at is None:
        return None
    # An event's name and a moment need no escaping, and the data is JSON text.
    head = f'{{"type":"{held.event_type}","created_at":"{write_moment(held.at)}","data":'
    return f"{head}{held.data}}}".encode()
