"""`/me`: what a key is and may do, told alike by REST and by GraphQL."""

from __future__ import annotations

from access.scopes import Scope
from app.front import Front
from engine.runtime import Runtime
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key, new_tenant
from tests.kit.rights import KitAccess

QUERY = """{ myAccess { publicId name environment workspaceId currency scopes
  types { name scope readable hiddenFields { name scope } } limits { requests points restoreRate } } }"""


async def test_rest_and_graphql_say_the_same(app: Front, access: KitAccess, runtime: Runtime):
    company = await new_tenant(access, runtime, limits={"requests": 77})
    api = Api(app, "10.9.1.1", await company.key(Scope.CLIENTS_VIEW, Scope.QUOTES_CREATE, name="board"))
    mine = (await api.get("/api/v1/me")).data
    found = (await api.graphql(QUERY)).json["data"]["myAccess"]
    assert mine["public_id"] == found["publicId"] == str(api.key).split("_")[2]
    assert (mine["name"], mine["environment"], mine["currency"]) == ("board", "live", "USD")
    assert (
        mine["scopes"]
        == found["scopes"]
        == [
            "attachments.view",
            "clients.view",
            "quotes.create",
            "quotes.view",
        ]
    )
    assert (mine["plan"], mine["limits"]["requests"], mine["limits"]["restore_rate"]) == ("starter", 77, 5_000)
    assert mine["workspace_id"] == found["workspaceId"] == str(company.workspace_id)
    types = {each["name"]: each for each in mine["types"]}
    assert types.keys() == {each["name"] for each in found["types"]}
    assert types["Client"]["readable"]
    assert not types["WebhookEndpoint"]["readable"]
    hidden = {each["name"]: {field["name"] for field in each["hiddenFields"]} for each in found["types"]}
    assert {field["scope"] for field in types["QuotePart"]["hidden_fields"]} == {"costs.view", "parts.view"}
    assert len(types["QuotePart"]["hidden_fields"]) == len(hidden["QuotePart"])
    assert set(types["Client"]) == {"name", "scope", "readable", "hidden_fields"}


async def test_it_is_a_path_like_any_other(api: Api, key: Key):
    assert (await api.get("/api/v1/me", key=None)).status == 401
    refused = await api.get("/api/v1/me?fields=name")
    assert (refused.status, refused.code) == (422, "validation_error")
    wrong = await api.post("/api/v1/me", {})
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    head = await api.request("HEAD", "/api/v1/me", key=await key("clients.view"))
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0
