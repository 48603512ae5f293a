"""Bulk commands through REST: rows with external ids, and what became of each."""

from __future__ import annotations

from typing import Any

from tests.kit.client import Client as Api
from tests.kit.every import Kind


def named(number: object, **fields: Any) -> dict[str, Any]:
    return {"external_ids": [{"system": "erp", "external_id": str(number)}]} | fields


async def bulk(api: Api, kind: Kind, *inputs: dict[str, Any], **how: Any) -> Any:
    answer = await api.post(f"{kind.path}/bulk", {"inputs": list(inputs)} | how)
    assert answer.status == 200, answer.body
    return answer.data


def results(answer: Any) -> list[str]:
    counted = [answer["created"], answer["updated"], answer["unchanged"], answer["failed"]]
    found = [row["result"] for row in answer["rows"]]
    assert counted == [found.count(each) for each in ("created", "updated", "unchanged", "error")]
    assert [row["index"] for row in answer["rows"]] == list(range(len(found)))
    return found
