"""Metrics: exact figures over any list, grouped and put into buckets, through both doors."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from models import Client, Quote
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

ALL = "columns { name kind field function } points { bucket group values } truncated"
ZONE = "bucket.timeZone"
TOTALS = ("10.10", "20.20", "30.30", "0.000001", "100", "7")
SENT = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half past one in Berlin, half an hour before its clocks go forward."""


@pytest.fixture
async def clients(company: Tenant) -> list[Client]:
    return await company.make_many(Client, [{"name": name, "code": name[0]} for name in ("Acme", "Bolt")])


@pytest.fixture
async def quotes(company: Tenant, clients: list[Client]) -> list[Quote]:
    return await company.make_many(
        Quote,
        [
            {
                "client_id": clients[number % 2].id,
                "total": Decimal(total),
                "cost": Decimal(total) if number else None,
                "status": "sent" if number % 3 else "draft",
                "title": f"Bracket {number}" if number < 4 else None,
                "due_on": date(2026, 1, 31) if number < 2 else date(2026, 3, 1) if number < 4 else None,
                "sent_at": SENT if number == 5 else None,
            }
            for number, total in enumerate(TOTALS)
        ],
    )


async def asked(api: Api, arguments: str) -> Any:
    return (await api.graphql(f"{{ metrics(resource: QUOTES, {arguments}) {{ {ALL} }} }}")).data["metrics"]


def values(found: Any) -> list[list[str | None]]:
    return [point["values"] for point in found["points"]]


@pytest.mark.usefixtures("quotes")
async def test_every_function_is_exact(api: Api) -> None:
    functions = ("COUNT", "SUM", "AVG", "MIN", "MAX", "P50", "P95")
    measures = ", ".join(f"{{function: {each}, field: COST}}" for each in functions)
    found = await asked(api, f"measure: [{{function: COUNT}}, {measures}]")
    assert found["columns"][1] == {"name": "count_cost", "kind": "MEASURE", "field": "cost", "function": "COUNT"}
    assert values(found) == [["6", "5", "157.500001", "31.5", "0.000001", "100", "20.20", "100"]]
    assert found["truncated"] is False


@pytest.mark.usefixtures("quotes")
async def test_groups_come_with_the_largest_first_measure_first(api: Api, clients: list[Client]) -> None:
    found = await asked(api, "groupBy: [CLIENT_ID], measure: [{function: SUM, field: TOTAL}, {function: COUNT}]")
    assert [(point["group"], point["values"]) for point in found["points"]] == [
        ([str(clients[0].id)], ["140.40", "3"]),
        ([str(clients[1].id)], ["27.200001", "3"]),
    ]
    two = await asked(api, "groupBy: [STATUS, TITLE]")
    assert (two["points"][0]["group"], two["points"][0]["values"]) == (["SENT", None], ["2"])
    assert len(two["points"]) == 5


@pytest.mark.usefixtures("quotes")
async def test_groups_are_fields_of_an_edge_too(api: Api, company: Tenant) -> None:
    twin = await company.make(Client, name="Acme")
    await company.make(Quote, client_id=twin.id, total=Decimal(1))
    found = await asked(api, "groupBy: [CLIENT_NAME, STATUS], measure: [{function: SUM, field: TOTAL}]")
    assert [(point["group"], point["values"]) for point in found["points"]] == [
        (["Acme", "SENT"], ["130.30"]),
        (["Bolt", "SENT"], ["27.20"]),
        (["Acme", "DRAFT"], ["11.10"]),
        (["Bolt", "DRAFT"], ["0.000001"]),
    ]
    told = {"name": "client.name", "kind": "GROUP", "field": "client.name", "function": None}
    assert found["columns"][0] == told
    path = "/api/v1/metrics?resource=quotes&group_by=client.name,client.code,contact.email"
    rest = (await api.get(path)).data
    assert [point["group"] for point in rest["points"]] == [
        ["Acme", "A", None],
        ["Bolt", "B", None],
        ["Acme", None, None],
    ]
    names = ["client.name", "client.code", "contact.email"]
    assert [(each["name"], each["field"]) for each in rest["columns"][:3]] == [(each, each) for each in names]


