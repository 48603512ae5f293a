"""The page of what is covered: it names types that are there, and a test for each type that has routes."""

from __future__ import annotations

from app.coverage import NOUNS, coverage_page
from schema.assembly import graph


def test_every_noun_names_types_of_the_graph():
    assert [name for _, held in NOUNS for name in held if name not in graph().catalogue.types] == []


def test_every_type_that_has_routes_names_the_test_of_its_life():
    rows = [line for line in coverage_page().splitlines() if line.startswith("| `")]
    assert [line for line in rows if not line.endswith(".py` |")] == []
