"""Ending what a worker runs: a cancellation that got lost is said again, and everything has ended afterwards."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from jobs.ending import end, side_by_side


class Deaf:
    """Runs for ever, and does not hear the first cancellations."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.ended = False

    async def run(self) -> None:
        try:
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    if not self.left:
                        raise
                    self.left -= 1
        finally:
            self.ended = True


async def test_what_does_not_hear_is_cancelled_until_it_ends():
    deaf = [Deaf(0), Deaf(1), Deaf(3)]
    tasks = [asyncio.create_task(each.run()) for each in deaf]
    await asyncio.sleep(0)
    await end(tasks, 0.01)
    assert [each.ended for each in deaf] == [True, True, True]
    assert [task.cancelled() for task in tasks] == [True, True, True]


async def test_who_is_cancelled_while_ending_others_ends_them_all_the_same():
    deaf = Deaf(3)
    task = asyncio.create_task(deaf.run())
    await asyncio.sleep(0)
    ending = asyncio.create_task(end([task], 0.05))
    await asyncio.sleep(0.01)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert deaf.ended


async def test_work_side_by_side_ends_with_the_first_that_fails_and_says_why():
    deaf = Deaf(0)

    async def fails() -> None:
        raise ValueError("the first")

    with pytest.raises(ValueError, match="the first"):
        await side_by_side(deaf.run(), fails())
    assert deaf.ended


async def test_work_side_by_side_in_work_side_by_side_ends_when_the_whole_is_cancelled():
    deaf = [Deaf(0), Deaf(1)]
    whole = asyncio.create_task(side_by_side(deaf[0].run(), side_by_side(deaf[1].run())))
    await asyncio.sleep(0.01)
    whole.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await whole
    assert [each.ended for each in deaf] == [True, True]
