"""Variables are coerced to what graphql-core makes of them, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
)
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.coercion import coercer

COLOUR = GraphQLEnumType("Colour", {"RED": 1, "BLUE": 2})
ONE_OF = GraphQLInputObjectType(
    "OneOf", {"a": GraphQLInputField(GraphQLInt), "b": GraphQLInputField(GraphQLString)}, is_one_of=True
)
NESTED: GraphQLInputObjectType = GraphQLInputObjectType(
    "Nested",
    lambda: {
        "a": GraphQLInputField(GraphQLNonNull(GraphQLInt)),
        "b": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLString)), default_value=["x"]),
        "c": GraphQLInputField(GraphQLNonNull(COLOUR), default_value=1),
        "d": GraphQLInputField(NESTED, out_name="below"),
        "e": GraphQLInputField(ONE_OF),
        "f": GraphQLInputField(GraphQLList(GraphQLList(GraphQLFloat))),
    },
)
TYPES: list[GraphQLInputType] = [
    *(GraphQLInt, GraphQLString, GraphQLBoolean, COLOUR, ONE_OF, NESTED),
    *(GraphQLNonNull(NESTED), GraphQLList(NESTED), GraphQLNonNull(GraphQLList(GraphQLNonNull(NESTED)))),
]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**33), 2**33), st.floats(), st.sampled_from(["RED", "x"]))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(list("abcdefg")), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("type_", TYPES, ids=str)
@settings(max_examples=150, deadline=None)
@given(value=VALUES)
def test_a_value_is_coerced_as_graphql_core_does(type_: GraphQLInputType, value: Any):
    assert repr(coercer(type_)(value)) == repr(coerce_input_value(value, type_))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1}, {"a": 1, "b": ["x"], "c": 1}),
        ({"a": 1, "d": {"a": 2, "b": None}}, {"a": 1, "b": ["x"], "c": 1, "below": {"a": 2, "b": None, "c": 1}}),
        ({"a": 1, "b": "y", "c": "BLUE"}, {"a": 1, "b": ["y"], "c": 2}),
        ({"a": 1, "z": 1}, Undefined),
        ({"a": None}, Undefined),
        ({"a": 1, "c": None}, Undefined),
        ({}, Undefined),
    ],
)
def test_defaults_names_and_refusals(value: Any, found: Any):
    assert coercer(NESTED)(value) == found
