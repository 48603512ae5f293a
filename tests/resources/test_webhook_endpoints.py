"""Webhook endpoints: who may make them, what they may be, and that a secret is shown once."""

from __future__ import annotations

import ast
import asyncio
import base64
import subprocess
from typing import Any

import pytest

from access.plans import UNLIMITED, limits_of
from app.front import Front
from app.generated import FILES, ROOT, aggregates
from core.secrets import Secrets
from core.settings import Settings
from engine.declare.names import snake
from engine.runtime import Runtime
from models import Plan
from models.events import EVENTS, family, is_subscription
from models.webhook import SEALED_FOR
from schema.assembly import graph
from tests.kit import forked
from tests.kit.client import Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.processes import plain_environment
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

URL = "https://shop.example/hooks"
CREATE = """mutation($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { id kept: secret secret }
}"""
CREATE_TWICE = " ".join(
    f'{name}: createWebhookEndpoint(input: {{url: "{URL}", events: ["*"]}}) {{ id }}' for name in "ab"
)
PATH = "/api/v1/webhook-endpoints"


def given(**more: Any) -> dict[str, Any]:
    return {"url": URL, "events": ["quote.*"]} | more


async def test_a_secret_is_shown_once_and_kept_sealed(api: Client, company: Tenant, settings: Settings):
    made = (await api.post(PATH, given())).data
    secret = made["secret"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    mask = f"whsec_********{secret[-5:]}"
    assert (await api.get(f"{PATH}/{made['id']}")).data == made | {"secret": mask}
    listed = await api.graphql("{ webhookEndpoints { nodes { id secret } } }")
    assert listed.data == {"webhookEndpoints": {"nodes": [{"id": made["id"], "secret": mask}]}}
    [row] = await company.all("select id, secret from endpoints")
    assert secret.encode() not in row["secret"]
    assert Secrets.of(settings).open(SEALED_FOR, row["secret"], row["id"].bytes).decode() == secret
    events = await company.all("select data from outbox where record_type = 'endpoints'")
    assert all(secret not in event["data"] for event in events)


@pytest.mark.parametrize("door", ["graphql", "rest"])
async def test_a_replay_shows_the_secret_masked(api: Client, company: Tenant, door: str):
    async def send() -> Any:
        headers = {"Idempotency-Key": "once"}
        if door == "graphql":
            answer = await api.graphql(CREATE, {"input": given()}, headers=headers)
            return answer.data["createWebhookEndpoint"]
        answer = await api.post(PATH, given(), headers=headers)
        return {name: answer.data[name] for name in ("id", "secret")} | {"kept": answer.data["secret"]}

    first, again = await send(), await send()
    secret = first["secret"]
    assert first["kept"] == secret
    assert "*" not in secret
    assert again == {"id": first["id"], "secret": f"whsec_********{secret[-5:]}", "kept": again["secret"]}
    assert secret not in await company.value("select body from idempotency")
    assert await company.value("select count(*) from endpoints") == 1


@pytest.mark.parametrize(
    ("events", "field"),
    [
        (["quote.create"], "events.0"),
        (["quote.sent", "shipment.*"], "events.1"),
        (["quote.sent", "quote.sent"], "events.1"),
        (["quote"], "events.0"),
        ([".*"], "events.0"),
        ([], "events"),
    ],
)
async def test_an_event_that_there_is_none_of_is_refused(api: Client, events: list[str], field: str):
    answer = await api.graphql(CREATE, {"input": given(events=events)})
    [error] = answer.errors
    assert error["extensions"]["code"] == "validation_error"
    assert error["extensions"]["field"].endswith(field)


@pytest.mark.parametrize(
    ("events", "field", "scope"),
    [
        (["client.*"], "events.0", "clients.view"),
        (["quote.*", "client.created"], "events.1", "clients.view"),
        (["*", "client.*"], "events.1", "clients.view"),
    ],
)
async def test_what_is_named_takes_its_view_scope(api: Client, key: Key, events: list[str], field: str, scope: str):
    poor = await key("settings.integrations", "quotes.view")
    for answer in (
        await api.post(PATH, given(events=events), key=poor),
        await api.graphql(CREATE, {"input": given(events=events)}, key=poor),
    ):
        assert answer.code == "insufficient_scope"
        assert scope in answer.body.decode()
    [error] = answer.errors
    assert (error["extensions"]["field"], error["extensions"]["scope"]) == (field, scope)
    for fine in (["*"], ["quote.sent", "webhook_endpoint.*"]):
        assert (await api.post(PATH, given(events=fine), key=poor)).status == 201
    both = await key("settings.integrations", "quotes.view", "clients.edit")  # which implies clients.view
    assert (await api.post(PATH, given(events=events), key=both)).status == 201


async def test_a_key_may_keep_what_another_one_subscribed_to_and_add_only_what_it_sees(api: Client, key: Key):
    poor = await key("settings.integrations", "quotes.view")
    made = (await api.post(PATH, given(events=["client.*"]))).data
    path = f"{PATH}/{made['id']}"
    kept = await api.patch(path, {"events": ["quote.sent", "client.*"]}, key=poor)
    assert kept.data["events"] == ["quote.sent", "client.*"]
    assert (await api.patch(path, {"events": ["client.created"]}, key=poor)).code == "insufficient_scope"


async def test_it_takes_the_scope_for_integrations(api: Client, key: Key):
    poor = await key("quotes.view", "clients.create")
    for answer in (
        await api.post(PATH, given(), key=poor),
        await api.get(PATH, key=poor),
        await api.graphql(CREATE, {"input": given()}, key=poor),
    ):
        assert (answer.status, answer.code) == (403, "insufficient_scope")


async def test_an_endpoint_is_changed_and_deleted_but_not_led_elsewhere(api: Client, other_company: Tenant):
    made = (await api.post(PATH, given(description="orders"))).data
    path = f"{PATH}/{made['id']}"
    changed = await api.patch(path, {"events": ["*"], "description": None})
    assert (changed.data["events"], changed.data["description"], changed.data["version"]) == (["*"], None, 2)
    assert (await api.patch(path, {"url": "https://else.example/"})).status == 422
    assert (await api.patch(path, {"status": "paused"})).status == 422
    assert (await api.patch(path, {"description": "x"}, headers={"If-Match": '"1"'})).code == "conflict"
    assert (await api.patch(path, {"events": ["*"]}, key=await other_company.key())).status == 404
    assert (await api.delete(path)).data["version"] == 3
    assert (await api.get(path)).status == 404


async def test_a_plan_bounds_the_endpoints_of_a_company(app: Front, access: KitAccess, runtime: Runtime):
    small = await new_tenant(access, runtime, limits={"requests": 0, "points": 0, "endpoints": 3})
    live, test = Client(app, address(), await small.key()), Client(app, address(), await small.sandbox.key())
    made = [(await each.post(PATH, given())) for each in (live, test, live)]
    assert [each.status for each in made] == [201, 201, 201]
    for each in (live, test):
        refused = await each.post(PATH, given())
        assert (refused.status, refused.code) == (409, "conflict")
        assert refused.json["error"]["message"] == (
            "Your plan allows 3 webhook endpoints, live and test ones together: delete one first"
        )
    assert (await live.delete(f"{PATH}/{made[0].data['id']}")).status == 200
    assert (await test.post(PATH, given())).status == 201
    assert (await live.post(PATH, given())).code == "conflict"


async def test_racing_creations_do_not_pass_the_bound(app: Front, access: KitAccess, runtime: Runtime):
    small = await new_tenant(access, runtime, limits={"requests": 0, "points": 0, "endpoints": 5})
    doors = [Client(app, address(), await each.key()) for each in (small, small.sandbox)]
    two = f"mutation {{ {CREATE_TWICE} }}"
    answers = await asyncio.gather(
        *(each.post(PATH, given()) for each in doors * 6), *(each.graphql(two) for each in doors * 3)
    )
    assert {answer.code for answer in answers if "error" in answer.json or answer.errors} == {"conflict"}
    counted = [
        await each.value("select count(*) from endpoints where deleted_at is null") for each in (small, small.sandbox)
    ]
    assert sum(counted) == 5


def test_every_plan_has_a_bound():
    bounds = [limits_of(plan, {})["endpoints"] for plan in Plan]
    assert bounds == [100, 200, 300, 500, 1_000]
    assert limits_of(Plan.STARTER, {"endpoints": 7})["endpoints"] == 7
    assert limits_of(Plan.STARTER, {"endpoints": 0})["endpoints"] == UNLIMITED


async def test_the_command_line_makes_and_lists_them(company: Tenant, settings: Settings):
    key = await company.key()

    def forge(*words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(["webhooks", *words, "--key", key], plain_environment(settings.environ()))

    made = forge("create", "--url", URL, "--events", "quote.sent,client.*", "--print")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert secret.startswith("whsec_")
    assert "*" not in secret
    [row] = await company.all("select id, status, secret_hint, url, events from endpoints")
    listed = forge("list")
    assert listed.stdout == (f"{row['id']}  enabled   whsec_********{secret[-5:]}  {URL}  quote.sent,client.*\n")
    refused = forge("create", "--url", "https://10.0.0.1/", "--print")
    assert (refused.returncode, refused.stderr) == (1, "forge: url: 10.0.0.1 is not a public address\n")


def emitted() -> set[str]:
    """Every event that the code tells: of an aggregate, or as a constant where it saves a record."""
    found = {event for each in aggregates() for event in each.events}
    for path in [*(ROOT / "resolvers").glob("*.py"), *(ROOT / "jobs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"save", "delete"}:
                told = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "event")]
                found |= {str(each.value) for each in told if isinstance(each, ast.Constant)}
    return found


def test_every_event_is_known_told_somewhere_and_documented():
    assert emitted() == set(EVENTS)
    page = FILES["docs/events.md"]()
    assert all(f"| `{event}` | {meaning} |" in page for event, meaning in EVENTS.items())
    assert (ROOT / "docs/events.md").read_text() == page


def test_every_family_is_a_type_of_the_graph_and_the_other_way_round():
    names = {snake(spec.name) for spec in graph().catalogue.types.values() if spec.has_life}
    assert {family(event) for event in EVENTS} == names


@pytest.mark.parametrize("text", ["*", "quote.*", "quote.sent", "webhook_endpoint.*"])
def test_a_subscription_is_an_event_a_family_or_everything(text: str):
    assert is_subscription(text)
