"""What is derived of a job from what it makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from core.errors import Invalid
from core.values import money
from core.values.checked import LIMIT
from core.values.exact import sum_of
from models import Job, JobPart
from resolvers.lines import Inside


def settle_job(job: Job, inside: Inside) -> None:
    """Work out a job's quantities and its price: each line's total is rounded once, the price is their sum."""
    parts = cast("Sequence[JobPart]", inside["parts"])
    job.quantity = sum_of(each.quantity for each in parts)
    job.completed_quantity = sum_of(each.completed_quantity for each in parts)
    job.scrapped_quantity = sum_of(each.scrapped_quantity for each in parts)
    totals = [
        money.line_total(each.quantity, each.unit_price, job.currency) for each in parts if each.unit_price is not None
    ]
    job.price = money.total(totals, job.currency) if len(totals) == len(parts) > 0 else None
    if max(job.quantity, job.completed_quantity, job.scrapped_quantity, job.price or 0) >= LIMIT:
        raise Invalid(f"parts: quantity and price of a job must be less than {LIMIT:f}", field="parts")
