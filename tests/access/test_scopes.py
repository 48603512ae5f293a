"""Completeness: every root field has a scope, every scope guards something, every error has a code."""

from __future__ import annotations

from access.scopes import Scope
from app.generated import ROOT, aggregates, error_classes, guards, states_page
from engine.declare.names import pascal
from schema.assembly import graph


def test_every_root_field_but_those_of_many_types_or_of_the_key_itself_has_a_scope():
    without = {name for (_, name), root in graph().roots.items() if root.operation.scope is None}
    assert without == {"node", "nodes", "changes", "metrics", "myAccess"}


def test_every_scope_guards_something():
    unused = {scope for scope, guarded in guards().items() if not guarded}
    assert unused <= {Scope.SETTINGS_INTEGRATIONS}  # keys and endpoints can be made by the command line alone


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
