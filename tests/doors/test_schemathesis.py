"""Requests made up from the two schemas: no answer is a failure of ours, and none is undocumented.

`FORGE_EXAMPLES=200 pytest tests/doors/test_schemathesis.py` makes as many up for every operation.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis import GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.errors import ForgeError
from core.settings import Settings
from models import QuotePart
from rest import openapi
from rest.openapi.answers import error_kinds
from schema.assembly import graph
from tests.kit.background import Background, running
from tests.kit.client import Answer
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant

EXAMPLES = int(os.environ.get("FORGE_EXAMPLES", "15"))
"""Requests made up for each operation, in each mode; there are more than ten operations on either schema."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CODES = {kind.code for kind in error_kinds()} - {"internal", "unavailable", "too_heavy"}

REST: Any = schemathesis.openapi.from_dict(openapi.document(graph()))
GRAPHQL: Any = schemathesis.graphql.from_file(graph().sdl())
SCALARS = {
    "Decimal": st.sampled_from(["0", "12.50", "-1", "1e400", "NaN", "x", ""]).map(nodes.String),
    "DateTime": st.sampled_from(["2026-01-02T03:04:05Z", "9999-12-31T23:59:59.999999Z", "2026", "x"]).map(nodes.String),
    "Date": st.sampled_from(["2026-01-31", "0001-01-01", "9999-12-31", "10000-01-01", ""]).map(nodes.String),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)

quietly = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def background(settings: Settings) -> Iterator[Background]:
    """The application, run beside the test."""
    with running(settings) as started:
        yield started


@pytest.fixture
async def rows(company: Tenant) -> list[str]:
    """Ids of a quote and of its client."""
    part = await company.make(QuotePart)
    [(client_id,)] = await company.all("select client_id from quotes")
    return [str(part.quote_id), str(client_id)]


@pytest.fixture
async def key(company: Tenant) -> str:
    return await company.key()


def operations(schema: Any) -> list[Any]:
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation", operations(REST), ids=lambda each: each.label)
def test_rest_answers_only_what_is_documented(
    background: Background, rows: list[str], key: str, caplog: pytest.LogCaptureFixture, operation: Any, mode: Any
):
    ids = st.sampled_from(rows) if "{id}" in operation.path else st.none()

    @quietly
    @given(case=operation.as_strategy(generation_mode=mode), row_id=ids | st.none())
    def run(case: Any, row_id: str | None) -> None:
        if row_id is not None:
            case.path_parameters["id"] = row_id
        case.headers["Authorization"] = f"Bearer {key}"
        prepared = _prepared(case.as_transport_kwargs(base_url="http://forge/api/v1"))
        case.validate_response(_response(prepared, background.send(prepared, address())), checks=CHECKS)

    run()
    assert unforeseen(caplog) == []


@pytest.mark.parametrize("operation", operations(GRAPHQL), ids=lambda each: each.label)
def test_graphql_answers_data_or_errors_of_known_codes(
    background: Background, key: str, caplog: pytest.LogCaptureFixture, operation: Any
):
    @quietly
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://forge/graphql", headers={"Authorization": f"Bearer {key}"})
        answer = background.send(_prepared(sent), address())
        assert answer.status in {200, 400}, answer.body
        found = answer.json
        assert set(found) <= {"data", "errors", "extensions"}
        assert {error["extensions"]["code"] for error in found.get("errors", [])} <= CODES, found

    run()
    assert unforeseen(caplog) == []


def _prepared(sent: dict[str, Any]) -> requests.PreparedRequest:
    kept = ("method", "url", "headers", "params", "json", "data", "files", "cookies")
    return requests.Request(**{name: sent[name] for name in kept if name in sent}).prepare()


def _response(prepared: requests.PreparedRequest, answer: Answer) -> Response:
    headers = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status, headers, answer.body, prepared, 0.0, verify=False)


def unforeseen(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


def test_the_errors_that_callers_can_get_are_known():
    assert len(CODES) == 15
    assert all(issubclass(kind, ForgeError) for kind in error_kinds())
