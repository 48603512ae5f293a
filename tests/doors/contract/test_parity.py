"""Both doors stand on one graph: every root field has its route, and both answer the same data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args, get_type_hints

import asyncpg
import pytest
from strawberry.types.base import StrawberryObjectDefinition

from access.scopes import Scope, expand
from engine.declare.annotations import definition
from engine.declare.catalogue import Column, Computed, Many, One, TypeSpec
from engine.declare.kinds import DECIMAL, ID, MOMENT, WORDS
from engine.declare.names import camel, snake
from engine.graph.graph import Root
from engine.sql.comparisons import SEVERAL
from engine.sql.orders import offered, orders
from rest.routes import Route, derive
from schema.assembly import graph
from tests.kit import sample
from tests.kit.any_row import make
from tests.kit.client import Client as Api
from tests.kit.sweep import of_each_kind
from tests.kit.tenant import Tenant
from tests.kit.turning import start

GRAPH = graph()
ROUTES = {route.root.name: route for route in derive(GRAPH)}
LISTS = [
    root
    for root in GRAPH.roots.values()
    if root.listed and root.target is not None and root.target.has_life and ROUTES[root.name].contract.is_open
]
"""Lists of records by Forge MRP's contract, which shows everything.

That of the audit is compared in tests/resources/test_audit.py.
"""

TRIED = of_each_kind(
    LISTS,
    lambda root: frozenset((each.kind.name, each.choices is None) for each in root.target.filters().values()),
    size=lambda root: len(root.target.fields),
)
"""Of those that have columns of the same types, the largest one."""
NOBODY = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
"""An id of no row."""


async def role(api: Api) -> str:
    """A role of the company."""
    return str((await api.get("/api/v1/roles")).data[-1]["id"])


@pytest.fixture
async def filled(company: Tenant, api: Api, database_url: str) -> Tenant:
    """A company whose live workspace holds the sample of awkward values, a few webhook endpoints and documents."""
    for number in range(4):
        body = {"url": f"https://example.com/{number}", "events": ["quote.*"]}
        assert (await api.post("/api/v1/webhook-endpoints", body)).status == 201
        document = {"document": f"query Q{number} {{ clients {{ nodes {{ id }} }} }}"}
        assert (await api.post("/api/v1/registered-documents", document)).status == 201
        field = {"record_type": "quote", "key": f"field_{number}", "label": "Field", "type": "text"}
        assert (await api.post("/api/v1/custom-field-definitions", field)).status == 201
        person = {"email": f"p{number}@shop.example", "name": f"Person {number}", "role_id": await role(api)}
        user = (await api.post("/api/v1/users", person)).json["id"]
        assert (
            await api.post("/api/v1/teams", {"name": f"Team {number}", "members": [{"user_id": user}]})
        ).status == 201
        assert (await api.post("/api/v1/api-keys", {"name": f"K{number}", "scopes": ["quotes.view"]})).status == 201
    for number in range(4):
        await start(company, f"kind {number}")
    connection = await asyncpg.connect(database_url)
    try:
        await sample.fill(connection, company.made.id, company.workspace_id)
        taken = "update quotes set number = 'S' || number where workspace_id = $1"  # from those that are to be counted
        await connection.execute(taken, company.workspace_id)
    finally:
        await connection.close()
    return company


async def some(company: Tenant, api: Api, root: Root) -> None:
    """Let a list have four rows at least, each made of the facts of its columns."""
    assert root.target is not None
    there = len((await api.get(f"/api/v1{ROUTES[root.name].path}?limit=4")).data)
    for turn in range(1, 5 - there):
        await make(company, root.target.model, turn)


@pytest.mark.parametrize("root", GRAPH.roots.values(), ids=lambda root: root.name)
def test_every_root_field_has_its_route_or_says_why_not(root: Root):
    route = ROUTES.get(root.name)
    if route is None:
        assert not root.operation.rest
        assert len(root.operation.why) > 10
    else:
        assert (route.root, route.is_command) == (root, root.kind == "mutation")


def test_routes_follow_from_the_names():
    assert {(name, route.method, route.path) for name, route in ROUTES.items()} >= {
        ("clients", "GET", "/clients"),
        ("client", "GET", "/clients/{id}"),
        ("createClient", "POST", "/clients"),
        ("updateQuote", "PATCH", "/quotes/{id}"),
        ("deleteQuote", "DELETE", "/quotes/{id}"),
        ("sendQuote", "POST", "/quotes/{id}/send"),
    }


def is_text(found: Any) -> bool:
    """Whether it is text, or texts, that Python computes and REST shows of a row of its own, in no edge."""
    if not (isinstance(found, Computed) and found.in_rest and found.method is not None):
        return False
    return found.method.__annotations__["return"] in {"str | None", "list[str]"}


def shape(found: Computed) -> StrawberryObjectDefinition:
    """The type of a small object, or of a list of them, that a column of JSON holds."""
    assert found.method is not None
    [inner, *_] = get_args(get_type_hints(found.method)["return"])
    made: StrawberryObjectDefinition = definition(inner)
    return made


def small(found: dict[str, Any]) -> dict[str, Any]:
    """A small object in the form of REST."""
    return {snake(key): value for key, value in found.items()}


def selection(spec: TypeSpec, *, deep: bool) -> str:
    """Everything of a type that REST shows: columns, ids of edges; `deep`, the rows connected to it too."""
    found = []
    for each in spec.fields.values():
        if isinstance(each, Column):
            found.append(each.key)
        elif isinstance(each, Computed) and each.plain is not None:
            found.append(f"{each.key} {{ {' '.join(camel(one.python_name) for one in shape(each).fields)} }}")
        elif is_text(each):
            found.append(each.key)
        elif isinstance(each, One):
            inner = selection(GRAPH.catalogue.types[each.target], deep=False) if deep else "id"
            found.append(f"{each.key} {{ {inner} }}")
        elif isinstance(each, Many) and deep:
            inner = selection(GRAPH.catalogue.types[each.target], deep=False)
            found.append(f"{each.key}(first: 50) {{ nodes {{ {inner} }} pageInfo {{ hasNextPage }} }}")
    return " ".join(found)


def as_rest(
    spec: TypeSpec, row: dict[str, Any], hidden: frozenset[str], *, deep: bool, whole: bool = True
) -> dict[str, Any]:
    """A row of GraphQL in the form of REST; what `hidden` scopes hide is left out."""
    found: dict[str, Any] = {}
    for each in spec.fields.values():
        if each.scope in hidden and not isinstance(each, One):
            continue
        if isinstance(each, Column):
            value = row[each.key]
            found[each.name] = value.lower() if each.choices and value is not None else value
        elif isinstance(each, Computed) and each.plain is not None:
            given = row[each.key]
            found[each.name] = [small(entry) for entry in given] if isinstance(given, list) else small(given or {})
        elif is_text(each):
            found |= {each.name: row[each.key]} if whole else {}
        elif isinstance(each, One):
            inner = row[each.key]
            found[each.reference.name] = inner and inner["id"]
            if deep:
                target = GRAPH.catalogue.types[each.target]
                found[each.name] = inner and as_rest(target, inner, hidden, deep=False, whole=False)
        elif isinstance(each, Many) and deep:
            target = GRAPH.catalogue.types[each.target]
            found[each.name] = [
                as_rest(target, inner, hidden, deep=False, whole=False) for inner in row[each.key]["nodes"]
            ]
            found[f"{each.name}_has_more"] = row[each.key]["pageInfo"]["hasNextPage"]
    return found


def with_edges(spec: TypeSpec) -> str:
    """The parameter that shows everything connected to a row."""
    names = ",".join(each.name for each in spec.fields.values() if isinstance(each, (One, Many)))
    return f"include={names}" if names else ""


@pytest.mark.parametrize("root", TRIED, ids=lambda root: root.name)
@pytest.mark.parametrize("blind", [False, True], ids=["all scopes", "without costs"])
async def test_both_doors_list_the_same_rows(filled: Tenant, api: Api, root: Root, *, blind: bool):
    assert root.target is not None
    spec, hidden = root.target, frozenset({"costs.view"} if blind else ())
    await some(filled, api, root)
    key = await filled.key(*(scope for scope in Scope if not expand([scope]) & hidden))
    document = (
        f"{{ all: {root.name}(first: 20, orderBy: UPDATED_AT_ASC) {{ nodes {{ {selection(spec, deep=True)} }} }} }}"
    )
    graphql = await api.graphql(document, key=key)
    denied = {field.key for field in spec.fields.values() if field.scope in hidden} if blind else set()
    assert {error["path"][-1] for error in graphql.errors} >= denied
    assert all(error["extensions"]["code"] == "insufficient_scope" for error in graphql.errors)
    nodes = graphql.json["data"]["all"]["nodes"]
    path = f"/api/v1{ROUTES[root.name].path}"
    assert len(nodes) > 3
    listed = (await api.get(f"{path}?limit=20&{with_edges(spec)}", key=key)).data
    assert listed == [as_rest(spec, row, hidden, deep=True) for row in nodes]
    assert (await api.get(f"{path}?limit=20", key=key)).data == [
        as_rest(spec, row, hidden, deep=False) for row in nodes
    ]


@pytest.mark.parametrize(
    "route",
    [each for each in ROUTES.values() if each.action == "item" and each.contract.is_open],
    ids=lambda each: each.path,
)
async def test_both_doors_show_the_same_row(filled: Tenant, api: Api, route: Route):
    assert route.root.target is not None
    assert filled
    spec, path = route.root.target, f"/api/v1{route.path.removesuffix('/{id}')}"
    for row in (await api.get(path)).data:
        document = f"query($id: ID!) {{ one: {route.root.name}(id: $id) {{ {selection(spec, deep=True)} }} }}"
        graphql = (await api.graphql(document, {"id": row["id"]})).data["one"]
        rest = (await api.get(f"{path}/{row['id']}?{with_edges(spec)}")).data
        assert rest == as_rest(spec, graphql, frozenset(), deep=True)


def samples(column: Column, rows: list[Any]) -> list[Any]:
    """Two values that a column has, as REST shows them; a made-up one when it has none."""
    if column.kind is WORDS:
        return [next((each for row in rows for each in row[column.name]), "x")]
    found = list(dict.fromkeys(row[column.name] for row in rows if row[column.name] not in {None, ""}))
    made_up = {DECIMAL: "1", MOMENT: "2026-01-01T00:00:00Z", ID: NOBODY}.get(column.kind, "x")
    return [found[0], found[len(found) // 2]] if found else [made_up]


def asked(column: Column, operator: str, value: Any) -> tuple[Any, str]:
    """A comparison as GraphQL takes it and as REST does."""
    if operator == "is_null":
        return True, "true"
    if operator in {"contains", "starts_with"}:
        value = value[: max(1, len(value) // 2)]
    given = value.upper() if column.choices else value
    text = str(value).lower() if isinstance(value, bool) else value
    return ([given] if operator in SEVERAL else given), text


@pytest.mark.parametrize("root", TRIED, ids=lambda root: root.name)
async def test_both_doors_filter_alike(filled: Tenant, api: Api, root: Root):
    assert root.target is not None
    await some(filled, api, root)
    path = f"/api/v1{ROUTES[root.name].path}"
    document = f"""query($f: {root.target.name}Filter) {{
        all: {root.name}(filter: $f, first: 250, orderBy: UPDATED_AT_ASC) {{ nodes {{ id }} }}
    }}"""
    rows = (await api.get(f"{path}?limit=250")).data
    for column, operator in comparisons(root.target):
        for value in samples(column, rows):
            given, text = asked(column, operator, value)
            if operator in {"in", "not_in"} and "," in str(text):
                continue  # a comma parts the values of REST
            graphql = await api.graphql(document, {"f": {column.key: {camel(operator): given}}})
            name = column.name if operator == "eq" else f"{column.name}[{operator}]"
            rest = [row["id"] for row in (await api.get(path, params={name: text, "limit": "250"})).data]
            assert rest == [row["id"] for row in graphql.data["all"]["nodes"]], name
            expected = [row["id"] for row in rows if holds(operator, row[column.name], text)]
            assert rest == expected, (name, text)


def comparisons(spec: TypeSpec) -> list[tuple[Column, str]]:
    columns = spec.filters().values()
    return [(column, operator) for column in columns for operator in column.operators]


def holds(operator: str, found: Any, text: str) -> bool:
    """Whether a row passes a filter, worked out here; null passes nothing but `is_null`."""
    if found is None or operator == "is_null":
        return found is None and operator == "is_null"
    if isinstance(found, list):
        return text in found
    found, value = number(found), number(text)
    answers: dict[str, bool] = {
        "eq": found == value,
        "in": found == value,
        "ne": found != value,
        "not_in": found != value,
        "lt": found < value,
        "lte": found <= value,
        "gt": found > value,
        "gte": found >= value,
        "starts_with": str(found).startswith(str(text)),
        "contains": str(text).lower() in str(found).lower(),
    }
    return answers[operator]


def number(value: Any) -> Any:
    """A decimal as a number, anything else as text."""
    try:
        return str(value).lower() if isinstance(value, bool) else Decimal(value)
    except (ArithmeticError, ValueError, TypeError):
        return value


@pytest.mark.parametrize("root", TRIED, ids=lambda root: root.name)
async def test_both_doors_order_alike(filled: Tenant, api: Api, root: Root):
    assert root.target is not None
    await some(filled, api, root)
    path = f"/api/v1{ROUTES[root.name].path}"
    for name, order in orders(root.target).items():
        graphql = await api.graphql(f"{{ all: {root.name}(first: 50, orderBy: {name}) {{ nodes {{ id }} }} }}")
        sort = ("-" if order.descending else "") + name.lower().rpartition("_")[0]
        rest = (await api.get(f"{path}?limit=250&sort={sort}")).data
        assert [row["id"] for row in rest] == [row["id"] for row in graphql.data["all"]["nodes"]]
        shown = [number(row[name.lower().rpartition("_")[0]]) for row in rest]
        if not isinstance(shown[0], str) or order.kind is MOMENT:
            assert shown == sorted(shown, key=lambda each: (each is None, each or 0), reverse=order.descending)


async def test_both_doors_order_by_several_fields_alike(filled: Tenant, api: Api):
    assert filled
    together = [words for words in offered(GRAPH.catalogue.types["Quote"]) if len(words) > 1]
    assert len(together) == 4
    for words in together:
        document = f"{{ quotes(first: 50, orderBy: [{', '.join(words)}]) {{ nodes {{ id }} }} }}"
        graphql = [row["id"] for row in (await api.graphql(document)).data["quotes"]["nodes"]]
        names = [word.lower().rpartition("_")[0] for word in words]
        down = words[0].endswith("DESC")
        sort = ",".join(f"-{name}" if down else name for name in names)
        rest = (await api.get(f"/api/v1/quotes?limit=250&sort={sort}")).data
        assert [row["id"] for row in rest] == graphql
        shown = [[(row[name] is None, row[name] or "") for name in names] for row in rest]
        assert shown == sorted(shown, reverse=down)
        paged, cursor = [], ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            page = await api.get(f"/api/v1/quotes?limit=3&sort={sort}{more}")
            paged += [row["id"] for row in page.data]
            cursor = page.json["next_cursor"]
        assert paged == graphql


async def test_a_command_answers_the_same_through_both_doors(api: Api):
    spec = GRAPH.catalogue.types["Client"]
    given = {"name": "Acme", "code": None, "creditLimit": "12.50", "tags": ["a"], "contacts": [{"firstName": "Ann"}]}
    document = f"mutation($i: CreateClientInput!) {{ one: createClient(input: $i) {{ {selection(spec, deep=True)} }} }}"
    graphql = as_rest(spec, (await api.graphql(document, {"i": given})).data["one"], frozenset(), deep=True)
    rest = (await api.post("/api/v1/clients?include=quotes", given)).data
    unlike = {"id", "created_at", "updated_at"}
    assert {name for name in rest if rest[name] != graphql[name]} == unlike | {"contacts"}
    assert [each["first_name"] for each in rest["contacts"] + graphql["contacts"]] == ["Ann", "Ann"]
