"""The engine against graphql-core alone: the same documents, the same bytes, in every lane, whatever the scopes."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import parse
from graphql.execution.values import get_argument_values

from access.scopes import Scope
from core.database.database import Database
from core.errors import BadRequest
from engine.document.documents import Documents as Cache
from engine.graph.graph import Graph
from engine.run.context import Reading
from engine.run.lanes import EXECUTED, query
from schema.assembly import graph
from tests.kit import documents, sample
from tests.kit.oracle import Oracle, normal
from tests.kit.sweep import FULL

SEEDS, WITH_HOLES = (2_200, 120) if FULL else (480, 60)
EVERYTHING = frozenset(scope.value for scope in Scope)
SCOPES = (
    EVERYTHING,
    frozenset({"quotes.view", "clients.view"}),
    frozenset({"quotes.view"}),
    frozenset({"quotes.view", "costs.view"}),
)
CLIENT_ROOT = re.compile(r"r\d: clients?\b")


class Subject:
    """The engine over one workspace."""

    def __init__(self, made: Graph, database: Database, workspace: sample.Sample) -> None:
        self.graph, self.database, self.workspace = made, database, workspace
        self.documents = Cache(made)

    def is_valid(self, text: str) -> bool:
        """Whether the document is valid; some made at random use one name for two things, or are too long."""
        try:
            return not self.documents.get(text, None).errors
        except BadRequest:
            return False

    async def answer(
        self, text: str, variables: dict[str, Any], scopes: frozenset[str], lane: str | None = None
    ) -> bytes:
        document = self.documents.get(text, None)
        assert not document.errors, (document.errors, text)
        ctx = Reading(self.workspace.principal(scopes), self.graph.catalogue)
        answer = await query(document, ctx, variables, self.database, lane=lane)
        return answer.body("request")


@pytest.fixture(scope="module")
async def workspace(database_url: str) -> sample.Sample:
    connection = await asyncpg.connect(database_url)
    try:
        await sample.write(connection, "Elsewhere")
        return await sample.write(connection, "Here")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def subject(database_url: str, workspace: sample.Sample) -> Any:
    database = await Database.open(database_url, size=2)
    yield Subject(graph(), database, workspace)
    await database.close()


def split(body: bytes) -> tuple[bytes, list[Any]]:
    """Take an answer apart: the bytes of `data`, and the errors."""
    whole = orjson.loads(body)
    return body[body.index(b'"data":') + len(b'"data":') : -1], whole.get("errors", [])


LISTED = (
    ("quotes", ""),
    ("quotes", "orderBy: DUE_ON_ASC"),
    ("quotes", "orderBy: DUE_ON_DESC"),
    ("quotes", 'orderBy: SENT_AT_ASC, filter: {currency: {eq: "USD"}}'),
    ("quotes", "orderBy: TOTAL_DESC, filter: {not: {status: {eq: SENT}}}"),
    ("quotes", 'filter: {search: "brack"}'),
    ("quotes", "orderBy: [STATUS_ASC, DUE_ON_ASC]"),
    ("quotes", "orderBy: [STATUS_DESC, DUE_ON_DESC], filter: {client: {status: {eq: ACTIVE}}}"),
    ("quotes", 'orderBy: [CLIENT_ID_ASC, DUE_ON_ASC], filter: {not: {client: {name: {eq: "Acme Co"}}}}'),
    ("quotes", 'filter: {client: {name: {ne: "Acme Co"}}}'),
    ("clients", "orderBy: NAME_ASC"),
    ("clients", "orderBy: UPDATED_AT_DESC, filter: {taxExempt: {ne: true}}"),
)


async def places(subject: Subject, oracle: Oracle) -> list[tuple[str, str, str]]:
    """Take the cursors of some lists from the engine, and tell the oracle what they name."""
    found = []
    for name, listed in LISTED:
        arguments = f"({listed})" if listed else ""
        text = f"{{ {name}{arguments} {{ edges {{ cursor node {{ id }} }} }} }}"
        data, errors = split(await subject.answer(text, {}, EVERYTHING))
        assert not errors
        [field] = parse(text).definitions[0].selection_set.selections  # type: ignore[attr-defined]
        root = oracle.schema.query_type
        assert root is not None
        given = get_argument_values(root.fields[name], field)
        for edge in orjson.loads(data)[name]["edges"][::3]:
            found.append((name, listed, edge["cursor"]))
            oracle.places[edge["cursor"]] = (documents.CONNECTIONS[name], dict(given), edge["node"]["id"])
    return found


def alike(told: list[Any], executed: tuple[bytes, list[Any]]) -> bool:
    """Whether nothing was answered in either lane, and both told why at places of the same document."""
    data, others = executed
    roots = [{each["path"][0] for each in errors} for errors in (told, others)]
    return data == b"null" and all(roots) and bool(told) and bool(others)


@pytest.mark.parametrize("batch", range(8))
async def test_every_lane_answers_the_bytes_of_graphql_core(subject: Subject, batch: int) -> None:
    oracle = Oracle(subject.graph.sdl(), subject.workspace.tables)
    maker = documents.Documents(oracle.schema, subject.workspace.ids, cursors=await places(subject, oracle))
    told: Counter[str] = Counter()
    compared = 0
    for seed in range(batch * SEEDS // 8, (batch + 1) * SEEDS // 8):
        text, variables = maker.make(seed)
        if not subject.is_valid(text):
            continue
        scopes = SCOPES[seed % len(SCOPES)]
        if "clients.view" not in scopes and CLIENT_ROOT.search(text):
            scopes = EVERYTHING  # without it the whole request is refused
        compiled = await subject.answer(text, variables, scopes)
        executed = await subject.answer(text, variables, scopes, lane=EXECUTED)
        data, errors = split(compiled)
        if data == b"null":  # of several that fail, each lane tells those it came to
            assert alike(errors, split(executed)), (seed, text, variables)
        else:
            assert compiled == executed, (seed, text, variables)
        assert normal(data) == oracle.answer(text, variables, scopes), (seed, text, variables)
        told.update(error["extensions"]["code"] for error in errors)
        compared += 1
    assert compared > SEEDS // 8 * 0.8
    assert set(told) == {"insufficient_scope", "bad_request", "validation_error"}


async def test_fields_computed_in_python_answer_the_bytes_of_graphql_core(subject: Subject) -> None:
    oracle = Oracle(subject.graph.sdl(), subject.workspace.tables)
    maker = documents.Documents(oracle.schema, subject.workspace.ids, holes=True)
    with_holes = 0
    for seed in range(10_000, 10_000 + WITH_HOLES):
        text, variables = maker.make(seed)
        if not subject.is_valid(text):
            continue
        with_holes += "unitOfMeasure" in text
        data, _ = split(await subject.answer(text, variables, EVERYTHING))
        assert normal(data) == oracle.answer(text, variables, EVERYTHING), (seed, text, variables)
        assert split(await subject.answer(text, variables, EVERYTHING, lane=EXECUTED))[0] == data, (seed, text)
    assert with_holes > WITH_HOLES // 5


@pytest.mark.parametrize(
    "text",
    [
        "{ quotes { nodes { number parts { nodes { unitOfMeasure { code } } } } } }",
        "{ clients { nodes { name quotes { nodes { number parts { nodes { id unitOfMeasure { code } } } } } } } }",
        "query($id: ID!) { quote(id: $id) { parts { nodes { unitOfMeasure { code } } } } quotes { nodes { id } } }",
        "query($id: ID!) { node(id: $id) { id ... on Quote { parts { edges { node { unitOfMeasure { code } } } } } } }",
        "query($id: ID!) { nodes(ids: [$id, $id]) { id ... on Quote { parts { nodes { unitOfMeasure { code } } } } } }",
    ],
)
async def test_a_field_that_fails_nulls_the_nearest_ancestor_that_may_be_null(
    subject: Subject, database_url: str, text: str
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        broken = await sample.write(connection, "Broken", unit="NOT")
    finally:
        await connection.close()
    here = Subject(subject.graph, subject.database, broken)
    with_parts = next(str(row["quote_id"]) for row in broken.tables["quote_parts"])
    variables = {"id": with_parts} if "$id" in text else {}
    data, errors = split(await here.answer(text, variables, EVERYTHING))
    assert data == Oracle(subject.graph.sdl(), broken.tables).answer(text, variables, EVERYTHING)
    assert {error["extensions"]["code"] for error in errors} == {"validation_error"}
    assert all(error["path"][-1] == "unitOfMeasure" for error in errors)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ quotes(first: 251) { nodes { id } } }", "validation_error"),
        ("{ quotes(first: -1) { nodes { id } } }", "validation_error"),
        ('{ quotes(after: "nonsense") { nodes { id } } }', "bad_request"),
        ("{ quotes(first: 1, last: 1) { nodes { id } } }", "validation_error"),
        ('{ a: quote(id: "x") { id } clients { nodes { id } } }', "validation_error"),
        ('{ quotes { nodes { parts(after: "nonsense") { nodes { id } } } } }', "bad_request"),
        (
            '{ a: quote(id: "x") { id } b: quotes(first: 300) { nodes { id } } c: clients { nodes { id } } }',
            "validation_error",
        ),
        ('{ quotes(filter: {id: {eq: "x"}}) { nodes { id } } }', "validation_error"),
        ("{ quotes(filter: {title: {eq: null}}) { nodes { id } } }", "validation_error"),
        ("query($n: Int! = 5) { quotes(first: $n) { nodes { id } pageInfo { endCursor } } }", None),
    ],
)
async def test_errors_are_told_alike_in_every_lane(subject: Subject, text: str, code: str | None) -> None:
    compiled = await subject.answer(text, {}, EVERYTHING)
    assert compiled == await subject.answer(text, {}, EVERYTHING, lane=EXECUTED)
    _, errors = split(compiled)
    assert [error["extensions"]["code"] for error in errors][:1] == ([code] if code else [])


async def test_naming_a_cost_in_a_filter_needs_its_scope(subject: Subject) -> None:
    text = '{ quotes(filter: {cost: {gt: "1"}}) { nodes { id } } }'
    viewer = frozenset({"quotes.view", "clients.view"})
    for lane in (None, EXECUTED):
        data, errors = split(await subject.answer(text, {}, viewer, lane=lane))
        assert (data, errors[0]["extensions"]["scope"]) == (b"null", "costs.view")
        assert split(await subject.answer(text, {}, EVERYTHING, lane=lane))[1] == []
