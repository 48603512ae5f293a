"""Every problem of a query string is told at once: filters, names, cursors, the parts of a question."""

from __future__ import annotations

from models import QuotePart
from tests.doors.contract.test_details import details
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant


async def test_every_problem_of_a_query_string_is_told(api: Api, company: Tenant):
    query = "limit=0&colour=red&total[gte]=x&status=SENT&client.name[gt]=a&sort=nope&fields=id,,x&updated_since=now"
    assert set(details(await api.get(f"/api/v1/quotes?{query}"))) == {
        "limit", "colour", "total[gte]", "status", "client.name[gt]", "sort", "fields", "updated_since",
    }  # fmt: skip
    answer = await api.get("/api/v1/quotes?fields=id,nope,neither")
    refused(answer, 422)
    told = [each["message"] for each in answer.json["error"]["details"]]
    assert told == ["Quote has no 'neither'", "Quote has no 'nope'"]
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    assert set(details(await api.get(f"{one}?limit=1&colour=x"))) == {"limit", "colour"}
    assert set(details(await api.patch(f"{one}?limit=1", {"title": ""}))) == {"limit", "title"}
    metrics = "measure=nope:total&bucket=eon:due_on&from=x&colour=red"
    asked = details(await api.get(f"/api/v1/metrics?resource=quotes&{metrics}&to=2026-01-01"))
    assert set(asked) == {"measure", "bucket", "from", "colour"}
    assert set(details(await api.get(f"/api/v1/metrics?resource=nope&{metrics}"))) >= {"resource", "measure", "bucket"}
    assert set(details(await api.get("/api/v1/changes?limit=0&wait=99&x=1"))) == {"limit", "wait", "x"}


async def test_one_filter_too_many_is_named(api: Api):
    filters = "&".join(f"total[gte{place}]=1" for place in range(49))
    last = {"updated_since": "at most 50 filters"}
    for more in ("deleted=include&", ""):
        asked = f"/api/v1/quotes?{more}limit=5&{filters}&status=draft&updated_since=x&client_id=y"
        assert details(await api.get(asked)) == last
    assert details(await api.get(f"/api/v1/metrics?resource=quotes&x=1&{filters}&updated_since=x")) == last


def told(answer: Answer) -> list[tuple[str, str]]:
    refused(answer, 422)
    return [(each["field"], each["message"]) for each in answer.json["error"]["details"]]


async def test_names_and_cursors_are_told_beside_other_parameters(api: Api, company: Tenant):
    unknown = [
        ("x", "unknown parameter"),
        ("fields", "Quote has no 'bar'"),
        ("fields", "Quote has no 'foo'"),
        ("include", "Quote has no 'zz'"),
    ]
    asked = "fields=foo,bar&include=zz"
    assert told(await api.get(f"/api/v1/quotes?{asked}&x=1")) == unknown
    assert told(await api.get(f"/api/v1/quotes?{asked}")) == unknown[1:]
    limit, cursor = ("limit", "a whole number from 1 to 250"), ("cursor", "malformed cursor")
    assert told(await api.get("/api/v1/quotes?limit=0&cursor=zzz")) == [limit, cursor]
    assert told(await api.get(f"/api/v1/quotes?{asked}&cursor=zzz")) == [*unknown[1:], cursor]
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    assert told(await api.get(f"{one}?{asked}&x=1")) == unknown
    assert told(await api.patch(f"{one}?{asked}", {"title": ""})) == [("title", "must not be blank"), *unknown[1:]]
    sent = told(await api.post(f"{one}/send?{asked}&x=1", {"y": 1}))
    assert sent == [("y", "unknown field"), *unknown]
    beyond = [("fields", "unknown parameter"), ("x", "unknown parameter")]
    assert told(await api.delete(f"{one}?fields=foo&x=1")) == beyond
    edge = [("x", "unknown parameter"), ("fields", "Client has no 'nope'"), ("include", "Quote has no 'zz'")]
    assert told(await api.get("/api/v1/quotes?fields=client.nope&include=zz&x=1")) == edge
    alone = await api.get("/api/v1/quotes?cursor=zzz")
    assert (alone.status, alone.json["error"]["code"], alone.json["error"]["field"]) == (400, "bad_request", "cursor")
    assert "details" not in alone.json["error"]


async def test_every_problem_of_metrics_and_changes_is_told(api: Api):
    metrics = "/api/v1/metrics?resource=quotes&measure=sum:foo,avg:bar&group_by=zip"
    named = ["measure", "measure", "group_by"]
    assert [field for field, _ in told(await api.get(f"{metrics}&bucket=day"))] == ["from", "to", *named, "bucket"]
    assert [field for field, _ in told(await api.get(f"{metrics}&x=1"))] == ["x", *named]
    odd = "bucket=day:nope&from=2026-02-01&to=2026-01-01&time_zone=Nowhere"
    assert [field for field, _ in told(await api.get(f"{metrics}&{odd}"))] == [*named, "bucket", "time_zone", "to"]
    found = told(await api.get(f"{metrics}&bucket=day&bucket=week&from=x&to=2026-01-01"))
    assert [field for field, _ in found] == ["bucket", "from", *named]
    assert [field for field, _ in told(await api.get("/api/v1/me?x=1&y=2"))] == ["x", "y"]
    cursor = ("cursor", "not a cursor of changes")
    found = told(await api.get("/api/v1/changes?cursor=abc&wait=999&limit=0&resources=nope"))
    assert [field for field, _ in found] == ["wait", "resources", "limit", "cursor"]
    assert found[-1] == cursor
    alone = await api.get("/api/v1/changes?cursor=abc")
    assert (alone.status, alone.json["error"]["code"], alone.json["error"]["field"]) == (400, "bad_request", "cursor")
