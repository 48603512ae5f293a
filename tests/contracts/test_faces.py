"""Faces: a further route of a closed contract is a declaration, and one that cannot be is refused when it is read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
import strawberry

import models
from access.scopes import Scope
from engine.declare.checks import BadDeclaration
from engine.declare.faces import Face, Renamed, Shown
from engine.declare.rows import Filter, Page, Rows
from engine.declare.types import Connection
from engine.graph.graph import Graph
from engine.graph.operations import operation
from engine.run.context import Command, Reading
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from resolvers import audit as audits
from rest import openapi
from rest.door import RestDoor
from rest.routes import derive
from schema import assembly, changes
from schema.audit import AuditEntry
from schema.clients import Client
from tests.kit.client import Client as Api
from tests.kit.doors import Doors
from tests.kit.fixtures import Key, address

ENTRY = Face("event_entry", ("id", Renamed("ts", "at"), "action", "actor", "changes"))
LOG = "/api/v1/events"


async def event_log(
    ctx: Reading,
    filter: Filter[models.AuditEntry] | None,
    page: Page,
    from_: Annotated[datetime | None, "No entries before this moment."] = None,
    action: Annotated[str | None, "Only what was done so."] = None,
) -> Rows[models.AuditEntry]:
    """List what was done."""
    rows = await audits.audit(ctx, filter, page)
    rows = rows if from_ is None else rows.where("@.at>=?::timestamptz", from_)
    return rows if action is None else rows.where("@.action=?::text", action)


@strawberry.type
class LogQuery:
    """What is read by a route alone."""

    event_log: Connection[AuditEntry] = operation(event_log, Scope.ADMIN, path="/events", face=ENTRY)


def grown(query: type = LogQuery) -> Graph:
    """The graph with one more route."""
    types: Any = assembly.TYPES
    more = (*assembly.REST_ONLY, ("query", query))
    return Graph(assembly.Query, assembly.Mutation, types, changes.Subscription, more)


@pytest.fixture
def log(runtime: Runtime, api: Api) -> Api:
    """A client of the doors with the further route."""
    graph = grown()
    projections = event_projections(graph.catalogue)
    opened = Runtime(graph, runtime.database, runtime.gate, projections, installation=runtime.installation)
    return Api(Doors(opened), address(), api.key)  # type: ignore[arg-type]


async def test_rows_that_are_no_records_with_what_python_computes(log: Api, api: Api, key: Key):
    for number in range(3):
        assert (await api.post("/api/v1/clients", {"name": f"Client {number}"})).status == 201
    answer = await log.get(f"{LOG}?limit=2")
    assert set(answer.json) == {"data", "cursor", "has_more"}
    first, second = answer.json["data"]
    assert list(first) == ["id", "ts", "action", "actor", "changes"]
    assert first["id"].startswith("aud_")
    assert first["changes"]["name"] == {"old": None, "new": "Client 2"}
    assert second["actor"]["name"] == "test"
    rest = (await log.get(f"{LOG}?limit=2&cursor={answer.json['cursor']}")).json
    assert (len(rest["data"]), rest["cursor"], rest["has_more"]) == (1, None, False)
    assert [each["id"] for each in (await log.get(f"{LOG}?order=asc")).json["data"]] == [
        each["id"] for each in (rest["data"] + [second, first])
    ]
    refused = await log.get(LOG, key=await key("audit.view"))
    assert (refused.status, refused.json["error"]) == (403, "Insufficient scope: admin required")


async def test_plain_parameters_of_its_resolver_are_those_of_its_query_string(log: Api, api: Api):
    made = (await api.post("/api/v1/clients", {"name": "A"})).data
    await api.patch(f"/api/v1/clients/{made['id']}", {"name": "B"})
    entries = (await log.get(LOG)).json["data"]
    assert [each["action"] for each in entries] == ["updated", "created"]
    at = entries[0]["ts"]
    assert [each["action"] for each in (await log.get(f"{LOG}?from={at}")).json["data"]] == ["updated"]
    assert [each["action"] for each in (await log.get(f"{LOG}?action=created")).json["data"]] == ["created"]
    for wrong, field in (
        (f"from_={at}", "from_"),
        ("from=x", "from"),
        (f"from={at}&from={at}", "from"),
        ("to=1", "to"),
    ):
        answer = await log.get(f"{LOG}?{wrong}")
        assert (answer.status, answer.json["error"].partition(":")[0]) == (400, field)


def test_it_is_documented():
    found = openapi.document(grown())
    listed = found["paths"]["/events"]["get"]
    names = [each.get("name") or each["$ref"].rpartition("/")[2] for each in listed["parameters"]]
    assert names[-2:] == ["from", "action"]
    assert listed["responses"]["4XX"] == {"$ref": "#/components/responses/ForgError"}
    schema = found["components"]["schemas"]["ForgEventEntry"]
    assert (list(schema["properties"]), schema["additionalProperties"]) == (
        ["id", "ts", "action", "actor", "changes"],
        False,
    )


def declared(path: str, face: Face | None) -> type:
    """A class with one list of clients."""

    @strawberry.type
    class Query:
        found: Connection[Client] = operation(_clients, Scope.CLIENTS_VIEW, path=path, face=face)

    return Query


async def _clients(ctx: Reading, filter: Filter[models.Client] | None, page: Page) -> Rows[models.Client]:
    """List clients."""
    return ctx.rows(models.Client).filter(filter).page(page)


def face(*shown: Shown, **how: Any) -> Face:
    return Face("client", shown, **how)


async def _rename(ctx: Command, id: UUID, name: str) -> Rows[models.Client]:
    """Rename a client."""
    raise NotImplementedError(ctx, id, name)


def test_a_body_of_a_closed_contract_is_one_input():
    @strawberry.type
    class Mutation:
        rename: Client = operation(_rename, Scope.CLIENTS_EDIT, path="/rules/{id}/rename", face=face("id"))

    rules = ("query", declared("/rules", face("id")))
    types: Any = assembly.TYPES
    graph = Graph(assembly.Query, assembly.Mutation, types, changes.Subscription, (rules, ("mutation", Mutation)))
    with pytest.raises(BadDeclaration, match=r"/rules/{id}/rename is FORG's, so its body is one input"):
        derive(graph)


@pytest.mark.parametrize(
    ("path", "given", "told"),
    [
        ("/rules", None, r"/rules is FORG's, so declare rows and face="),
        ("/pipelines", None, r"/pipelines is Forge Json's, so declare rows and face="),
        ("/customers", face("id"), r"/customers is Forge MRP's, which shows no face"),
        ("/rules", face("id", "colour"), r"a face shows colour, which is no field"),
        ("/rules", face("id", "contacts"), r"a face shows no lists of rows"),
        ("/rules", face("id", filters=("website",)), r"lists cannot be filtered by website"),
    ],
)
def test_what_cannot_be_shown_does_not_start(runtime: Runtime, path: str, given: Face | None, told: str):
    graph = grown(declared(path, given))
    opened = Runtime(graph, runtime.database, runtime.gate, {}, installation=runtime.installation)
    with pytest.raises(BadDeclaration, match=told):
        RestDoor(opened)
