"""Parts of a unit of work: staged or written by themselves, so that a refusal undoes no more than that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from core.errors import ForgeError, Invalid
from core.writing.loaded import Loaded
from core.writing.staging import Staging
from core.writing.transaction import Transaction

ALONE: Final = "dryRun: a dry run stands alone, without other commands in its document"


class Parts(ABC):
    """What a unit of work can do in parts."""

    _transaction: Transaction
    _staging: Staging
    _around: tuple[Staging, ...] = ()
    """What was staged before the part that is being staged apart, outermost first."""
    _loaded: Loaded
    _ticked: bool
    _rehearses: bool = False
    """Whether nothing of it is to last."""
    _closed: bool = False

    @abstractmethod
    async def flush(self) -> None:
        """Write what is staged."""

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """Stage what follows by itself: when it raises, nothing of it stays staged. What it changed of rows stays."""
        outer, self._staging = self._staging, Staging()
        around, self._around = self._around, (*self._around, outer)
        try:
            yield
        except BaseException:
            self._staging, self._around = outer, around
            raise
        self._around = around
        outer.absorb(self._staging)
        self._staging = outer

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """Stage what follows and write it at its end: when that is refused it is undone, and the transaction goes on.

        Rows that were loaded for it are forgotten then, for they are not as they were; their locks stay.
        """
        await self._transaction.open()
        await self.flush()
        before = self._loaded.places()
        yield
        ticked = self._ticked
        await self._transaction.mark()
        try:
            await self.flush()
        except ForgeError:
            await self._transaction.back()
            self._staging, self._ticked = Staging(), ticked
            self._loaded.forget_all_but(before)
            raise

    def rehearse(self) -> None:
        """Have the end of it roll everything back: what it would have led to is answered all the same.

        Invalid when something was staged or written before, which would be rolled back with it.
        """
        if self._rehearses or self._ticked or self._staging.events:
            raise Invalid(ALONE, field="dryRun")
        self._rehearses = True

    async def rehearsed(self) -> None:
        """Write the rehearsal, and take nothing more."""
        await self.flush()
        self._closed = True

    def _check_closed(self) -> None:
        if self._closed:
            raise Invalid(ALONE, field="dryRun")

    async def stay(self) -> None:
        """Let PostgreSQL know that the transaction is under way, if it has not heard of it for a while."""
        await self._transaction.stay()
