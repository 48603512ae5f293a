"""What can be done with carriers."""

from __future__ import annotations

from uuid import UUID

from core.absent import absent, given_fields
from core.values.checked import Count, Name, Price
from core.values.ids import new_id
from engine.declare.inputs import input_type
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from models import Client
from resolvers.versions import check_version
from tests.kit.carriers.model import Carrier


@input_type
class CreateCarrier:
    """What a new carrier is made of."""

    name: Name
    lead_time_days: Count | None = None
    min_order: Price | None = None
    part_2d_drawing: Name | None = None


@input_type
class UpdateCarrier:
    """What to change of a carrier."""

    name: Name = absent()
    lead_time_days: Count | None = absent()
    min_order: Price | None = absent()
    part_2d_drawing: Name | None = absent()


async def carriers(ctx: Reading, filter: Filter[Carrier] | None, page: Page) -> Rows[Carrier]:
    """List carriers."""
    return ctx.rows(Carrier).filter(filter).page(page)


async def carrier(ctx: Reading, id: UUID) -> Rows[Carrier]:
    """One carrier by its id; null when there is none."""
    return ctx.rows(Carrier).by_id(id)


async def create_carrier(ctx: Command, input: CreateCarrier) -> Rows[Carrier]:
    """Create a carrier."""
    return ctx.save(Carrier(id=new_id(Carrier), **given_fields(input)), event="carrier.created")


async def update_carrier(
    ctx: Command, id: UUID, input: UpdateCarrier, expected_version: int | None = None
) -> Rows[Carrier]:
    """Change a carrier."""
    found = await ctx.lock(Carrier, id)
    check_version(found, expected_version)
    for name, value in given_fields(input).items():
        setattr(found, name, value)
    return ctx.save(found, event="carrier.updated")


async def approve_carrier(
    ctx: Command, id: UUID, days: Count = 0, name: Name | None = "Approved", min_order: Price | None = None
) -> Rows[Carrier]:
    """Approve a carrier."""
    found = await ctx.lock(Carrier, id)
    found.lead_time_days = days
    found.name = name or found.name
    found.min_order = min_order
    return ctx.save(found, event="carrier.approved")


async def convert_carrier(ctx: Command, id: UUID) -> Rows[Client]:
    """Make a client of a carrier."""
    found = await ctx.lock(Carrier, id)
    return ctx.save(Client(id=new_id(Client), name=found.name, currency="USD"), event="client.created")