@pytest.mark.usefixtures("quotes")
async def test_a_group_of_an_edge_needs_its_scope(api: Api, key: Key) -> None:
    path = "/api/v1/metrics?resource=quotes&group_by=client.name"
    told = "Insufficient scope: clients.view required"
    viewer = await key("quotes.view")
    refused(await api.get(path, key=viewer), 403, told)
    document = f"{{ metrics(resource: QUOTES, groupBy: [CLIENT_NAME]) {{ {ALL} }} }}"
    assert (await api.graphql(document, key=viewer)).code == "insufficient_scope"
    assert (await api.get(path, key=await key("quotes.view", "clients.view"))).status == 200


@pytest.mark.parametrize("name", ["client.id", "client.notes", "client.credit_limit", "client.", "client_name", "x.y"])
async def test_what_is_no_group_is_refused_with_what_is_offered(api: Api, name: str) -> None:
    answer = await api.get(f"/api/v1/metrics?resource=quotes&group_by={name}")
    refused(answer, 422)
    told = answer.json["error"]["message"]
    assert told.startswith(f"group_by: Quote cannot be grouped by {name}; choose ")
    assert "client.name, client.status" in told


@pytest.mark.usefixtures("quotes")
async def test_empty_buckets_are_there_too(api: Api) -> None:
    bucket = 'bucket: {field: DUE_ON, unit: MONTH, from: "2025-12-15", to: "2026-03-01"}'
    found = await asked(api, f"{bucket}, measure: [{{function: COUNT}}, {{function: MAX, field: TOTAL}}]")
    assert [(point["bucket"], point["values"]) for point in found["points"]] == [
        ("2025-12-01", ["0", None]),
        ("2026-01-01", ["2", "20.20"]),
        ("2026-02-01", ["0", None]),
        ("2026-03-01", ["2", "30.30"]),
    ]
    assert [each["name"] for each in found["columns"]] == ["month", "count", "max_total"]
    cut = await asked(api, 'bucket: {field: DUE_ON, unit: MONTH, from: "2026-02-01", to: "2026-02-28"}')
    assert values(cut) == [["0"]]


@pytest.mark.usefixtures("quotes")
@pytest.mark.parametrize(
    ("unit", "zone", "first", "last", "found"),
    [
        ("DAY", "UTC", "2026-03-28", "2026-03-30", ["0", "1", "0"]),
        ("DAY", "Europe/Berlin", "2026-03-28", "2026-03-30", ["0", "1", "0"]),
        ("DAY", "America/Los_Angeles", "2026-03-28", "2026-03-30", ["1", "0", "0"]),
        ("WEEK", "Europe/Berlin", "2026-03-23", "2026-03-30", ["1", "0"]),
        ("DAY", "Europe/Berlin", "2026-03-29", "2026-03-29", ["1"]),
        ("DAY", "America/Los_Angeles", "2026-03-29", "2026-03-29", ["0"]),
    ],
)
async def test_days_begin_where_the_time_zone_says(
    api: Api, unit: str, zone: str, first: str, last: str, found: list[str]
) -> None:
    bucket = f'{{field: SENT_AT, unit: {unit}, timeZone: "{zone}", from: "{first}", to: "{last}"}}'
    assert [each for [each] in values(await asked(api, f"bucket: {bucket}"))] == found


@pytest.mark.usefixtures("quotes")
async def test_groups_and_buckets_make_a_full_table(api: Api) -> None:
    bucket = 'bucket: {field: DUE_ON, unit: MONTH, from: "2026-01-01", to: "2026-03-31"}'
    found = await asked(api, f"{bucket}, groupBy: [STATUS]")
    assert [(point["bucket"][:7], point["group"][0], point["values"][0]) for point in found["points"]] == [
        ("2026-01", "DRAFT", "1"),
        ("2026-01", "SENT", "1"),
        ("2026-02", "DRAFT", "0"),
        ("2026-02", "SENT", "0"),
        ("2026-03", "DRAFT", "1"),
        ("2026-03", "SENT", "1"),
    ]


@pytest.mark.usefixtures("quotes")
async def test_the_filter_is_that_of_the_list(api: Api) -> None:
    assert values(await asked(api, 'filter: {quotes: {status: {eq: SENT}, total: {gt: "8"}}}')) == [["3"]]
    assert values(await asked(api, 'filter: {quotes: {search: "brack 2"}}')) == [["2"]]
    document = f"query($f: MetricFilter) {{ metrics(resource: CLIENTS, filter: $f) {{ {ALL} }} }}"
    found = (await api.graphql(document, {"f": {"clients": {"name": {"eq": "Acme"}}}})).data["metrics"]
    assert values(found) == [["1"]]


