"""The audit: who did what to which record, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from access.plans import PLANS
from core.values.scalars import Pattern
from engine.declare.rows import Filter, Page, Rows
from engine.run import audit as shown
from engine.run.context import Reading
from models import AuditEntry, Plan

_ACTION: Final = Pattern(r"[a-z_]+\.([a-z_]+|\*)", "such as quote.sent, or quote.* for all that was done to quotes")


async def audit(
    ctx: Reading,
    filter: Filter[AuditEntry] | None,
    page: Page,
    record_id: Annotated[UUID | None, "Only what was done to this record, even if it was deleted since."] = None,
) -> Rows[AuditEntry]:
    """List what was done, the latest first: to one record, or to all that the key may view.

    Entries are kept as long as the company's plan says. Those of records whose view scope the key lacks are not
    listed; a field whose scope it lacks is named without its values.
    """
    days = ctx.principal.limits.get("audit_days", PLANS[Plan.STARTER].audit_days)
    rows = shown.entries(ctx, AuditEntry, days)
    if record_id is not None:
        rows = shown.of_record(ctx, rows, record_id)
    return rows.filter(filter).page(page)


async def audit_log(
    ctx: Reading,
    filter: Filter[AuditEntry] | None,
    page: Page,
    action: Annotated[
        Annotated[str, _ACTION] | None, "Only what was done so: `quote.sent`; `quote.*` is all that was done to quotes."
    ] = None,
    from_: Annotated[datetime | None, "Only what was done at this moment or later."] = None,
    to: Annotated[datetime | None, "Only what was done before this moment."] = None,
) -> Rows[AuditEntry]:
    """List what was done as FORG's audit log shows it, the latest first: by whom, to what, from where.

    People, roles, keys and webhook endpoints are among what it tells of. Entries are kept as long as the plan says.
    """
    days = ctx.principal.limits.get("audit_days", PLANS[Plan.STARTER].audit_days)
    rows = shown.between(shown.entries(ctx, AuditEntry, days), from_, to)
    if action is not None:
        rows = shown.of_action(rows, action)
    return rows.filter(filter).page(page)
