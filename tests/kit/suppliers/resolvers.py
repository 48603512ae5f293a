"""What can be done with suppliers."""

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
from tests.kit.suppliers.model import Supplier


@input_type
class CreateSupplier:
    """What a new supplier is made of."""

    name: Name
    lead_time_days: Count | None = None
    min_order: Price | None = None
    part_2d_drawing: Name | None = None


@input_type
class UpdateSupplier:
    """What to change of a supplier."""

    name: Name = absent()
    lead_time_days: Count | None = absent()
    min_order: Price | None = absent()
    part_2d_drawing: Name | None = absent()


async def suppliers(ctx: Reading, filter: Filter[Supplier] | None, page: Page) -> Rows[Supplier]:
    """List suppliers."""
    return ctx.rows(Supplier).filter(filter).page(page)


async def supplier(ctx: Reading, id: UUID) -> Rows[Supplier]:
    """One supplier by its id; null when there is none."""
    return ctx.rows(Supplier).by_id(id)


async def create_supplier(ctx: Command, input: CreateSupplier) -> Rows[Supplier]:
    """Create a supplier."""
    return ctx.save(Supplier(id=new_id(Supplier), **given_fields(input)), event="supplier.created")


async def update_supplier(
    ctx: Command, id: UUID, input: UpdateSupplier, expected_version: int | None = None
) -> Rows[Supplier]:
    """Change a supplier."""
    found = await ctx.lock(Supplier, id)
    check_version(found, expected_version)
    for name, value in given_fields(input).items():
        setattr(found, name, value)
    return ctx.save(found, event="supplier.updated")


async def approve_supplier(
    ctx: Command, id: UUID, days: Count = 0, name: Name | None = "Approved", min_order: Price | None = None
) -> Rows[Supplier]:
    """Approve a supplier."""
    found = await ctx.lock(Supplier, id)
    found.lead_time_days = days
    found.name = name or found.name
    found.min_order = min_order
    return ctx.save(found, event="supplier.approved")


async def convert_supplier(ctx: Command, id: UUID) -> Rows[Client]:
    """Make a client of a supplier."""
    found = await ctx.lock(Supplier, id)
    return ctx.save(Client(id=new_id(Client), name=found.name, currency="USD"), event="client.created")
