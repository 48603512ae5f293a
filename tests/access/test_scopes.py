"""Completeness: every root field has a scope, every scope guards something, every error has a code."""

from __future__ import annotations

from access.scopes import MEANING, Product, Scope, expand, grouped
from app.generated import ROOT, aggregates, error_classes, guards, states_page
from engine.declare.names import pascal
from schema.assembly import graph


def test_every_root_field_but_those_of_many_types_or_of_the_key_itself_has_a_scope():
    without = {name for (_, name), root in graph().roots.items() if root.operation.scope is None}
    assert without == {"node", "nodes", "changes", "metrics", "myAccess"}


def test_every_scope_guards_something():
    unused = {scope for scope, guarded in guards().items() if not guarded}
    bundles = {Scope.ALL_JSON, Scope.ADMIN}
    assert unused - bundles == {
        *(Scope.PIPELINES, Scope.UTILITIES),
        *(Scope.READ_SESSIONS, Scope.READ_RULES, Scope.WRITE_RULES, Scope.READ_REPORTS),
    }


def test_the_registry_has_the_scopes_of_three_products_by_area():
    found = {product: {area: [*map(str, each)] for area, each in areas.items()} for product, areas in grouped().items()}
    assert found[Product.MRP]["quotes"] == [
        *(
            "quotes.view",
            "quotes.create",
            "quotes.edit",
            "quotes.delete",
            "quotes.send",
            "quotes.approve",
            "quotes.convert",
        )
    ]
    assert found[Product.MRP]["settings"] == ["settings.team", "settings.integrations"]
    assert found[Product.JSON] == {
        "documents": ["documents"],
        "pipelines": ["pipelines"],
        "utilities": ["utilities"],
        "everything": ["*"],
    }
    assert found[Product.FORG] == {
        "sessions": ["read:sessions"],
        "rules": ["read:rules", "write:rules"],
        "reports": ["read:reports"],
        "users": ["read:users", "write:users"],
        "webhooks": ["manage:webhooks"],
        "everything": ["admin"],
    }
    assert MEANING.keys() == set(Scope)


def test_what_a_scope_implies():
    assert expand(["quotes.create"]) == {"quotes.create", "quotes.view", "attachments.view"}
    assert expand(["costs.view"]) == {"costs.view"}
    assert expand(["settings.team"]) == {"settings.team", "read:users", "write:users"}
    assert expand(["settings.integrations"]) == {"settings.integrations", "manage:webhooks"}
    assert expand(["*"]) == {"*", "documents", "pipelines", "utilities"}
    assert expand(["admin"]) == set(Scope)
    assert expand(["write:rules"]) == {"write:rules"}
    assert expand(["write:users", "documents"]) == {"write:users", "documents"}
    assert expand([*Scope]) == set(Scope)
    assert expand([]) == frozenset()


def test_every_error_has_a_code_and_a_status_of_its_own():
    codes = [kind.code for kind in error_classes()]
    assert len(set(codes)) == len(codes)
    assert all(400 <= kind.status <= 599 and (kind.__doc__ or "").endswith(".") for kind in error_classes())


def test_every_move_is_tried_through_both_doors_by_some_test():
    """By its route, and by its root field, in the text of some test."""
    text = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    for each in aggregates():
        for move in each.moves:
            assert f"/{move.verb}" in text, move
            assert f"{move.verb}{pascal(each.name)}" in text, move


def test_every_state_that_is_moved_to_or_from_is_one_of_the_record():
    for each in aggregates():
        for move in each.moves:
            assert {move.to, *move.by, *each.editable} <= set(type(move.to))
    page = states_page()
    assert "    draft --> sent: send" in page
    assert (ROOT / "docs/states.md").read_text() == page
