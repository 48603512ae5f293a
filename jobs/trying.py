"""One try of a delivery: its body, its signature, the request, and what is to become of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from core.secrets import SealBrokenError, Secrets
from core.signing import signature_headers
from engine.declare.scalars import write_moment
from jobs.lanes import Pace
from jobs.leases import Ended, Leased
from jobs.masking import masked_headers, without_secrets
from jobs.retries import next_delay
from jobs.sandbox.sink import Sink
from jobs.sending import LONGEST_ERROR, Reply, Sender
from models import DeliveryStatus, EndpointStyle
from models.webhook import SEALED_FOR

GONE: Final = 410
_QUICK: Final = 1.0
"""Seconds within which an answer is quick, unless the timeout is short: then a quarter of it."""
_AGENT: Final = "Forge-Webhooks/1"
log = logging.getLogger("forge")


class Trying:
    """Sends deliveries, once each; `retries` are the seconds to wait after each failure."""

    def __init__(self, secrets: Secrets, sender: Sender, retries: Sequence[float]) -> None:
        self._secrets = secrets
        self._sender, self._sink = sender, Sink()
        self._retries = retries
        self.quick = min(_QUICK, sender.timeout / 4)
        """Seconds within which an answer is quick."""

    async def once(self, held: Leased, body: bytes, *, hurried: bool, sandbox: bool) -> Tried:
        """Send once, to the sink if it is of a `sandbox`; `hurried` says that it is in the quick lane.

        Whatever goes wrong is a failed try, so that every try is recorded and counted. Only being cancelled is none:
        then the worker stops, and gives the lease back.
        """
        began, headers = time.monotonic(), dict[str, str]()
        try:
            secrets = self._opened(held)
            headers = _headers(held, secrets, body)
            sender = self._sink if sandbox else self._sender
            reply = await sender.post(held.url, headers, body, hurried=hurried)
            return Tried(masked_headers(headers), without_secrets(reply, secrets), self._judge(held, reply))
        except SealBrokenError:
            log.exception("the secret of endpoint %s", held.endpoint_id)
            reply = _UNSIGNED
        except (Exception, asyncio.CancelledError) as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.exception("delivery %s", held.id)
            reply = Reply(error=f"{type(error).__name__}: {error}"[:LONGEST_ERROR], seconds=time.monotonic() - began)
        return Tried(headers, reply, self._judge(held, reply))

    def _opened(self, held: Leased) -> list[str]:
        """The live secrets, the oldest first; raises SealBrokenError when one cannot be opened."""
        sealed = [each for each in (held.old_secret, held.secret) if each is not None]
        return [self._secrets.open(SEALED_FOR, each, held.endpoint_id.bytes).decode() for each in sealed]

    def _judge(self, held: Leased, reply: Reply) -> Ended:
        pace = self._pace(reply.seconds)
        if reply.arrived:
            return Ended(DeliveryStatus.DELIVERED, None, pace)
        if reply.status == GONE:
            return Ended(DeliveryStatus.CANCELLED, None, pace)
        retries = () if held.sequence is None else self._retries
        delay = next_delay(retries, held.attempts + 1, reply.headers)
        status = DeliveryStatus.EXHAUSTED if delay is None else DeliveryStatus.PENDING
        return Ended(status, delay, pace)

    def _pace(self, seconds: float) -> Pace:
        """What a try says of its endpoint: only how long it took counts, for that is how long it holds a slot."""
        if seconds <= self.quick:
            return Pace.QUICK
        return Pace.SLOW if seconds < self._sender.timeout else Pace.HANGING


class Tried(NamedTuple):
    """One try: the headers sent and what came of it, as they may be kept, and what becomes of the delivery."""

    headers: dict[str, str]
    reply: Reply
    ended: Ended


_UNSIGNED: Final = Reply(error="the endpoint's secret cannot be opened: FORGE_SECRET no longer lists what sealed it")


def _headers(held: Leased, secrets: Sequence[str], body: bytes) -> dict[str, str]:
    forg = held.style == EndpointStyle.FORG
    mine = {} if forg else {"X-Forge-Event": held.event_type}
    if not forg and held.sequence is not None:
        mine["X-Forge-Sequence"] = str(held.sequence)
    signed = signature_headers(secrets, str(held.id), int(time.time()), body, forg=forg)
    return {"Content-Type": "application/json", "User-Agent": _AGENT, **mine, **signed}


def body_of(held: Leased, company_id: UUID) -> bytes | None:
    """Return the body of a delivery, the same at every try; None when its event is kept no more."""
    if held.data is None or held.at is None:
        return None
    # An event's name, a moment and an id need no escaping, and the data is JSON text.
    at = write_moment(held.at)
    head = f'{{"type":"{held.event_type}","created_at":"{at}","data":'
    if held.style == EndpointStyle.FORG:
        ids = f'"id":"wev_{held.id.hex}","type":"{held.event_type}","org_id":"org_{company_id.hex}"'
        head = f'{{{ids},"ts":"{at}","data":'
    return f"{head}{held.data}}}".encode()
