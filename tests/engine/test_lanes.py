"""Slots are shared by company, then by endpoint; what hangs gets few of them, and leaves the quick lane."""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid4

from jobs.lanes import AT_ONCE, MAX_SLOW, QUICK_SLOTS, SLOW_SLOTS, SPARE, Lanes, Pace, Slot


def due(lanes: Lanes, company: UUID, pace: Pace, count: int = 1) -> list[UUID]:
    """Say that so many endpoints of a company have something due."""
    made = [uuid4() for _ in range(count)]
    for each in made:
        lanes.due(company, each, company, pace)
    return made


def by_company(slots: list[Slot]) -> Counter[UUID]:
    return Counter(slot.receiver.company_id for slot in slots)


def test_one_company_alone_has_all_slots_but_the_spare_ones():
    lanes, company = Lanes(), uuid4()
    due(lanes, company, Pace.QUICK, 100)
    assert len(list(lanes.pick())) == QUICK_SLOTS - SPARE


def test_companies_share_equally_and_what_one_leaves_goes_to_the_others():
    lanes = Lanes()
    companies = [uuid4() for _ in range(4)]
    for company, endpoints in zip(companies, (100, 100, 100, 1), strict=True):
        due(lanes, company, Pace.NEW, endpoints)
    counts = by_company(list(lanes.pick()))
    assert counts[companies[3]] == 1
    assert sum(counts.values()) == SLOW_SLOTS - SPARE
    assert max(counts.values()) - min(counts[each] for each in companies[:3]) <= 1


def test_endpoints_of_one_company_take_turns():
    lanes, company = Lanes(), uuid4()
    due(lanes, company, Pace.QUICK, 12)
    counts = Counter(slot.receiver.endpoint_id for slot in lanes.pick())
    assert set(counts.values()) == {(QUICK_SLOTS - SPARE) // 12}


def test_an_endpoint_has_as_many_slots_as_its_pace_allows():
    for pace, most in AT_ONCE.items():
        lanes = Lanes()
        due(lanes, uuid4(), pace)
        assert len(list(lanes.pick())) == most


def test_a_company_that_has_nothing_under_way_finds_a_slot_while_others_hold_all_they_may():
    lanes = Lanes()
    for _ in range(10):
        due(lanes, uuid4(), Pace.HANGING, 100)
    assert len(list(lanes.pick())) == SLOW_SLOTS - SPARE
    for _ in range(SPARE):
        due(lanes, uuid4(), Pace.NEW, 10)
    assert len(list(lanes.pick())) == SPARE
    due(lanes, uuid4(), Pace.NEW)
    assert list(lanes.pick()) == []


def test_what_takes_long_leaves_the_quick_lane_up_to_a_bound():
    lanes = Lanes()
    held: list[Slot] = []
    for _ in range(10):
        due(lanes, uuid4(), Pace.QUICK, 100)
        picked = list(lanes.pick())
        for slot in picked:
            lanes.late(slot)
        held += picked
    assert lanes.slow.taken <= MAX_SLOW
    assert len(held) <= MAX_SLOW + QUICK_SLOTS
    due(lanes, good := uuid4(), Pace.QUICK)
    assert by_company(list(lanes.pick()))[good] == 1


def test_an_endpoint_that_took_long_is_no_longer_quick_and_one_quick_answer_makes_it_so_again():
    lanes = Lanes()
    [endpoint] = due(lanes, uuid4(), Pace.QUICK)
    slots = list(lanes.pick())
    for slot in slots:
        lanes.late(slot)
    assert slots[0].receiver.pace is Pace.SLOW
    for slot in slots:
        lanes.free(slot, Pace.HANGING)
    [slot] = list(lanes.pick())
    assert (slot.receiver.endpoint_id, slot.hurried) == (endpoint, False)
    lanes.free(slot, Pace.QUICK)
    again = list(lanes.pick())
    assert len(again) == AT_ONCE[Pace.QUICK]
    assert all(slot.hurried for slot in again)


def test_what_came_due_while_it_was_claimed_is_not_forgotten_and_what_is_drained_is():
    lanes, company = Lanes(), uuid4()
    [endpoint] = due(lanes, company, Pace.NEW)
    [slot] = list(lanes.pick())
    lanes.due(company, endpoint, company, Pace.NEW)
    lanes.drained(slot.receiver)
    lanes.free(slot, Pace.NEW)
    [slot] = list(lanes.pick())
    lanes.drained(slot.receiver)
    lanes.free(slot, Pace.NEW)
    assert list(lanes.pick()) == []
    assert (lanes.quick.taken, lanes.slow.taken) == (0, 0)
