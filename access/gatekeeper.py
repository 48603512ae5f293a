"""The gate at work: one call to Valkey for each request, PostgreSQL for what Valkey does not know or when it is away.

A key that is unknown, wrong, revoked or expired takes the same way (Valkey, PostgreSQL, the address's window) to the
same answer. Only an address pays for that, and only failures count: nobody can use up the window of a key without the
key, and a good key is let in from an address whose window is used up (`access/lookups.py`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from access.credentials import Credential, Pepper, claimed_id_of
from access.directory import Directory
from access.following import Following, Lost
from access.gate import Admission, NamedKey, Points, Window
from access.known import DIGEST_LETTERS, Known, figures_of, read_known
from access.limiter import UNKNOWN, Counted, Figures, Limiter
from access.lookups import Lookups
from access.plans import ANONYMOUS
from access.principal import NO_KEY, Principal
from access.rights import tell
from access.usage import Usage
from access.windows import Windows
from access.withdrawn import REMEMBERED, Withdrawn
from core.errors import ForgeError, Internal, RateLimited, Unauthorized, Unavailable
from core.valkey import ValkeyAway

REFUSED: Final = "The key is missing, wrong, expired or revoked"
log = logging.getLogger("forge")


class Gatekeeper:
    """Admits requests; one for each process."""

    def __init__(self, directory: Directory, limiter: Limiter, pepper: Pepper, usage: Usage) -> None:
        self._directory = directory
        self._limiter = limiter
        self._pepper = pepper
        self._usage = usage
        self._lookups = Lookups(directory, pepper)
        self._windows = Windows()
        self._withdrawn = Withdrawn()
        self._following = Following()
        self._known: dict[str, Known] = {}

    async def admit(self, authorization: str | None, address: str, route: str = "", points: int = 0) -> Admission:
        """Admit a request by its `Authorization` header and the caller's address; never raises for a bad key."""
        try:
            key = _key_of(authorization)
            credential = None if key is None else self._pepper.read(key)
            if key is None or credential is None:
                return await self._refuse(address)
            return await self._admit(key, credential, address, route, points)
        except Unavailable as error:
            return Admission(self._nobodys(address), error=error)
        except Exception:
            log.exception("unforeseen error at the gate")
            return Admission(self._nobodys(address), error=Internal("Internal error"))

    async def draw(self, admission: Admission, points: int) -> None:
        """Draw more points for a request that was admitted; raises RateLimited when there are not enough."""
        principal = admission.admitted()
        public_id, figures = principal.public_id, figures_of(principal.limits)
        known = self._known.get(public_id)
        try:
            counted = await self._limiter.draw(public_id, points, figures)
        except ValkeyAway:
            full = 0.0 if known is None else known.full
            counted = self._windows.draw(public_id, points, figures, full=full)
        self._tell_points(admission, counted, figures, known)

    async def named(self, company_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, NamedKey]:
        """Return what keys of a company are called, and in whose name they act, in one statement."""
        return await self._directory.named(company_id, ids)

    def seems_of(self, authorization: str | None) -> str | None:
        """The workspace (in hex) that the key in this header was of when this process admitted it last, unverified."""
        key = _key_of(authorization)
        public_id = None if key is None else claimed_id_of(key)
        known = None if public_id is None else self._known.get(public_id)
        return None if known is None else known.principal.share.workspace

    def is_revoked(self, principal: Principal) -> bool:
        """Whether a right of this principal's key was lost since it was admitted, as far as this process has heard."""
        if self._withdrawn.holds(principal):
            return True
        known = self._known.get(principal.public_id)
        return known is not None and known.expires <= time.time()

    def follow(self, principal: Principal, lost: Lost) -> Callable[[], None]:
        """Call `lost` once, as soon as a right of this principal's key is heard to be lost; returns what ends that."""
        known = self._known.get(principal.public_id)
        return self._following.add(principal, None if known is None else known.expires, lost)

    async def reload(self, principal: Principal) -> Principal:
        """Load a principal afresh after it turned out stale; raises Unauthorized when its key is good no more."""
        if principal.key_id == NO_KEY and principal.user_id is not None:
            return await self.in_name_of(principal.user_id)
        known = await self._renew(principal.public_id, principal.epoch + 1)
        if known is None:
            raise Unauthorized(REFUSED)
        return known.principal

    async def in_name_of(self, user_id: UUID) -> Principal:
        """A principal of a person without a key: for the command line. Raises Unauthorized for one who may not act."""
        text = await self._directory.person(user_id)
        if text is None:
            raise Unauthorized("There is no such person, or they may not act")
        return read_known(b"0" * DIGEST_LETTERS + text).principal

    async def withdraw(self, company_id: UUID, public_ids: Collection[str]) -> None:
        """After the commit of a command that took rights from these keys of a company: tell every process.

        When PostgreSQL or Valkey is away the sweeps find out.
        """
        try:
            lost = await self._directory.epochs(company_id, public_ids)
        except Unavailable:
            log.warning("PostgreSQL is away: %d keys are withdrawn by the sweeps", len(public_ids))
            return
        for public_id, epoch in lost.items():
            self._withdraw(public_id, epoch)
        await tell(self._limiter, lost)

    def hear(self, public_id: str, epoch: int) -> None:
        """Take note that a right of a key was lost at this epoch."""
        self._withdraw(public_id, epoch)

    def _withdraw(self, public_id: str, epoch: int) -> None:
        self._withdrawn.add(public_id, epoch)
        self._following.hear(public_id, epoch)

    async def sweep(self) -> None:
        """Compare what this process knows with PostgreSQL, for messages that were lost, and write the last uses."""
        seen = {name: each.principal.epoch for name, each in self._known.items()}
        moved = await self._directory.moved(seen | self._following.epochs())
        for public_id, epoch in moved.items():
            fresh = await self._renew(public_id, epoch)
            self._following.compare(public_id, None if fresh is None else fresh.principal, epoch)
        self._withdrawn.forget_old()
        oldest = time.time() - REMEMBERED
        followed = self._following.epochs()
        self._known = {name: each for name, each in self._known.items() if each.seen > oldest or name in followed}
        await self._usage.write()

    async def _admit(self, key: str, credential: Credential, address: str, route: str, points: int) -> Admission:
        public_id, digest = credential.public_id, credential.digest.hex()
        known = self._known.get(public_id)
        if known is not None and not known.allows(address) and not self._withdrawn.holds(known.principal):
            return await self._refuse(address)
        try:
            figures = UNKNOWN if known is None else known.figures
            looked = await self._limiter.look(public_id, digest, address, points, figures)
        except ValkeyAway:
            looked = Counted(None, self._windows.count(address), 0)
        if looked.principal is not None:
            known = self._recall_kept(public_id, looked.principal)
            if known and known.has(digest) and known.allows(address) and not self.is_revoked(known.principal):
                if known.figures is not figures and known.figures != figures:
                    looked = looked._replace(left=-1, wait=0)  # the company's limits changed: it is drawn by these
                return await self._let_in(known, looked, address, route, points)
        elif looked.requests >= ANONYMOUS and not await self._lookups.is_good(public_id, key):
            return _told(ANONYMOUS, looked._replace(requests=looked.requests + 1))
        return await self._admit_unknown(key, credential, address, route, points)

    async def _admit_unknown(
        self, key: str, credential: Credential, address: str, route: str, points: int
    ) -> Admission:
        public_id = credential.public_id
        text = await self._directory.verify(public_id, key)
        if text is None:
            return await self._refuse(address)
        known = self._recall(public_id, credential.digest.hex().encode() + text)
        if not known.allows(address):
            return await self._refuse(address)
        try:
            counted = await self._limiter.charge_key(public_id, address, known.text, known.lasts, points, known.figures)
        except ValkeyAway:
            counted = self._windows.charge(public_id, count=known.count, ends=known.ends)
        return await self._let_in(known, counted, address, route, points)

    async def _let_in(self, known: Known, counted: Counted, address: str, route: str, points: int) -> Admission:
        known.seen = now = time.time()
        known.count = counted.requests
        known.ends = now + counted.milliseconds / 1000
        if counted.requests > known.figures.requests:
            return _told(known.figures.requests, counted, caller=known.principal)
        self._usage.note(known.principal.home_id, known.principal.key_id, now, address, route)
        admission = Admission(_window(known.figures.requests, counted), known.principal, caller=known.principal)
        try:
            if counted.left < 0:  # its figures were not known to this process, or Valkey is away
                await self.draw(admission, points)
            else:
                self._tell_points(admission, counted, known.figures, known)
        except RateLimited as error:
            admission.principal, admission.error = None, error
        return admission

    def _tell_points(self, admission: Admission, counted: Counted, figures: Figures, known: Known | None) -> None:
        """Tell the bucket, and remember it for the time that Valkey is away; RateLimited when it held too little."""
        admission.points = Points(figures.capacity, counted.left, figures.restored)
        if known is not None:
            known.full = time.time() + (figures.capacity - counted.left) / figures.restored
        if counted.wait:
            seconds = -(-counted.wait // 1000)
            raise RateLimited(f"Too few points are left for this: wait {seconds} s", retry_after=seconds)

    async def _refuse(self, address: str) -> Admission:
        try:
            counted = await self._limiter.charge_address(address)
        except ValkeyAway:
            counted = self._windows.charge(address)
        return _told(ANONYMOUS, counted, Unauthorized(REFUSED))

    def _nobodys(self, address: str) -> Window:
        return _window(ANONYMOUS, Counted(None, self._windows.count(address), 0))

    def _recall(self, public_id: str, text: bytes) -> Known:
        """Return what a kept text says; the same text is read once."""
        known = self._known.get(public_id)
        if known is None or known.text != text:
            fresh = read_known(text)
            if known is not None:
                fresh.seen, fresh.count, fresh.ends, fresh.full = known.seen, known.count, known.ends, known.full
            known = self._known[public_id] = fresh
        return known

    def _recall_kept(self, public_id: str, text: bytes) -> Known | None:
        """Return what Valkey kept; None when another version of Forge wrote it, and it cannot be read."""
        try:
            return self._recall(public_id, text)
        except (KeyError, TypeError, ValueError):
            return None

    async def _renew(self, public_id: str, epoch: int) -> Known | None:
        """Read a key afresh, and let everybody know when a right of it was lost by `epoch`."""
        old = self._known.get(public_id)
        found = await self._directory.find(public_id)
        fresh = None
        if found is not None:
            digest = found.digest.hex().encode() if old is None else old.text[:64]
            fresh = self._recall(public_id, digest + found.text)
        try:
            if found is not None and fresh is not None and old is not None and fresh.same_rights(old):
                await self._limiter.keep(public_id, fresh.text, fresh.lasts)
            else:
                self._withdraw(public_id, epoch)
                await self._limiter.forget(public_id, epoch)
        except ValkeyAway:
            log.info("Valkey is away: what it knows of key %s is corrected later", public_id)
        if fresh is None:
            self._known.pop(public_id, None)
        return fresh


def _key_of(authorization: str | None) -> str | None:
    if authorization is None:
        return None
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _told(
    limit: int, counted: Counted, otherwise: ForgeError | None = None, caller: Principal | None = None
) -> Admission:
    """Answer that the window is used up, or `otherwise`."""
    window = _window(limit, counted)
    if counted.requests <= limit and otherwise is not None:
        return Admission(window, error=otherwise)
    message = f"More than {limit} requests in a minute: wait {window.reset} s"
    return Admission(window, error=RateLimited(message, retry_after=window.reset), caller=caller)


def _window(limit: int, counted: Counted) -> Window:
    return Window(limit, max(limit - counted.requests, 0), -(-counted.milliseconds // 1000))
