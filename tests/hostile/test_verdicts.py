"""Documents are judged as the reference implementation judges them, whatever was checked by shorter ways."""

from __future__ import annotations

import random

from graphql import GraphQLError, parse, validate

from core.errors import BadRequest
from engine.document.parsing import parse_document
from schema.assembly import graph

SCHEMA = graph().schema
PARTS = (
    *("id", "number", "title", "x: id", "client { id name ...C }", "y: parts(first: $n) { nodes { id description } }"),
    *("... on Quote { status @include(if: $b) }", "...A", "...B @skip(if: $b)", "parts(first: 2) { totalCount }"),
    *("... @include(if: $b) { currency }", "client { quotes(first: $m) { nodes { ...A } } }", "# comment $z ...Q\n id"),
    *("on: id", "fragment: number", "query: title", "nonsense"),
)
FRAGMENTS = {
    "A": "fragment A on Quote { id number }",
    "B": "fragment B on Quote { client { ...C } }",
    "C": "fragment C on Client { id name }",
}
VARIABLES = {"$n": "$n: Int", "$b": "$b: Boolean!", "$m": "$m: Int = 3", "$z": "$z: Int"}
TEXT = '"$a ...X \\" fragment F on"'


def made(seed: int) -> str:
    """A document, short or long, with or without something missing or too much."""
    chance = random.Random(seed)
    parts = [each for each in chance.choices(PARTS, k=chance.choice([5, 60, 90])) if each != PARTS[-1]]
    parts += [PARTS[-1]] * (chance.random() < 0.1)  # a tenth has an unknown field
    nodes = " ".join(parts)
    body = f"{{ quotes(filter: {{title: {{eq: {TEXT}}}}}) {{ nodes {{ {nodes} }} }} }}"
    careless = chance.random() < 0.2  # a fifth declares what it likes
    declared = [text for name, text in VARIABLES.items() if (chance.random() < 0.5 if careless else name in nodes)]
    declared = [each for each in declared if careless or not each.startswith("$z")]
    used = body + (FRAGMENTS["B"] if "...B" in body else "")
    rest = [text for name, text in FRAGMENTS.items() if f"...{name}" in used and chance.random() < 0.98]
    return f"query Q{'(' + ' '.join(declared) + ')' if declared else ''} {body} {' '.join(rest)}"


def test_a_document_is_valid_exactly_when_the_reference_implementation_says_so():
    verdicts = {True: 0, False: 0}
    for seed in range(500):
        text = made(seed)
        try:
            ours = not parse_document(SCHEMA, text).errors
        except BadRequest:
            continue
        try:
            theirs = not validate(SCHEMA, parse(text))
        except GraphQLError:
            theirs = False
        assert ours == theirs, text
        verdicts[ours] += 1
    assert min(verdicts.values()) > 50, verdicts
