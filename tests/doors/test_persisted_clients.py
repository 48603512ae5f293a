"""Apollo Client's link and urql's exchange for persisted queries work with a real api as they are published."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from core.settings import Settings
from models import Client
from tests.kit.node import node
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant


@pytest.fixture(scope="module")
def process(settings: Settings) -> Iterator[ServerProcess]:
    """A real api process."""
    with ServerProcess(settings) as started:
        yield started


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("library", ["apollo", "urql"])
async def test_a_published_client_sends_the_text_once_and_then_the_hash(
    company: Tenant, process: ServerProcess, library: str, method: str
):
    await company.make(Client, name="Acme")
    ran = node("persisted.mjs", f"{process.url}/graphql", await company.key(), library, method)
    said, _ = ran.communicate(timeout=60)
    assert ran.returncode == 0, said
    lines = [orjson.loads(line) for line in said.splitlines()]
    asked = [each for each in lines if "status" in each]
    assert [(each["text"], each["status"], each["codes"]) for each in asked] == [
        (False, 200, ["PERSISTED_QUERY_NOT_FOUND"]),
        (True, 200, []),
        (False, 200, []),
    ]
    assert {each["method"] for each in asked if not each["text"]} == {method}
    nodes = [[row["name"] for row in each["data"]["clients"]["nodes"]] for each in lines if "data" in each]
    assert nodes == [["Acme"], ["Acme"]]
