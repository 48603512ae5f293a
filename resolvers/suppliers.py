"""Suppliers: who the shop buys from, the people and addresses there, and what they sell at which price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from core.errors import Conflict, Invalid
from core.problems import Problems
from engine.run.context import Command
from models import PriceBreak, Supplier, SupplierAddress, SupplierContact, SupplierPart, SupplierStatus
from resolvers.aggregate import Aggregate
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.line_units import fit_given
from resolvers.lines import Inside, Lines, number_rows


async def _prepare(ctx: Command, _supplier: Supplier, given: dict[str, Any]) -> None:
    """Without a currency a supplier has the workspace's."""
    if "currency" in given:
        given["currency"] = given["currency"] or ctx.principal.currency


SUPPLIERS = Aggregate(
    Supplier, lines=(Lines("contacts", SupplierContact), Lines("addresses", SupplierAddress)), prepare=_prepare
)

suppliers = SUPPLIERS.page("List suppliers.")
supplier = SUPPLIERS.get("One supplier by its id; null when there is none.")
create_supplier = SUPPLIERS.create(
    "Create a supplier, with its contacts and addresses.",
    "What a new supplier is made of; without a currency it has the workspace's.",
)
update_supplier = SUPPLIERS.update(
    "Change a supplier; what the input does not name stays as it is.",
    "What to change of a supplier: null clears, what is left out stays; `contacts` and `addresses` are whole lists.",
)
delete_supplier = SUPPLIERS.delete("Delete a supplier that no live record needs; it stays readable where it is named.")
add_supplier_contact = add_line(SUPPLIERS, "contacts", "Add a person to a supplier.")
update_supplier_contact = update_line(SUPPLIERS, "contacts", "Change a person at a supplier.")
delete_supplier_contact = delete_line(SUPPLIERS, "contacts", "Take a person out of a supplier.")
add_supplier_address = add_line(SUPPLIERS, "addresses", "Add an address to a supplier.")
update_supplier_address = update_line(SUPPLIERS, "addresses", "Change an address of a supplier.")
delete_supplier_address = delete_line(SUPPLIERS, "addresses", "Take an address out of a supplier.")


async def check_buys_from(ctx: Command, ids: Sequence[UUID]) -> None:
    """Raise Conflict when one of these suppliers is inactive or rejected: nothing is sent to it."""
    for each in await ctx.unit.find(Supplier, id=list(ids)):
        if each.status in {SupplierStatus.INACTIVE, SupplierStatus.REJECTED}:
            raise Conflict(f"{each.name} is {each.status}: the shop does not buy from it", field="supplierId")


async def _prepare_part(ctx: Command, part: SupplierPart, given: dict[str, Any]) -> None:
    """Without a currency a supplier's part has its supplier's, without a unit that in which the part is bought."""
    await fit_given(ctx, part, given, bought=True)
    if "currency" in given and given["currency"] is None:
        supplier_id = given["supplier_id"]
        found = await ctx.once((Supplier, supplier_id), lambda: ctx.get(Supplier, supplier_id))
        if found is None:
            raise Invalid("supplierId: no such supplier", field="supplierId")
        given["currency"] = found.currency


def _settle_part(_part: SupplierPart, inside: Inside) -> None:
    """Keep the price breaks in the order of their quantities, each quantity once."""
    breaks = cast("list[PriceBreak]", inside["price_breaks"])
    wrong = Problems()
    seen = set()
    for place, each in enumerate(breaks):
        if each.quantity in seen:
            wrong.note(f"priceBreaks.{place}.quantity", "there is a price from this quantity on already")
        seen.add(each.quantity)
    wrong.check()
    breaks.sort(key=lambda each: each.quantity)
    number_rows(breaks, PriceBreak)


SUPPLIER_PARTS = Aggregate(
    SupplierPart, lines=(Lines("price_breaks", PriceBreak),), prepare=_prepare_part, settle=_settle_part
)

supplier_parts = SUPPLIER_PARTS.page("List the parts that suppliers sell.")
supplier_part = SUPPLIER_PARTS.get("One part of a supplier by its id; null when there is none.")
create_supplier_part = SUPPLIER_PARTS.create(
    "Note that a supplier sells a part, with its prices.",
    "What a supplier sells; without a currency in the supplier's. Price breaks are kept in the order of their"
    " quantities, and each quantity stands once.",
)
update_supplier_part = SUPPLIER_PARTS.update(
    "Change what is known of a part that a supplier sells.",
    "What to change: null clears, what is left out stays; a list of price breaks is the whole list.",
)
delete_supplier_part = SUPPLIER_PARTS.delete("Delete a part of a supplier; orders of it stay as they are.")
add_price_break = add_line(SUPPLIER_PARTS, "price_breaks", "Add a price from a quantity on.")
update_price_break = update_line(SUPPLIER_PARTS, "price_breaks", "Change a price from a quantity on.")
delete_price_break = delete_line(SUPPLIER_PARTS, "price_breaks", "Take away a price from a quantity on.")