async def test_what_does_not_fit_is_cut_after_the_largest_groups(api: Api, company: Tenant, owner: Any) -> None:
    client = await company.make(Client)
    await owner.execute(
        "insert into quotes (workspace_id, id, created_at, updated_at, version, number, revision, status, client_id,"
        " currency, subtotal, tax, total) select $1, ('00000000-0000-7003-8000-' || lpad(to_hex(n), 12, '0'))::uuid,"
        " '2026-01-01', timestamptz '2026-01-01' + n * interval '1 second', 1, 'N-' || n, 1, 'draft', $2, 'USD', 0, 0,"
        " n from generate_series(1, 2100) n",
        company.workspace_id,
        client.id,
    )
    measure = "measure: [{function: SUM, field: TOTAL}], groupBy: [NUMBER]"
    found = await asked(api, measure)
    assert (len(found["points"]), found["truncated"], found["points"][0]["group"]) == (2000, True, ["N-2100"])
    bucket = 'bucket: {field: CREATED_AT, unit: DAY, from: "2025-12-01", to: "2026-01-31"}'
    table = await asked(api, f"{measure}, {bucket}")
    assert (len(table["points"]), table["truncated"]) == (2000 // 62 * 62, True)
    assert table["points"][31 * (2000 // 62)] == {"bucket": "2026-01-01", "group": ["N-2100"], "values": ["2100"]}


async def test_a_deleted_row_and_another_workspace_count_for_nothing(
    api: Api, company: Tenant, other_company: Tenant
) -> None:
    await other_company.make(Quote)
    await company.make(Quote, deleted_at=datetime.now(UTC))
    assert values(await asked(api, "measure: [{function: COUNT}]")) == [["0"]]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("measure: [{function: SUM}]", "measure.field"),
        ("measure: [{function: SUM, field: STATUS}]", "measure.field"),
        ("measure: [{function: SUM, field: CREDIT_LIMIT}]", "measure.field"),
        ("measure: [{function: COUNT}, {function: COUNT}]", "measure"),
        ("groupBy: [STATUS, STATUS]", "groupBy"),
        ("groupBy: [STATUS, TITLE, CURRENCY, NUMBER]", "groupBy"),
        ("groupBy: [TAX_EXEMPT]", "groupBy"),
        ('filter: {clients: {name: {eq: "x"}}}', "filter.clients"),
        ('bucket: {field: CREATED_AT, unit: DAY, from: "2026-01-02", to: "2026-01-01"}', "bucket.to"),
        ('bucket: {field: CREATED_AT, unit: DAY, from: "2020-01-01", to: "2026-01-01"}', "bucket"),
        ('bucket: {field: CREATED_AT, unit: DAY, from: "9999-12-31", to: "9999-12-31"}', "bucket"),
        (
            'bucket: {field: SENT_AT, unit: DAY, timeZone: "FOO+3", from: "2026-01-01", to: "2026-01-01"}',
            ZONE,
        ),
        (
            'bucket: {field: SENT_AT, unit: DAY, timeZone: "../etc", from: "2026-01-01", to: "2026-01-01"}',
            ZONE,
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_name(api: Api, arguments: str, field: str) -> None:
    answer = await api.graphql(f"{{ metrics(resource: QUOTES, {arguments}) {{ truncated }} }}")
    assert answer.json["data"] == {"metrics": None}
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", field)


@pytest.mark.parametrize(
    "arguments",
    [
        "measure: [{function: SUM, field: COST}]",
        "groupBy: [COST]",
        'filter: {quotes: {cost: {gt: "1"}}}',
    ],
)
async def test_every_field_named_needs_its_scope(api: Api, key: Key, arguments: str) -> None:
    document = f"{{ metrics(resource: QUOTES, {arguments}) {{ truncated }} }}"
    refused = await api.graphql(document, key=await key("quotes.view"))
    assert refused.json["data"] == {"metrics": None}
    assert refused.errors[0]["extensions"]["scope"] == "costs.view"
    assert (await api.graphql(document, key=await key("quotes.view", "costs.view"))).data
    other = await api.graphql("{ metrics(resource: CLIENTS) { truncated } }", key=await key("quotes.view"))
    assert other.errors[0]["extensions"]["scope"] == "clients.view"


@pytest.mark.usefixtures("quotes")
async def test_rest_answers_the_same_figures(api: Api) -> None:
    path = "/api/v1/metrics?resource=quotes&measure=sum:total,count&group_by=status&status[ne]=lost&search=bracket"
    found = (await api.get(path)).data
    assert found == {
        "columns": [
            {"name": "status", "kind": "group", "field": "status", "function": None},
            {"name": "sum_total", "kind": "measure", "field": "total", "function": "sum"},
            {"name": "count", "kind": "measure", "field": None, "function": "count"},
        ],
        "points": [
            {"bucket": None, "group": ["sent"], "values": ["50.50", "2"]},
            {"bucket": None, "group": ["draft"], "values": ["10.100001", "2"]},
        ],
        "truncated": False,
    }
    bucket = "bucket=week:due_on&from=2026-01-26&to=2026-02-08&time_zone=Asia/Tokyo"
    weeks = (await api.get(f"/api/v1/metrics?resource=quotes&{bucket}")).data["points"]
    assert [(each["bucket"], each["values"]) for each in weeks] == [("2026-01-26", ["2"]), ("2026-02-02", ["0"])]


@pytest.mark.usefixtures("quotes")
async def test_figures_that_have_not_changed_are_not_sent_again(api: Api, company: Tenant) -> None:
    path = "/api/v1/metrics?resource=quotes&measure=sum:total"
    first = await api.get(path)
    again = await api.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await company.make(Quote, total=Decimal(1))
    assert (await api.get(path, headers={"if-none-match": first.headers["etag"]})).status == 200


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("", 422, "resource"),
        ("resource=spoons", 422, "resource"),
        ("resource=quotes&measure=sum", 422, "measure"),
        ("resource=quotes&measure=mean:total", 422, "measure"),
        ("resource=quotes&group_by=colour", 422, "group_by"),
        ("resource=quotes&bucket=day:created_at", 422, "from"),
        ("resource=quotes&bucket=year:created_at&from=2026-01-01&to=2026-01-01", 422, "bucket"),
        ("resource=quotes&from=2026-01-01", 422, "from"),
        ("resource=quotes&colour=red", 422, "colour"),
        ("resource=quotes&resource=quotes", 422, "resource"),
        ("resource=webhook-endpoints&group_by=status", 200, ""),
    ],
)
async def test_rest_refuses_what_it_does_not_know(api: Api, query: str, status: int, word: str) -> None:
    answer = await api.get(f"/api/v1/metrics?{query}")
    assert answer.status == status, answer.body
    assert word in answer.json.get("error", {}).get("message", "")


async def test_rest_answers_methods_and_keys_as_elsewhere(api: Api, key: Key) -> None:
    path = "/api/v1/metrics?resource=quotes"
    assert (await api.request("HEAD", path)).body == b""
    assert (await api.request("OPTIONS", path)).headers["allow"] == "GET, HEAD, OPTIONS"
    assert (await api.post(path, {})).status == 405
    assert (await api.get(path, key=None)).status == 401
    assert (await api.get(path, key=await key("clients.view"))).code == "insufficient_scope"


@pytest.mark.usefixtures("quotes")
async def test_figures_stand_beside_rows_in_one_document(api: Api) -> None:
    document = """query($m: [MetricMeasure!], $s: Boolean!) {
      rows: quotes(first: 1) { nodes { number } }
      all: metrics(resource: QUOTES, measure: $m) { __typename p: points { v: values @include(if: $s) __typename } }
      none: metrics(resource: CLIENTS, filter: {clients: {name: {eq: "Nobody"}}}) { ...F }
    }
    fragment F on Metrics { columns { name __typename } points { values } }"""
    found = await api.graphql(document, {"m": [{"function": "MIN", "field": "TOTAL"}], "s": True})
    assert found.data == {
        "rows": {"nodes": [{"number": "Q-6"}]},
        "all": {"__typename": "Metrics", "p": [{"v": ["0.000001"], "__typename": "MetricPoint"}]},
        "none": {"columns": [{"name": "count", "__typename": "MetricColumn"}], "points": [{"values": ["0"]}]},
    }
