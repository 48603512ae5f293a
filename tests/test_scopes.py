"""Completeness: every root field has a scope, every scope guards something, every error has a code."""

from __future__ import annotations

from access.scopes import Scope
from app.generated import error_classes, guards
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
