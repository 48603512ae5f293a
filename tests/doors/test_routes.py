"""Routes are declared once: what would take another's place does not start."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry

import models
from access.scopes import Scope
from engine.declare.checks import BadDeclaration
from engine.declare.types import Connection, Node, field, type_for
from engine.graph.graph import Graph
from engine.graph.operations import operation
from resolvers import clients
from rest.routes import Action, derive
from schema.assembly import graph


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client.")
class Client(Node):
    """A client, as far as this page needs one."""

    name: str = field("Its name.")


Declared = tuple[Any, bool, dict[str, Any]]
"""A resolver, whether it lists, and what else is declared of its route."""


def root(root_name: str, fields: dict[str, Declared]) -> Any:
    """A root class with these fields."""
    made = type(root_name, (), {"__annotations__": {}})
    for name, (resolver, listed, declared) in fields.items():
        made.__annotations__[name] = Connection[Client] if listed else Client
        setattr(made, name, operation(resolver, Scope.CLIENTS_VIEW, **declared))
    return strawberry.type(made)


LIST: Declared = (clients.clients, True, {})
UPDATE: Declared = (clients.update_client, False, {})
UPDATE_BY_PATH: Declared = (clients.client, False, {"path": "/the-client"})


def routes(query: dict[str, Declared], mutation: dict[str, Declared]) -> dict[str, tuple[str, str, Action]]:
    found = derive(Graph(root("Query", query), root("Mutation", mutation), [Client]))
    return {route.root.name: (route.method, route.path, route.action) for route in found}


def test_a_second_list_of_a_type_has_a_path_of_its_own_and_moves_no_route():
    recent = (clients.clients, True, {"path": "/recent-clients"})
    for query in ({"clients": LIST, "recent_clients": recent}, {"recent_clients": recent, "clients": LIST}):
        assert routes(query, {"update_client": UPDATE}) == {
            "clients": ("GET", "/clients", Action.LIST),
            "recentClients": ("GET", "/recent-clients", Action.LIST),
            "updateClient": ("PATCH", "/clients/{id}", Action.UPDATE),
        }


@pytest.mark.parametrize("second", ["open_clients", "a_clients"])
def test_a_second_list_without_a_path_does_not_start(second: str):
    with pytest.raises(BadDeclaration, match="clients is the list of Client already; declare path="):
        routes({"clients": LIST, second: LIST}, {"update_client": UPDATE})


@pytest.mark.parametrize(
    ("path", "method", "first"),
    [
        ("/clients/{id}", "PATCH", "updateClient"),
        ("/clients", "GET", "clients"),
        ("/changes", "GET", "/changes"),
        ("/metrics", "GET", "/metrics"),
    ],
)
def test_two_routes_that_are_one_do_not_start(path: str, method: str, first: str):
    other = (clients.update_client, False, {"path": path, "method": method})
    with pytest.raises(
        BadDeclaration, match=f"otherClient: {method} {path} is the route of {first} already".replace("{id}", ".id.")
    ):
        routes({"clients": LIST}, {"update_client": UPDATE, "other_client": other})


def test_an_id_in_a_path_is_of_a_record_that_is_listed():
    other = (clients.update_client, False, {"path": "/nobodys/{id}/verb"})
    with pytest.raises(BadDeclaration, match="its first part is the path of no list"):
        routes({"clients": LIST}, {"other_client": other})


def test_what_is_accepted_is_of_a_type_that_can_be_asked_for():
    accepted = (clients.update_client, False, {"path": "/accepted", "status": 202})
    found = derive(Graph(root("Query", {"clients": LIST}), root("Mutation", {"accept_it": accepted}), [Client]))
    assert [(each.answers, each.tells_where) for each in found if each.is_command] == [("/clients", True)]
    with pytest.raises(BadDeclaration, match="acceptIt: 202 says where to ask for what it answers"):
        derive(Graph(root("Query", {"client": UPDATE_BY_PATH}), root("Mutation", {"accept_it": accepted}), [Client]))


OWN_WORDS = {
    "documents": "json_documents",
    "webhooks": "endpoints",
    "inventory": "inventory_items",
    "locations": "stock_locations",
}
"""Tables whose routes are called otherwise, as their contracts do."""


def test_every_route_with_an_id_knows_whose_it_is():
    for route in derive(graph()):
        if "{id}" in route.path:
            assert route.record is not None
            segment = route.path[1:].partition("/")[0]
            own = OWN_WORDS.get(segment)
            table = route.record.table
            assert own == table if own else segment.removeprefix("webhook-") == table.replace("_", "-")
