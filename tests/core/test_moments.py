"""Timestamps as other systems write them: taken with up to nine decimals, and cut so that no row changes sides."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from core.values.scalars import CutMoment, read_moment
from models import Client
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

SECONDS = "%Y-%m-%dT%H:%M:%S"
SAME: dict[str, tuple[str, float]] = {
    "six digits": (f"{SECONDS}.%fZ", 0),
    "seven digits (.NET)": (f"{SECONDS}.%f0Z", 0),
    "nine digits (Go)": (f"{SECONDS}.%f000Z", 0),
    "lower case": ("%Y-%m-%dt%H:%M:%S.%fz", 0),
    "a space in place of T": ("%Y-%m-%d %H:%M:%S.%fZ", 0),
    "an offset of zero": (f"{SECONDS}.%f+00:00", 0),
    "an offset without colon": (f"{SECONDS}.%f+0000", 0),
    "an offset without minutes": (f"{SECONDS}.%f+00", 0),
    "a negative offset of zero": (f"{SECONDS}.%f-00:00", 0),
    "another zone": (f"{SECONDS}.%f+01:30", 1.5),
    "another zone, without colon": (f"{SECONDS}.%f0+0130", 1.5),
    "a zone in the west": (f"{SECONDS}.%f-0500", -5),
}
"""Ways to write one moment: a format, and the hours that its zone is ahead."""
LATER: dict[str, tuple[str, float]] = {
    "seven digits (.NET)": (f"{SECONDS}.%f1Z", 0),
    "eight digits": (f"{SECONDS}.%f78Z", 0),
    "nine digits (Go)": (f"{SECONDS}.%f999Z", 0),
    "the last digit": (f"{SECONDS}.%f001+0000", 0),
    "another zone": (f"{SECONDS}.%f9+0100", 1),
}
"""Ways to write what is cut to the same microsecond, but was a little later."""
LIST = "query($at: DateTime!) {{ clients(filter: {{updatedAt: {{{}: $at}}}}) {{ nodes {{ id }} }} }}"
MESSAGE = "must be a timestamp with a time zone, such as 2026-01-02T03:04:05.123456Z or 2026-01-02T03:04:05+01:00"


@pytest.fixture
async def middle(company: Tenant) -> datetime:
    """When the second of three clients was written, each a microsecond after the one before."""
    made = await company.make_many(Client, [{}, {}, {}])
    moments = sorted(row.updated_at for row in made)
    assert moments[2] - moments[0] == timedelta(microseconds=2)
    return moments[1]


def written(moment: datetime, how: tuple[str, float]) -> str:
    form, hours = how
    return (moment + timedelta(hours=hours)).strftime(form)


async def counts(api: Api, operator: str, text: str) -> set[int]:
    """How many clients a comparison finds, by each of the ways to ask."""
    name = "updated_at" if operator == "eq" else f"updated_at[{operator}]"
    paths = [f"/api/v1/clients?{name}={quote(text)}", f"/api/v1/clients?{name}={text.replace(' ', '%20')}"]
    found = {len((await api.get(path)).data) for path in paths}
    listed = await api.graphql(LIST.format(operator), {"at": text})
    literal = await api.graphql(f'{{ clients(filter: {{updatedAt: {{{operator}: "{text}"}}}}) {{ nodes {{ id }} }} }}')
    return found | {len(answer.data["clients"]["nodes"]) for answer in (listed, literal)}


@pytest.mark.parametrize("how", SAME)
async def test_one_moment_may_be_written_in_many_ways(api: Api, middle: datetime, how: str):
    text = written(middle, SAME[how])
    assert read_moment(text) == middle
    assert type(read_moment(text)) is datetime
    expected = {"lt": 1, "lte": 2, "gt": 1, "gte": 2, "eq": 1}
    for operator, count in expected.items():
        assert await counts(api, operator, text) == {count}, operator


@pytest.mark.parametrize("how", LATER)
async def test_what_is_cut_leaves_every_row_on_its_side(api: Api, middle: datetime, how: str):
    text = written(middle, LATER[how])
    assert read_moment(text) == middle
    assert type(read_moment(text)) is CutMoment
    expected = {"lt": 2, "lte": 2, "gt": 1, "gte": 1, "eq": 1}
    for operator, count in expected.items():
        assert await counts(api, operator, text) == {count}, operator


async def test_updated_since_and_lists_of_moments_are_read_alike(api: Api, middle: datetime):
    digits = middle.strftime("%Y-%m-%dT%H:%M:%S.%f")
    for more, count in (("0Z", 2), ("1Z", 1), ("000+0000", 2), ("000%2B0000", 2)):
        assert len((await api.get(f"/api/v1/clients?updated_since={digits}{more}")).data) == count
    two = f"{digits}00Z,{(middle + timedelta(microseconds=1)).strftime('%Y-%m-%dT%H:%M:%S.%f')}9%2B0000"
    assert len((await api.get(f"/api/v1/clients?updated_at[in]={two}")).data) == 2
    assert len((await api.get(f"/api/v1/clients?updated_at[not_in]={two}")).data) == 1


async def test_the_last_moment_has_none_after_it(api: Api, company: Tenant):
    await company.make(Client)
    for operator, count in (("lt", 1), ("gte", 0)):
        assert await counts(api, operator, "9999-12-31T23:59:59.9999999Z") == {count}


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05.123456 Z",
        "2026-01-02T03:04:05+1",
        "2026-01-02T03:04:05+01:0",
        "2026-01-02T03:04:05+25:00",
        "2026-01-02T03:04:60Z",
        "2026-02-30T03:04:05Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1767323045",
        "",
    ],
)
async def test_what_is_refused_is_told_what_is_wanted(api: Api, text: str):
    answer = await api.get(f"/api/v1/clients?updated_at={quote(text)}")
    refused(answer, 422)
    assert answer.json["error"]["message"] == f"updated_at: {MESSAGE}"
    [error] = (await api.graphql(LIST.format("eq"), {"at": text})).errors
    assert error["message"].endswith(f"it {MESSAGE}")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("due_on=31.12.2026", "due_on: must be a date such as 2026-01-31"),
        ("total=12,5", "total: is not a decimal number: '12,5'"),
        ("client_id=7", "client_id: not an id"),
    ],
)
async def test_every_kind_of_value_says_what_is_wanted(api: Api, query: str, message: str):
    answer = await api.get(f"/api/v1/quotes?{query}")
    assert (answer.status, answer.json["error"]["message"]) == (422, message)
