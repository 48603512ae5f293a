"""Merging: whether fields of one response key can be answered as one, worked out in about linear time.

The specification's rule (§5.3.2) compares pairs, and so does graphql-core: seconds for a hostile document. Here all
fields of a key are taken together: they must have one shape; those that can be of one object, one name and one list of
arguments; then what is selected below all of them is looked at as one set. Selections that are equal collapse.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from core.errors import BadRequest

MAX_STEPS: Final = 20_000
"""Fields looked at before a document is refused for the time it takes; 1,000 selections come to about 3,000."""
_WAY_OUT: Final = "Use different aliases on the fields to fetch both if this was intentional."


class _Field(NamedTuple):
    """A field as it is selected: `type` is None when the schema does not have it, which is told elsewhere."""

    parent: GraphQLNamedType | None
    node: FieldNode
    type: Any


class _Conflict(Exception):
    """Two fields that cannot be answered as one."""

    def __init__(self, path: str, why: str, nodes: Iterable[FieldNode]) -> None:
        super().__init__(f"Fields '{path}' conflict because {why}. {_WAY_OUT}")
        self.nodes = list(nodes)


def find_conflict(schema: GraphQLSchema, document: DocumentNode) -> GraphQLError | None:
    """Return the first conflict of a document whose fragments are known to spread in no circle; None without any.

    Raises BadRequest when it takes too long to find out.
    """
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    merging = _Merging(schema, fragments)
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            parent = schema.get_root_type(each.operation)
            try:
                fields = merging.fields([(parent, each.selection_set)])
                merging.same_shapes(fields, "")
                merging.same_fields(fields, "")
            except _Conflict as conflict:
                return GraphQLError(str(conflict), conflict.nodes)
    return None


class _Merging:
    """Looks at sets of fields that are answered together."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema, self._fragments = schema, fragments
        self._steps = 0

    def fields(self, sets: Iterable[tuple[Any, SelectionSetNode | None]]) -> dict[str, list[_Field]]:
        """The fields of several selection sets by their response keys, fragments expanded."""
        found: dict[str, list[_Field]] = {}
        spread: set[str] = set()
        waiting = [(parent, selected) for parent, selected in sets if selected is not None]
        while waiting:
            parent, selected = waiting.pop()
            for node in selected.selections:
                self._step()
                if isinstance(node, FieldNode):
                    key = (node.alias or node.name).value
                    found.setdefault(key, []).append(_Field(parent, node, self._type(parent, node.name.value)))
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    inner = parent if condition is None else self._schema.get_type(condition.name.value)
                    waiting.append((inner, node.selection_set))
                elif isinstance(node, FragmentSpreadNode):
                    fragment = self._fragments.get(node.name.value)
                    if fragment is not None and fragment.name.value not in spread:
                        spread.add(fragment.name.value)
                        of = self._schema.get_type(fragment.type_condition.name.value)
                        waiting.append((of, fragment.selection_set))
        return found

    def same_shapes(self, groups: dict[str, list[_Field]], path: str) -> None:
        """Check that the fields of each key have one shape, whatever they are fields of, and all below them."""
        for key, group in groups.items():
            if len(group) == 1:
                self._descend(self.same_shapes, group, f"{path}{key}")
                continue
            first = next((each for each in group if each.type is not None), group[0])
            for each in group:
                if each.type is not None and _differ(first.type, each.type):
                    why = f"they return conflicting types '{first.type}' and '{each.type}'"
                    raise _Conflict(f"{path}{key}", why, (first.node, each.node))
            self._descend(self.same_shapes, group, f"{path}{key}")

    def same_fields(self, groups: dict[str, list[_Field]], path: str) -> None:
        """Check that fields of one key which one object can have are one field with one list of arguments."""
        for key, group in groups.items():
            for together in _of_one_object(group):
                first, *others = together
                if others:
                    asked = _arguments(first.node)
                    for each in others:
                        _compare(first.node, asked, each.node, f"{path}{key}")
                self._descend(self.same_fields, together, f"{path}{key}")

    def _descend(self, check: Any, group: list[_Field], path: str) -> None:
        below = [(get_named_type(each.type), each.node.selection_set) for each in group if each.node.selection_set]
        if below:
            check(self.fields(below), f"{path}.")

    def _type(self, parent: Any, name: str) -> Any:
        if parent is None or not is_composite_type(parent):
            return None
        definition = self._schema.get_field(parent, name)
        return None if definition is None else definition.type

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise BadRequest(
                "query: too many fields under the same names to compare; use fewer fragments", field="query"
            )


def _of_one_object(group: list[_Field]) -> list[list[_Field]]:
    """The fields that one object can have together: those of one object type, and of every abstract one."""
    if len(group) == 1:
        return [group]
    objects: dict[Any, list[_Field]] = {}
    abstract: list[_Field] = []
    for each in group:
        if is_object_type(each.parent):
            objects.setdefault(each.parent.name, []).append(each)
        else:
            abstract.append(each)
    return [[*each, *abstract] for each in objects.values()] or [abstract]


def _compare(first: FieldNode, asked: Any, other: FieldNode, path: str) -> None:
    name, another = first.name.value, other.name.value
    if name != another:
        raise _Conflict(path, f"'{name}' and '{another}' are different fields", (first, other))
    if asked != _arguments(other):
        raise _Conflict(path, "they have differing arguments", (first, other))


def _differ(one: Any, other: Any) -> bool:
    """Whether two types are of different shapes: the same lists and nulls, then the same leaf or any two objects."""
    while True:
        if is_non_null_type(one) or is_non_null_type(other):
            if not (is_non_null_type(one) and is_non_null_type(other)):
                return True
        elif is_list_type(one) or is_list_type(other):
            if not (is_list_type(one) and is_list_type(other)):
                return True
        else:
            return bool((is_leaf_type(one) or is_leaf_type(other)) and one is not other)
        one, other = one.of_type, other.of_type


def _arguments(node: FieldNode) -> Any:
    """The arguments of a field, in an order of their own, for comparison."""
    if not node.arguments:
        return ()
    return sorted((each.name.value, _value(each.value)) for each in node.arguments)


def _value(node: Any) -> str:
    """A value as text that equal values share."""
    kind = node.kind
    if kind == "variable":
        return f"${node.name.value}"
    if kind == "list_value":
        return f"[{','.join(_value(each) for each in node.values)}]"
    if kind == "object_value":
        fields = sorted(f"{each.name.value}:{_value(each.value)}" for each in node.fields)
        return f"{{{','.join(fields)}}}"
    return f"{kind} {getattr(node, 'value', None)!r}"
