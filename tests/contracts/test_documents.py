"""JSON documents and their folders: Forge Json's routes, and the same records in GraphQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

DOCUMENTS, FOLDERS = "/api/v1/documents", "/api/v1/folders"


async def made(api: Client, **given: Any) -> dict[str, Any]:
    answer = await api.post(DOCUMENTS, {"name": "a.json"} | given)
    assert answer.status == 201, answer.body
    return dict(answer.json["document"])


async def listed(api: Client, path: str = DOCUMENTS) -> list[str]:
    answer = await api.get(path)
    assert (answer.status, answer.json["success"]) == (200, True), answer.body
    return [each["name"] for each in answer.json["documents"]]


async def folders(api: Client, parent: str | None = None) -> list[dict[str, str]]:
    answer = await api.get(FOLDERS, params={} if parent is None else {"parent": parent})
    assert set(answer.json) == {"success", "folders"}
    return list(answer.json["folders"])


async def test_the_life_of_a_document(api: Client):
    whole = await made(api, name="Ünï ☃.json", description="Why", tags=["b", "a"], folder="Imports/2026")
    assert set(whole) == {"id", "name", "title", "description", "tags", "folderId", "createdAt", "updatedAt"}
    assert whole["title"] == whole["name"] == "Ünï ☃.json"
    assert (whole["description"], whole["tags"]) == ("Why", ["b", "a"])
    assert whole["createdAt"] == whole["updatedAt"]
    one = f"{DOCUMENTS}/{whole['id']}"
    assert (await api.get(one)).json == {"success": True, "document": whole}
    for method in ("PATCH", "PUT"):  # either changes what is named and keeps the rest
        answer = await api.request(method, one, json={"name": method, "description": None})
        changed = answer.json["document"]
        assert (answer.status, changed["title"], changed["description"]) == (200, method, None)
        assert (changed["tags"], changed["folderId"]) == (["b", "a"], whole["folderId"])
    assert changed["updatedAt"] >= whole["updatedAt"]
    moved = (await api.patch(one, {"folder": "Imports"})).json["document"]
    assert moved["folderId"] not in {None, whole["folderId"]}
    assert (await api.patch(one, {"folder": None})).json["document"]["folderId"] is None
    assert (await api.patch(one, {})).status == 200
    assert (await api.delete(one)).json == {"success": True, "id": whole["id"]}
    assert [(await api.get(one)).status, (await api.delete(one)).status, await listed(api)] == [404, 404, []]
    assert (await api.patch(one, {"name": "x"})).json == {
        "success": False,
        "error": "Document not found",
        "code": "NOT_FOUND",
    }


async def test_folders_are_made_when_they_are_named_and_keep_their_case(api: Client):
    assert await folders(api) == []
    for folder in ("b/x", "a/Y/z", "a/y", "B"):
        await made(api, folder=folder)
    assert await folders(api) == [{"name": each, "path": each} for each in ("B", "a", "b")]
    assert await folders(api, "a") == [{"name": "Y", "path": "a/Y"}, {"name": "y", "path": "a/y"}]
    assert await folders(api, "a/Y") == [{"name": "z", "path": "a/Y/z"}]
    for missing in ("A", "a/", "/a", "a/Y/z", "no/such", "%", "a' or ''='"):
        assert await folders(api, missing) == []
    assert await folders(api, "") == await folders(api)


async def test_a_list_by_folder_is_empty_where_there_is_no_such_folder(api: Client):
    inside = await made(api, name="in", folder="a/b")
    await made(api, name="out")
    await made(api, name="above", folder="a")
    assert await listed(api) == ["above", "out", "in"]  # the newest first
    assert await listed(api, f"{DOCUMENTS}?folderId={inside['folderId']}") == ["in"]
    assert await listed(api, f"{DOCUMENTS}?folder=a/b") == ["in"]
    assert await listed(api, f"{DOCUMENTS}?folder=a/b&folderId={inside['folderId']}") == ["in"]
    nobodys = inside["folderId"][:-1] + ("0" if inside["folderId"][-1] != "0" else "1")
    for unknown in (
        f"folderId={nobodys}",
        "folderId=nope",
        f"folderId={inside['id']}",
        "folder=no",
        "folder=",
        "folderId=",
    ):
        assert await listed(api, f"{DOCUMENTS}?{unknown}") == [], unknown


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "name: required"),
        ({"name": ""}, "name: must not be blank"),
        ({"name": "x" * 101}, "name: must have at most 100 characters, not 101"),
        ({"name": 5}, "name: must be text, not a number"),
        ({"name": None}, "name: must be text, not null"),
        ({"name": "x", "tags": "y"}, "tags: must be a list"),
        ({"name": "x", "tags": [1]}, "tags[0]: must be text, not a number"),
        ({"name": "x", "content": {}}, "content: unknown field"),
        ({"name": "x", "custom_fields": {}}, "custom_fields: unknown field"),
        ({"name": "x", "title": "y"}, "title: unknown field"),
        ({"name": "x", "id": "y", "createdAt": 1}, "id: unknown field; createdAt: unknown field"),
        ({"name": "x", "folder": 5}, "folder: must be text, not a number"),
        *(
            (
                {"name": "x", "folder": folder},
                "folder: must be up to 10 names of 1 to 100 characters, parted by slashes",
            )
            for folder in ("", "/", "a/", "/a", "a//b", " a", "a/ ", "a\n", "x" * 101, "/".join("abcdefghijk"))
        ),
        ({"name": "x", "folder": "a\x00"}, "folder: must not contain the character \\u0000"),
        ({"name": "x", "folder": "x" * 501}, "folder: must have at most 500 characters, not 501"),
        ({"name": "", "tags": 1}, "tags: must be a list; name: must not be blank"),
    ],
    ids=str,
)
async def test_a_body_that_is_wrong(api: Client, given: dict[str, Any], error: str):
    answer = await api.post(DOCUMENTS, given)
    assert (answer.status, answer.json) == (400, {"success": False, "error": error, "code": "VALIDATION_ERROR"})
    assert await folders(api) == []


async def test_paths_up_to_the_limits_are_taken(api: Client):
    deep, wide = "/".join("abcdefghij"), "/".join(["𝄞" * 99] * 5)
    for folder in (deep, wide, "x" * 100, "..", ".", "a b", "%2F", "a\\b", "'; --"):
        document = await made(api, folder=folder)
        assert await listed(api, f"{DOCUMENTS}?folderId={document['folderId']}") == ["a.json"]
    assert {each["path"] for each in await folders(api, "a/b/c/d/e/f/g/h/i")} == {deep}


async def test_ten_at_once_make_one_folder(api: Client):
    found = await asyncio.gather(*(made(api, name=f"{number}", folder="new/deep") for number in range(10)))
    assert len({each["folderId"] for each in found}) == 1
    assert await folders(api) == [{"name": "new", "path": "new"}]
    assert await folders(api, "new") == [{"name": "deep", "path": "new/deep"}]


async def test_graphql_has_them_as_ordinary_types(api: Client):
    document = """mutation($i: CreateDocumentInput!) { made: createDocument(input: $i) {
      id version name tags folder { id path name parent documents { nodes { name } } } } }"""
    answer = await api.graphql(document, {"i": {"name": "g", "folder": "a/b", "tags": ["t"], "notes": "n"}})
    found = answer.data["made"]
    assert (found["version"], found["name"], found["tags"]) == (1, "g", ["t"])
    assert found["folder"] == {
        "id": found["folder"]["id"],
        "path": "a/b",
        "name": "b",
        "parent": "a",
        "documents": {"nodes": [{"name": "g"}]},
    }
    read = """query($id: ID!, $folder: ID!) { document(id: $id) { name } folder(id: $folder) { path }
      node(id: $id) { __typename id } top: folders { nodes { path } } all: folders(parent: null) { totalCount }
      inside: documents(folder: "a/b") { nodes { id } edges { cursor } }
      by: documents(filter: {folder: {path: {eq: "a/b"}}, name: {startsWith: "g"}}) { totalCount } }"""
    data = (await api.graphql(read, {"id": found["id"], "folder": found["folder"]["id"]})).data
    assert data["document"] == {"name": "g"}
    assert data["node"] == {"__typename": "Document", "id": found["id"]}
    assert (data["top"]["nodes"], data["all"]["totalCount"]) == ([{"path": "a"}], 2)
    assert [each["id"] for each in data["inside"]["nodes"]] == [found["id"]]
    assert data["by"] == {"totalCount": 1}
    [row] = (await api.get(DOCUMENTS)).json["documents"]
    assert row["name"] == "g"


async def test_two_documents_of_one_command_share_their_folder(api: Client):
    document = """mutation { a: createDocument(input: {name: "a", folder: "x/y"}) { folder { id } }
      b: createDocument(input: {name: "b", folder: "x/y"}) { folder { id } } }"""
    data = (await api.graphql(document)).data
    assert data["a"] == data["b"]
    assert await folders(api) == [{"name": "x", "path": "x"}]


async def test_what_happens_to_them_is_told(api: Client):
    await made(api, folder="f")
    page = (await api.get("/api/v1/changes")).json
    assert [(each["type"], each["resource"]) for each in page["data"]] == [
        ("folder.created", "folder"),
        ("document.created", "document"),
    ]
    assert page["data"][1]["data"]["name"] == "a.json"
    audit = (await api.graphql("{ audit { nodes { action recordType } } }")).data["audit"]["nodes"]
    assert {each["recordType"].lower() for each in audit} == {"document", "folder"}


async def test_a_folder_has_at_most_a_thousand_folders(api: Client, company: Tenant, monkeypatch: pytest.MonkeyPatch):
    assert company
    monkeypatch.setattr("resolvers.json_documents.MOST_FOLDERS", 2)
    for folder in ("a", "b", "a/1", "a/2"):
        await made(api, folder=folder)
    for folder, parent in (("c", "the top"), ("a/3/4", "a")):
        answer = await api.post(DOCUMENTS, {"name": "x", "folder": folder})
        assert (answer.status, answer.json["code"]) == (409, "CONFLICT")
        assert answer.json["error"] == f"folder: {parent} has 2 folders, which is the most"
    assert len(await folders(api)) == 2
    await made(api, folder="a/2")


async def test_one_scope_is_all_or_nothing(api: Client, key: Key):
    document = await made(api)
    one = f"{DOCUMENTS}/{document['id']}"
    blind, good = await key("pipelines", "utilities", "quotes.create"), await key("documents")
    for method, path, body in (
        ("GET", DOCUMENTS, None),
        ("GET", FOLDERS, None),
        ("GET", one, None),
        ("POST", DOCUMENTS, {"name": "x"}),
        ("PATCH", one, {}),
        ("PUT", one, {}),
        ("DELETE", one, None),
    ):
        refused = await api.request(method, path, json=body, key=blind)
        assert refused.status == 403
        assert refused.json == {"success": False, "error": "Insufficient scope: documents required"}
        assert (await api.request(method, path, json=body, key=good)).status in {200, 201}
