"""Fair turns: who is served next, who may hold how many places, and that nobody is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from core.database.turns import FORGE, Share, Turns


def share(company: str, key: str = "") -> Share:
    return Share(company, f"{company} {key}", company)


def queued(turns: Turns[None], *names: str) -> None:
    """Let a key of each company wait: `a1` is key 1 of company a."""
    for name in names:
        assert turns.wait(share(name[0], name[1:]), asyncio.get_running_loop().create_future())


def served(turns: Turns[None], *, gives: bool = True) -> list[str]:
    """Who is served, one after the other; each gives its place back before the next, unless told otherwise."""
    found = []
    while (waiter := turns.next()) is not None:
        found.append(waiter.share.key.replace(" ", ""))
        if gives:
            turns.give(waiter.share)
    return found


@pytest.mark.parametrize(("size", "company", "key"), [(1, 1, 1), (2, 1, 1), (4, 3, 2), (8, 6, 4), (16, 12, 8)])
async def test_nobody_can_hold_all_places(size: int, company: int, key: int):
    turns = Turns[None](size)
    assert [turns.take(share("a", "1")) for _ in range(size + 1)].count(True) == key
    assert [turns.take(share("a", "2")) for _ in range(size + 1)].count(True) == company - key
    assert all(turns.take(FORGE) for _ in range(size))
    assert turns.take(share("b"))


async def test_companies_take_turns_and_so_do_the_keys_of_each():
    turns = Turns[None](8)
    queued(turns, "a1", "a1", "a1", "a2", "b1", "c1", "b1")
    assert served(turns) == ["a1", "b1", "c1", "a2", "b1", "a1", "a1"]
    assert not turns.waited_for


async def test_whoever_holds_the_fewest_places_is_next():
    turns = Turns[None](8)
    for name in ("a1", "a1", "a2", "b1"):
        assert turns.take(share(name[0], name[1:]))
    queued(turns, "a1", "a2", "b1", "c1")
    assert served(turns, gives=False) == ["c1", "b1", "a2", "a1"]


async def test_who_is_at_the_limit_is_passed_over_until_a_place_is_given_back():
    turns = Turns[None](2)
    assert turns.take(share("a"))
    queued(turns, "a", "b")
    assert served(turns, gives=False) == ["b"]
    turns.give(share("a"))
    assert served(turns, gives=False) == ["a"]


async def test_who_left_or_was_cancelled_is_not_served():
    turns = Turns[None](8)
    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    for future in futures:
        assert turns.wait(share("a"), future)
    turns.leave(share("a"), futures[0])
    futures[1].cancel()
    found = turns.next()
    assert found is not None
    assert found.future is futures[2]
    turns.leave(share("a"), futures[1])
    assert not turns.waited_for


async def test_so_many_of_a_key_wait_and_twice_as_many_of_its_company():
    turns = Turns[None](1, most_waiting=2)
    queued(turns, "a1", "a1")
    future = asyncio.get_running_loop().create_future()
    assert not turns.wait(share("a", "1"), future)
    queued(turns, "a2", "a2")
    assert not turns.wait(share("a", "3"), future)
    assert turns.wait(share("b"), future)
