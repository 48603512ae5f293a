"""Filters by what other systems call a record: through the table in which external ids are unique.

filter: {externalId: {system: "erp", in: ["4711", "4712"]}}        ?external_id=erp:4711&external_id=erp:4712
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.errors import Invalid
from core.searching import Served
from core.values.checked import REFERENCE, Check
from core.values.custom import SYSTEM
from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Condition, tenant
from engine.sql.comparisons import MAX_VALUES

KEY: Final = "externalId"
"""What a GraphQL filter calls it."""
PARAMETER: Final = "external_id"
"""What REST calls it: a system, a colon, and the id there."""


def by_external_ids(spec: TypeSpec, names: Sequence[tuple[str, str]], field: str) -> Condition:
    """Rows that have one of these external ids, each a system and an id there; Invalid names `field`."""
    if len(names) > MAX_VALUES:
        raise Invalid(f"{field}: at most {MAX_VALUES} values", field=field)
    systems = [_checked(SYSTEM, system, field) for system, _ in names]
    ids = [_checked(REFERENCE, external_id, field) for _, external_id in names]
    found = (
        "select e.record_id from unnest(?::text[],?::text[]) as w(system,id) join external_ids e"
        f" on e.workspace_id={tenant(spec.model)} and e.record_type='{spec.table}'"
        " and e.system=w.system and e.external_id=w.id"
    )
    return Condition(f"@.id=any(array({found}))", (systems, ids), by=Served.UNIQUE, column="id")


def read_external_id(spec: TypeSpec, given: Mapping[str, Any], field: str) -> Condition:
    """Read the filter of a GraphQL document: a system with `eq` or `in`; both must hold where both are given."""
    asked = [[given["eq"]]] if given.get("eq") is not None else []
    asked += [given["in"]] if given.get("in") is not None else []
    if not asked:
        raise Invalid(f"{field}: say which ids, by eq or in", field=field)
    ids = [each for each in asked[0] if each in asked[-1]]
    return by_external_ids(spec, [(given["system"], each) for each in ids], field)


def _checked(rule: Check, value: str, field: str) -> Any:
    try:
        return rule.check(value)
    except ValueError as error:
        raise Invalid(f"{field}: {error}", field=field) from error
