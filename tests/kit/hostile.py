"""What every refusal of hostile input looks like."""

from __future__ import annotations

from tests.kit.client import Answer

JSON = {"content-type": "application/json"}


def refused(answer: Answer, *codes: str, field: str | None = None) -> None:
    """The answer is an error of one of these codes, about this field, with the headers of every answer."""
    assert answer.status < 500, answer.body
    found = answer.json
    errors = [found["error"]] if "error" in found else [{**each, **each["extensions"]} for each in found["errors"]]
    assert {error["code"] for error in errors} <= set(codes), found
    assert "ratelimit-limit" in answer.headers
    assert answer.headers["x-request-id"]
    if field is not None:
        assert any(error["message"].startswith(field) or error.get("field") == field for error in errors), found
