"""What every record has that takes more than setting a column: custom fields and external ids."""

from __future__ import annotations

from typing import Any

from core.problems import Problems
from core.record import Record
from engine.run.context import Command
from resolvers.custom_values import merge_custom_fields
from resolvers.external_ids import set_external_ids


async def set_common(ctx: Command, record: Record, given: dict[str, Any], wrong: Problems) -> None:
    """Turn what an input says of custom fields and external ids into what their columns hold; notes what is wrong."""
    with wrong.apart():
        if "custom_fields" in given:
            given["custom_fields"] = await merge_custom_fields(ctx, record, given["custom_fields"])
    with wrong.apart():
        if given.get("external_ids") or ("external_ids" in given and record.external_ids):
            given["external_ids"] = await set_external_ids(ctx, record, given["external_ids"])
