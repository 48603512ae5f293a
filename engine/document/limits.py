"""Limits of a document once it is parsed: how deep and how wide its operations are when fragments are expanded.

graphql-core would work through a hostile document for seconds; what passes here is small enough to validate. What can
be counted in the text alone is in `engine.document.scan`. Numbers: semantics §3 of the design.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from core.errors import BadRequest
from engine.document.scan import ALIASES, FIELDS_PER_SET, OPERATIONS

DEPTH = 12
INTROSPECTION_DEPTH = 18
"""What the introspection query of the tools needs (16), and a little more."""
SELECTIONS = 1_000


def circle(fragment: str) -> BadRequest:
    """The error of a fragment that spreads itself."""
    return BadRequest(f"query: fragment {fragment} spreads itself", field="query")


def too_many() -> BadRequest:
    """The error of a document whose fragments come to too much."""
    return BadRequest(f"query: more than {SELECTIONS} selections once fragments are expanded", field="query")


@dataclass(slots=True)
class _Measure:
    """What one selection set comes to once its fragments are expanded."""

    selections: int = 0
    depth: int = 0
    aliases: int = 0


_INTROSPECTION = frozenset({"__schema", "__type"})


def _introspected(depth: int) -> int:
    """Check the depth of an introspection, which has a limit of its own and does not count towards the other."""
    if depth > INTROSPECTION_DEPTH:
        raise BadRequest(f"query: introspection deeper than {INTROSPECTION_DEPTH} levels", field="query")
    return 0


class _Measurer:
    """Measures selection sets; a fragment is measured once, however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Measure | None] = {}

    def measure(self, selected: SelectionSetNode | None) -> _Measure:
        total = _Measure()
        if selected is None:
            return total
        if len(selected.selections) > FIELDS_PER_SET:
            raise BadRequest(f"query: more than {FIELDS_PER_SET} fields in one selection set", field="query")
        for selection in selected.selections:
            self._add(total, selection)
        if total.selections > SELECTIONS:
            raise too_many()
        return total

    def _add(self, total: _Measure, selection: object) -> None:
        if isinstance(selection, FieldNode):
            inner = self.measure(selection.selection_set)
            inner.depth = _introspected(inner.depth) if selection.name.value in _INTROSPECTION else inner.depth + 1
            inner.selections += 1
            inner.aliases += selection.alias is not None
        elif isinstance(selection, InlineFragmentNode):
            inner = self.measure(selection.selection_set)
            inner.selections += 1
        elif isinstance(selection, FragmentSpreadNode):
            inner = self._fragment(selection.name.value)
        else:
            return
        total.selections += inner.selections
        total.aliases += inner.aliases
        total.depth = max(total.depth, inner.depth)

    def _fragment(self, name: str) -> _Measure:
        if name not in self._known:
            self._known[name] = None
            definition = self._fragments.get(name)
            self._known[name] = self.measure(definition.selection_set) if definition else _Measure()
        found = self._known[name]
        if found is None:
            raise circle(name)
        return _Measure(found.selections + 1, found.depth, found.aliases)


def check_document(document: DocumentNode) -> None:
    """Refuse a document whose operations are too deep, too wide or too aliased once fragments are expanded."""
    definitions = document.definitions
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) > OPERATIONS:
        raise BadRequest(f"query: more than {OPERATIONS} operations", field="query")
    measurer = _Measurer(fragments)
    for each in [*operations, *fragments.values()]:
        measured = measurer.measure(each.selection_set)
        if isinstance(each, FragmentDefinitionNode) and each.type_condition.name.value.startswith("__"):
            measured.depth = _introspected(measured.depth)
        if measured.depth > DEPTH:
            raise BadRequest(f"query: deeper than {DEPTH} levels", field="query")
        if measured.aliases > ALIASES:
            raise BadRequest(f"query: more than {ALIASES} aliases", field="query")
