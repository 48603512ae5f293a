"""Orders: what lists can be ordered by, one field or several together, each served by one index.

    orderBy: DUE_ON_ASC        orderBy: [STATUS_ASC, DUE_ON_ASC]        ?sort=-due_on        ?sort=status,due_on

By one field where its column is `sortable` (`core.facts`), by several where the model says so (`Record.orders`), as it
says or the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from core.errors import Invalid
from core.record import Record
from engine.declare import kinds
from engine.declare.catalogue import Column, One, TypeSpec
from engine.declare.checks import BadDeclaration
from engine.declare.names import camel
from engine.declare.rows import Order

_FIRST: Final = {
    kinds.MOMENT: ("earliest first", "latest first"),
    kinds.DATE: ("earliest first", "latest first"),
    kinds.DECIMAL: ("smallest first", "largest first"),
    kinds.INTEGER: ("smallest first", "largest first"),
    kinds.BOOLEAN: ("false first", "true first"),
    kinds.TEXT: ("alphabetically, as the database collates", "in reverse, as the database collates"),
    kinds.ENUM: ("in alphabetical order", "in reverse alphabetical order"),
    kinds.ID: ("in the order of the ids", "in the reverse order of the ids"),
}
"""What comes first in an order by a column of a kind, ascending and descending."""
MAX_FIELDS: Final = 3
"""Fields that an order has at most."""


def orders(spec: TypeSpec) -> dict[str, Order]:
    """The orders by one field, by name: `UPDATED_AT_ASC`."""
    return {words[0]: order for words, order in offered(spec).items() if len(words) == 1}


def words_of(spec: TypeSpec) -> list[str]:
    """Every word that an order may be made of."""
    return list(dict.fromkeys(word for words in offered(spec) for word in words))


@cache
def offered(spec: TypeSpec) -> Mapping[tuple[str, ...], Order]:
    """Every order that a caller may choose, by its words: `("STATUS_ASC", "DUE_ON_ASC")`."""
    found: dict[tuple[str, ...], Order] = {}
    for column in spec.columns():
        if column.sortable:
            for descending in (False, True):
                order = Order(column.column, column.kind, descending, column.scope, column.answer.nullable)
                found[_words([(column, descending)])] = order
    for declared in spec.model.orders if issubclass(spec.model, Record) else ():
        if not 1 < len(declared) <= MAX_FIELDS:
            raise BadDeclaration(f"{spec.name}: an order has 2 to {MAX_FIELDS} fields, not {len(declared)}")
        keys = [(_column(spec, each.removeprefix("-")), each.startswith("-")) for each in declared]
        for turned in (False, True):
            run = [(column, down is not turned) for column, down in keys]
            first, *rest = (_key(spec, *each) for each in run)
            found[_words(run)] = replace(first, then=tuple(rest))
    return found


def order_of(spec: TypeSpec, words: Sequence[str]) -> Order:
    """The order that these words name; Invalid, with what is offered, when there is no such."""
    found = offered(spec).get(tuple(words))
    if found is None:
        alone = ", ".join(orders(spec))
        together = ", ".join(f"[{', '.join(each)}]" for each in offered(spec) if len(each) > 1)
        raise Invalid(
            f"orderBy: {spec.name} can be ordered by {alone}" + (f", {together}" if together else ""), field="orderBy"
        )
    return found


def sorted_by(spec: TypeSpec, text: str) -> Order:
    """The order that the text of `sort` names, such as `-due_on`; Invalid, with what is offered, for another."""
    words = (f"{each.removeprefix('-').upper()}_{'DESC' if each[:1] == '-' else 'ASC'}" for each in text.split(","))
    found = offered(spec).get(tuple(words)) if text == text.lower() else None
    if found is None:
        alone = ", ".join(name for name in sorts(spec) if not name.startswith("-") and "," not in name)
        together = " or ".join(name for name in sorts(spec) if "," in name)
        several = f"; by several fields as {together}" if together else ""
        raise Invalid(
            f"sort: {spec.name} can be sorted by {alone} (with - for the other way round){several}", field="sort"
        )
    return found


def sorts(spec: TypeSpec) -> list[str]:
    """Every order as `sort` spells it: `due_on`, `-due_on`, `status,due_on`."""
    return [",".join(_sort(word) for word in words) for words in offered(spec)]


def describe_word(spec: TypeSpec, word: str) -> str:
    """Say what a word of an order does: by which field, what comes first, where rows without a value come."""
    words, order = next((words, order) for words, order in offered(spec).items() if word in words)
    key = order.keys[words.index(word)]
    end = "first" if key.descending else "last"
    place = f"; rows without it {end}" if key.nullable else ""
    together = "" if (word,) in offered(spec) else " Only together with other words: see `orderBy`."
    return f"By `{camel(word.rpartition('_')[0].lower())}`, {_FIRST[key.kind][key.descending]}{place}.{together}"


def _sort(word: str) -> str:
    name, _, end = word.lower().rpartition("_")
    return f"-{name}" if end == "desc" else name


def _words(run: Sequence[tuple[Column, bool]]) -> tuple[str, ...]:
    return tuple(f"{column.name.upper()}_{'DESC' if descending else 'ASC'}" for column, descending in run)


def _column(spec: TypeSpec, name: str) -> Column:
    """The field that shows a column of the table."""
    references = [each.reference for each in spec.fields.values() if isinstance(each, One)]
    found = next((each for each in (*spec.columns(), *references) if each.column == name), None)
    if found is None:
        raise BadDeclaration(f"{spec.name}: no field shows {name}, which lists would be ordered by")
    return found


def _key(spec: TypeSpec, column: Column, descending: bool) -> Order:  # noqa: FBT001
    nullable = bool(spec.model.__table__.columns[column.column].nullable)  # type: ignore[attr-defined]
    return Order(column.column, column.kind, descending, column.scope, nullable)
