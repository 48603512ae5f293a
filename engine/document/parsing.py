"""Parsing: a document's text becomes a syntax tree that is within the limits and valid, or the errors it has.

What costs least comes first: the count of the text, the parser, the limits of the tree, its price, the fields that must
merge, and only then graphql-core's rules, those of them that the document can break at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql import validation as rules
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from engine.document.cost import Formula, check_cost, formula
from engine.document.limits import check_document
from engine.document.loose_ends import loose_ends
from engine.document.merging import find_conflict
from engine.document.scan import TOKENS, scan
from engine.document.single_orders import accept_single_orders

MAX_ERRORS: Final = 10
"""How many errors of an invalid document are told: looking for more costs time that nobody needs."""

Rule = type[rules.ASTValidationRule]

_ABOUT: Final[dict[str, frozenset[Rule]]] = {
    "$": frozenset(
        {
            rules.VariablesAreInputTypesRule,
            rules.UniqueVariableNamesRule,
            rules.NoUndefinedVariablesRule,
            rules.NoUnusedVariablesRule,
            rules.VariablesInAllowedPositionRule,
        }
    ),
    "@": frozenset({rules.KnownDirectivesRule, rules.UniqueDirectivesPerLocationRule}),
    "(": frozenset(
        {
            rules.KnownArgumentNamesRule,
            rules.UniqueArgumentNamesRule,
            rules.ValuesOfCorrectTypeRule,
            rules.UniqueInputFieldNamesRule,
        }
    ),
    "...": frozenset({rules.KnownFragmentNamesRule, rules.PossibleFragmentSpreadsRule, rules.NoFragmentCyclesRule}),
    "fragment": frozenset({rules.UniqueFragmentNamesRule, rules.NoUnusedFragmentsRule}),
    "subscription": frozenset({rules.SingleFieldSubscriptionsRule}),
}
"""Rules that a document cannot break when this is nowhere in its text."""
_NEVER: Final = frozenset(
    {
        rules.OverlappingFieldsCanBeMergedRule,  # engine.document.merging does it in linear time
        rules.DeferStreamDirectiveLabel,  # the schema has neither @defer nor @stream: they are unknown directives
        rules.DeferStreamDirectiveOnRootField,
        rules.DeferStreamDirectiveOnValidOperationsRule,
        rules.StreamDirectiveOnListField,
    }
)


@dataclass(slots=True)
class Parsed:
    """A document's text as it was understood; `tree` is None when it cannot even be parsed."""

    tokens: int
    tree: DocumentNode | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    formula: Formula | None = None
    """What it costs, of a document with one operation and no directives."""


def parse_document(schema: GraphQLSchema, text: str, most: int = TOKENS) -> Parsed:
    """Parse and validate a document of at most `most` tokens; BadRequest when it is beyond a limit."""
    words = scan(text, most)
    parsed = Parsed(len(words))
    try:
        parsed.errors = loose_ends(words)
        if not parsed.errors:
            parsed.tree = parse(text)
            _cut(parsed.tree)
            check_document(parsed.tree)
            if "orderBy" in text and "$" in text:
                parsed.tree = accept_single_orders(schema, parsed.tree)
            parsed.formula = _priced(schema, parsed.tree, text)
            parsed.errors = _errors(schema, parsed.tree, text)
    except GraphQLError as error:
        parsed.errors = [error]
    except RecursionError:
        parsed.errors = [GraphQLError("The document is nested too deeply.")]
    return parsed


def _cut(tree: DocumentNode) -> None:
    """Take the tokens apart: chained both ways they would be garbage that only a full collection finds."""
    token = tree.loc.start_token if tree.loc else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


def _priced(schema: GraphQLSchema, tree: DocumentNode, text: str) -> Formula | None:
    """Price a document before it is validated, which takes longer; BadRequest when it is too dear for any variables."""
    operations = [each for each in tree.definitions if isinstance(each, OperationDefinitionNode)]
    if "@" in text or len(operations) != 1:
        return None
    fragments = [each for each in tree.definitions if isinstance(each, FragmentDefinitionNode)]
    by_name = {each.name.value: FragmentDetails(each, {}) for each in fragments}
    found = formula(schema, operations[0], by_name, VariableValues({}, {}))
    check_cost(found.fixed)
    return found


def _errors(schema: GraphQLSchema, tree: DocumentNode, text: str) -> list[GraphQLError]:
    conflict = find_conflict(schema, tree)
    return [conflict] if conflict else _validate(schema, tree, rules_for(text))


def _validate(schema: GraphQLSchema, tree: DocumentNode, chosen: Sequence[Rule]) -> list[GraphQLError]:
    """Run rules; what they refer to each other by is emptied, or the tree would stay until a full collection."""
    contexts: list[rules.ValidationContext] = []

    def last(context: rules.ValidationContext) -> rules.ValidationRule:
        contexts.append(context)
        return rules.ValidationRule(context)

    found = validate(schema, tree, [*chosen, last], max_errors=MAX_ERRORS)  # type: ignore[list-item]  # it makes one
    for context in contexts:
        vars(context).clear()
    return found


def rules_for(text: str) -> Sequence[Rule]:
    """The rules of graphql-core that a document of this text can break at all, in their order."""
    return _without(frozenset(mark for mark in _ABOUT if mark not in text))


@lru_cache(maxsize=256)
def _without(marks: frozenset[str]) -> tuple[Rule, ...]:
    left_out = _NEVER.union(*(_ABOUT[mark] for mark in marks))
    return tuple(rule for rule in specified_rules if rule not in left_out)
