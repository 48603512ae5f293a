"""Fields that Python computes are filled in the statement's text, once for rows that have the same columns."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest

from core.values import units
from engine.document.documents import MAX_SHAPES, Document
from engine.run.compiled import prepare
from engine.sql.splicing import MARK, Splice, Unspliced, fill_holes
from models import Quote
from schema.assembly import graph
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

UNITS = "{ quotes { nodes { number title parts { nodes { unit unitOfMeasure { __typename is: name code } } } } } }"


async def test_rows_of_the_same_columns_are_computed_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await api.post("/api/v1/clients", {"name": "Acme"})
    part = {"description": "x", "quantity": "1", "unit_price": "1"}
    for _ in range(3):
        parts = [part, part | {"unit": "KGM"}, part]
        await api.post("/api/v1/quotes", {"client_id": made.data["id"], "parts": parts})
    asked: list[str] = []
    look_up = units.unit

    def counted(code: str) -> Any:
        asked.append(code)
        return look_up(code)

    monkeypatch.setattr(units, "unit", counted)
    answer = await api.graphql(UNITS)
    one, kilo = (
        {"unit": code, "unitOfMeasure": {"__typename": "Unit", "is": look_up(code).name, "code": code}}
        for code in ("C62", "KGM")
    )
    assert [quote["parts"]["nodes"] for quote in answer.data["quotes"]["nodes"]] == [[one, kilo, one]] * 3
    assert sorted(asked) == ["C62", "KGM"]


async def test_text_that_holds_the_mark_is_not_taken_for_one(api: Api, company: Tenant) -> None:
    quote = await company.make(Quote)
    await company.value("update quotes set title = $1 where id = $2 returning 1", f'{MARK}[0,"C62"]{MARK}', quote.id)
    answer = await api.graphql("{ quotes { nodes { title createdBy { name } } } }")
    assert answer.data["quotes"]["nodes"] == [{"title": f'{MARK}[0,"C62"]{MARK}', "createdBy": None}]


class Row:
    """What a computed field sees."""

    code: str


@pytest.mark.parametrize("failing", [ValueError("no"), Unspliced()])
async def test_whatever_goes_wrong_is_left_to_the_executed_lane(failing: Exception) -> None:
    def method(_: Row) -> str:
        raise failing

    splice = Splice(Row, (), (), method, with_context=False, complete=lambda value: value)
    with pytest.raises(Unspliced):
        await fill_holes(f'{{"a":{MARK}[0]{MARK}}}'.encode(), [splice], None)


async def test_a_text_without_holes_stays_as_it_is() -> None:
    text = b'{"quotes":{"nodes":[]}}'
    assert await fill_holes(text, [], None) is text


async def test_what_was_begun_before_something_failed_is_given_up() -> None:
    async def waits(_: Row) -> str:
        raise AssertionError("nobody is to run this")

    def fails(_: Row) -> str:
        raise ValueError("no")

    splices = [
        Splice(Row, (), (), method, with_context=False, complete=lambda value: value) for method in (waits, fails)
    ]
    text = f"{MARK}[0]{MARK},{MARK}[1]{MARK}".encode()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(Unspliced):
            await fill_holes(text, splices, None)
        gc.collect()
    assert [str(each.message) for each in told] == []


def test_a_document_keeps_so_many_combinations_of_its_flags_and_no_more() -> None:
    flags = [f"f{number}" for number in range(7)]
    declared = ", ".join(f"${flag}: Boolean!" for flag in flags)
    fields = " ".join(f"{flag}: number @skip(if: ${flag})" for flag in flags)
    document = Document(graph(), f"query({declared}) {{ quotes(first: 1) {{ nodes {{ id {fields} }} }} }}", None)
    for number in range(2**7):
        variables = document.variables({flag: bool(number >> place & 1) for place, flag in enumerate(flags)})
        assert not isinstance(variables, list)
        prepare(document, variables)
        assert document.priced(variables) == 2
        assert len(document.plans) <= MAX_SHAPES
