"""Requests made up from the two schemas: no answer is a failure of ours, and none is undocumented.

`FORGE_EXAMPLES=200 pytest tests/doors/test_schemathesis.py` makes as many up for every operation.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis import GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import ignored_auth

from core.errors import ForgeError
from core.settings import Settings
from models import QuotePart
from rest import openapi
from rest.openapi.errors import error_kinds
from schema.assembly import graph
from tests.kit.background import Background, Bridge, running
from tests.kit.client import Answer
from tests.kit.fixtures import address
from tests.kit.sweep import kind_of_root, kind_of_route, of_each_kind
from tests.kit.tenant import Tenant

EXAMPLES = int(os.environ.get("FORGE_EXAMPLES", "6"))
"""Requests made up for each operation, in each mode; there are more than ten operations on either schema."""
load_all_checks()
DATA_DECIDES = {
    r"^cursor: (malformed cursor|not a cursor of changes)$": "a cursor is one that an answer gave",
    r"Idempotency-Key": "a key is good for one request, and made-up ones repeat",
    r": at most 50 filters$": "no schema counts the parameters of a request",
    r"id: not an id$|: this id belongs to something of another type$": "an id carries the type of its record",
    r"refers to no record$|: no such [a-z ]+$": "which records there are, the workspace says",
    r"\.id: not in this document$|\.id: named twice$": "which rows a record has inside it, the workspace says",
    r"custom_fields\.\w+: unknown custom field$": "which custom fields there are, the workspace says",
    r"^inputs\[\d+\]\.\w+: required$": "whether a row of many is a new record, its ids say",
    r"options: a select has at least one, other types have none$": "whether a field has options, its type says",
    r"^(inputs\[\d+\]\.)?document: ": "what a GraphQL document may say, the schema of GraphQL says",
    r"X12|segment|^ISA|^GS|^ST": "what a purchase order looks like, X12 says",
    r"^(bucket|from|to|time_zone|measure|group_by)": "parameters of metrics need each other, and their resource",
    r"unknown unit of measure '": "which units are in use, UN/ECE Recommendation 20 says",
    r"^inputs\[\d+\]: make it by itself: ": "a secret is shown once, and not among many records",
    r"status: an endpoint is paused and resumed by": "an enum is the same in what is written and what is shown",
    r"secret: only an endpoint of the style forg takes": "whether it takes a secret of one's own, its style says",
    r"received_on: is later than today": "which day it is, no schema says",
    r"expires_at: a time in the future": "when now is, no schema says",
    r"allowed_cidrs\[\d+\]: must be a network such as": "which texts are networks, no short pattern says",
    r"format: live forg keys need": "which formats there are for live keys, the company's plan says",
    r"environment: keys of the format fje are live": "whether there are test keys, the format says",
    r"scopes: a key limited to registered documents": "what a limited key may hold, the limit says",
    r"email: a person with this address": "who is there already, the company says",
    r"members\[\d+\]\.user_id: this person is in the team": "whether two rows name one person, no schema says",
    r"^search: 1 to 10 words": "a pattern that counts words and holds a length, too, is beyond what tools make up",
    r"limit: costs [\d,]+ points, more than": "what a request costs, its parameters say together",
    r"record_id: not the id of a record that has attachments$": "an id carries the type of its record",
    r"columns: .*needed|columns\[\d+\]\.\w+: ": "which columns an order needs, they say together",
    r"beside a JSON body it is a field of the body$": "no schema ties a parameter to a media type",
}
"""Requests that their schema allows and the server refuses: what the refusal says, and why no schema can tell it."""
_NOTHING_SENT = "violates `minProperties` at /properties/"
"""A filter without an operator is no parameter of the request that is sent."""
CODES = {kind.code for kind in error_kinds()} - {"internal", "unavailable", "too_heavy"}

schemathesis.serializer.alias("application/edi-x12", "text/plain")
BRIDGE = Bridge(address)
REST: Any = schemathesis.openapi.from_dict(openapi.document(graph()))
REST.app = BRIDGE
GRAPHQL: Any = schemathesis.graphql.from_file(graph().sdl())
SCALARS = {
    "Decimal": st.sampled_from(["0", "12.50", "-1", "1e400", "NaN", "x", ""]).map(nodes.String),
    "DateTime": st.sampled_from(["2026-01-02T03:04:05Z", "9999-12-31T23:59:59.999999Z", "2026", "x"]).map(nodes.String),
    "Date": st.sampled_from(["2026-01-31", "0001-01-01", "9999-12-31", "10000-01-01", ""]).map(nodes.String),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)

quietly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def background(settings: Settings) -> Iterator[Background]:
    """The application, run beside the test."""
    with running(settings) as started:
        BRIDGE.background = started
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
@pytest.mark.parametrize(
    "operation",
    of_each_kind(
        operations(REST),
        lambda each: kind_of_route(each.method, each.path),
        size=lambda each: len(str(each.definition.raw)),
    ),
    ids=lambda each: each.label,
)
def test_rest_answers_only_what_is_documented(
    background: Background, rows: list[str], key: str, caplog: pytest.LogCaptureFixture, operation: Any, mode: Any
):
    ids = st.sampled_from(rows) if "{id}" in operation.path else st.none()
    checks, signed = CHECKS.get_all(), {"Authorization": f"Bearer {key}"}

    @quietly
    @given(case=operation.as_strategy(generation_mode=mode), row_id=ids | st.none())
    def run(case: Any, row_id: str | None) -> None:
        if row_id is not None:
            case.path_parameters["id"] = row_id
        case.headers.update(signed)
        prepared = _prepared(case.as_transport_kwargs(base_url="http://forge/api/v1"))
        answer = background.send(prepared, address())
        try:
            case.validate_response(_response(prepared, answer), checks=checks, headers=signed)
        except FailureGroup as group:
            if not _data_decides(operation.label, group, answer):
                raise
        if answer.status < 300 and ignored_auth in checks:  # it sends two requests more: once is enough
            checks.remove(ignored_auth)

    run()
    assert unforeseen(caplog) == []


def _data_decides(label: str, group: FailureGroup, answer: Answer) -> bool:
    """Whether all that is wrong is a refusal of data that the schema allows and that no schema can forbid."""
    if "/bulk" in label and all(isinstance(each, AcceptedNegativeData) for each in group.exceptions):
        return bool(answer.json["data"]["failed"])  # what is wrong, its row tells
    if all(isinstance(each, AcceptedNegativeData) and _NOTHING_SENT in str(each) for each in group.exceptions):
        return True
    if not all(isinstance(each, RejectedPositiveData) for each in group.exceptions):
        return False
    error = answer.json["error"]
    if isinstance(error, str):  # a contract whose errors have one text
        error = {"message": error, "details": [{"message": each} for each in error.split("; ")]}
    details = error.get("details", [])
    told = [f"{each['field']}: {each['message']}" if "field" in each else each["message"] for each in details]
    return all(any(re.search(known, each) for known in DATA_DECIDES) for each in told or [error["message"]])


@pytest.mark.parametrize(
    "operation",
    of_each_kind(operations(GRAPHQL), lambda each: kind_of_root(each.label.partition(".")[2])),
    ids=lambda each: each.label,
)
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
    assert len(CODES) == 16
    assert all(issubclass(kind, ForgeError) for kind in error_kinds())
