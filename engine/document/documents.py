"""Documents: everything about one query text that does not depend on the request, worked out once and cached.

Also the choice of lane. It is made here, from the text alone, before any resolver runs: *compiled* when every root
field is an operation and nothing below needs Python, else *executed*.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from typing import Any, TypeVar, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined
from graphql.type import is_non_null_type

from core.database.weight import LISTS, Weight
from core.instruments import PLANS
from engine.document.coercion import Coerce, coercer
from engine.document.cost import Formula, formula
from engine.document.facts import facts_of
from engine.document.parsing import parse_document
from engine.document.scan import TOKENS
from engine.graph.graph import Graph

T = TypeVar("T")
_LARGEST_CACHE = 1_000
_MAX_TOKENS = 200_000
"""Tokens of all documents of a cache: with what is made of it, a token takes about a kilobyte."""
_SETTLED_TOKENS = 2_000
"""Tokens of new documents after which they are settled."""
_COMPILED = PLANS.labels("document")
LONGEST_NAME = 100
"""Characters of an operation's name that are shown."""
MAX_SHAPES = 64
"""How many combinations of the flags that `@skip` and `@include` name are kept of one document."""


class Document:
    """A parsed, validated query text and one operation of it; `errors` when it is not valid."""

    def __init__(self, graph: Graph, text: str, operation_name: str | None, most: int = TOKENS) -> None:
        parsed = parse_document(graph.schema, text, most)
        self.graph, self.text = graph, text
        self.tokens = parsed.tokens
        self.errors: list[GraphQLError] = parsed.errors
        self.plans: dict[Any, Any] = {}
        self.weight = Weight(LISTS)
        """Of its slowest statement, when it runs in the executed lane."""
        self.operation: OperationDefinitionNode | None = None
        self.name = ""
        """The kind of its operation and what that is called: `query Quotes`."""
        if parsed.tree is not None and not self.errors:
            self.ast: DocumentNode = parsed.tree
            self._choose(operation_name, parsed.formula)

    def _choose(self, operation_name: str | None, priced: Formula | None) -> None:
        definitions = self.ast.definitions
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        named = [each for each in operations if operation_name is None or _name(each) == operation_name]
        if len(named) != 1:
            unknown = f"Unknown operation named '{operation_name}'."
            several = "Must provide operation name if query contains multiple operations."
            self.errors = [GraphQLError(unknown if operation_name is not None else several)]
            return
        self.operation = named[0]
        self.kind = self.operation.operation.value
        self.name = f"{self.kind} {_name(self.operation) or ''}".rstrip()[:LONGEST_NAME]
        fragments = [each for each in definitions if isinstance(each, FragmentDefinitionNode)]
        self.fragments = {each.name.value: FragmentDetails(each, {}) for each in fragments}
        facts = facts_of(self.operation, {each.name.value: each for each in fragments}, self.graph)
        self.flags = tuple(sorted(facts.flags))
        self.scopes = frozenset(facts.scopes)
        self.root_scopes = frozenset(facts.root_scopes)
        self.takes_much = facts.takes_much
        self.compiled = not facts.needs_python and self.kind != "subscription"
        self.introspects = facts.introspects and not facts.reads
        self.kept: bytes | None = None
        self._expected = self._read_signatures()
        self._formulas: dict[tuple[Any, ...], Formula] = {} if priced is None else {(): priced}

    def keep(self, shape: object, made: T) -> T:
        """Keep what was made of it for one combination of its flags; callers may combine them without end."""
        if len(self.plans) >= MAX_SHAPES:
            self.plans.clear()
        self.plans[shape] = made
        return made

    def priced(self, coerced: VariableValues | list[GraphQLError]) -> int:
        """What it costs in points with variables that were coerced; 0 when they could not be."""
        return 0 if isinstance(coerced, list) else self._points(coerced)

    def _points(self, variables: VariableValues) -> int:
        key = tuple([variables.coerced.get(flag) for flag in self.flags])
        found = self._formulas.get(key)
        if found is None:
            assert self.operation is not None
            if len(self._formulas) >= MAX_SHAPES:
                self._formulas.clear()
            found = self._formulas[key] = formula(self.graph.schema, self.operation, self.fragments, variables)
        return found.points(variables.coerced)

    def _read_signatures(self) -> list[tuple[str, Coerce, bool, bool]]:
        """Of each variable: its name, what coerces it, whether it may be null, whether it has a default."""
        assert self.operation is not None
        found = [get_variable_signature(self.graph.schema, each) for each in self.operation.variable_definitions or ()]
        known = [each for each in found if not isinstance(each, GraphQLError)]
        return [
            (each.name, coercer(each.type), not is_non_null_type(each.type), each.default is not None) for each in known
        ]

    def variables(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Coerce the request's variables; anything unusual again by graphql-core, with its messages."""
        coerced: dict[str, Any] = {}
        for name, coerce, nullable, defaults in self._expected:
            value = given.get(name, Undefined)
            if value is None and nullable:
                coerced[name] = None
                continue
            if value is Undefined and nullable and not defaults:
                continue
            if value is Undefined or value is None:
                return self._coerce_all(given)
            found = coerce(value)
            if found is Undefined:
                return self._coerce_all(given)
            coerced[name] = found
        return VariableValues(dict.fromkeys(coerced, _SOURCE), coerced)

    def _coerce_all(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        assert self.operation is not None
        definitions = self.operation.variable_definitions or ()
        return get_variable_values(self.graph.schema, definitions, given, max_errors=10)


_SOURCE: Any = VariableValueSource(
    cast("GraphQLVariableSignature", None), None
)  # nothing reads where a value came from


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


class Documents:
    """A bounded cache of valid documents by a key (their text, or its hash), least recently used out first."""

    def __init__(self, graph: Graph, most: int = TOKENS, largest: int = _LARGEST_CACHE) -> None:
        self.graph, self.most = graph, most
        self._largest = largest
        self._known: OrderedDict[tuple[str, str | None], Document] = OrderedDict()
        self._tokens = 0
        self._young = 0

    def get(self, text: str, operation_name: str | None) -> Document:
        """The document of a query text; BadRequest when it breaks a limit, `errors` in it when it is not valid."""
        found = self.known(text, operation_name)
        if found is None:
            _COMPILED.inc()
            found = Document(self.graph, text, operation_name, self.most)
            self.put(text, found, operation_name)
        return found

    def put(self, key: str, document: Document, operation_name: str | None) -> None:
        """Keep a document under a key if it is valid."""
        if document.errors or (key, operation_name) in self._known:
            return
        self._known[key, operation_name] = document
        self._tokens += document.tokens
        self._settle(document.tokens)
        while len(self._known) > self._largest or self._tokens > _MAX_TOKENS:
            _, gone = self._known.popitem(last=False)
            self._tokens -= gone.tokens
            gone.plans.clear()  # they refer to the document: with them it would stay until a full collection

    def _settle(self, tokens: int) -> None:
        """Take what is kept out of the garbage collector's sight, a few documents at a time.

        It is freed by its references alone. A full collection that walked all of it would stop the process for 0.5 s,
        and the cache makes those frequent; this one walks what came since the last, in about 10 ms.
        """
        self._young += tokens
        if self._young > _SETTLED_TOKENS:
            self._young = 0
            gc.collect()
            gc.freeze()

    def known(self, key: str, operation_name: str | None) -> Document | None:
        """The valid document that was kept under this key and is there still."""
        place = (key, operation_name)
        found = self._known.get(place)
        if found is not None:
            self._known.move_to_end(place)
        return found
