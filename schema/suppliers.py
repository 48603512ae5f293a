"""Suppliers as the graph shows them, and what they sell."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import suppliers
from schema.addresses import Address
from schema.parts import Part
from schema.records import Record

if TYPE_CHECKING:
    from schema.purchase_orders import PurchaseOrder

describe_enum(
    models.SupplierStatus,
    "Whether the shop buys from a supplier.",
    {
        "PENDING": "Nobody has decided yet.",
        "ACTIVE": "The shop buys from it.",
        "INACTIVE": "The shop buys from it no more.",
        "REJECTED": "The shop does not buy from it.",
    },
)


@type_for(models.SupplierContact, Scope.SUPPLIERS_VIEW, "A person at a supplier.", by="position")
class SupplierContact(Node):
    """A person at a supplier."""

    position: int = field("The place in the supplier's list, from 1.")
    first_name: str = field("The given name; the whole name of a person who has one name alone.")
    last_name: str | None = field("The family name.")
    email: str | None = field("Where mail reaches the person.")
    phone: str | None = field("The telephone number.")
    role: str | None = field("What the person does there.")


@type_for(models.SupplierAddress, Scope.SUPPLIERS_VIEW, "Where orders to a supplier are sent.", by="position")
class SupplierAddress(Address):
    """Where orders to a supplier are sent."""


@type_for(models.PriceBreak, Scope.SUPPLIERS_VIEW, "A supplier's price from a quantity on.", by="position")
class PriceBreak(Node):
    """A supplier's price from a quantity on."""

    position: int = field("The place in the order of the quantities, from 1.")
    quantity: Decimal = field("The least quantity that is sold at this price, in the supplier's unit.")
    unit_price: Decimal = field("The price of one of the supplier's units, in the currency of the supplier's part.")


@type_for(models.SupplierPart, Scope.SUPPLIERS_VIEW, "A part as a supplier sells it.")
class SupplierPart(Record):
    """A part as a supplier sells it."""

    supplier_part_number: str | None = field("The supplier's number for it.")
    currency: str = field("The ISO 4217 currency of its prices.")
    unit: str = field(
        "The UN/ECE Recommendation 20 code of the unit in which it is sold; else that in which the part is bought."
    )
    factor: Decimal = field("How many of the part's own unit one of these units is.")
    minimum_quantity: Decimal | None = field("The least quantity that is sold, in the supplier's unit.")
    lead_time_days: int | None = field("How many days it takes.")
    supplier: Annotated[Supplier, strawberry.lazy("schema.suppliers")] | None = one("supplier_id", "Who sells it.")
    part: Part | None = one("part_id", "What is sold.")
    price_breaks: Connection[PriceBreak] = many("supplier_part_id", "Its prices, by quantity.", order="position")


@type_for(models.Supplier, Scope.SUPPLIERS_VIEW, "A company the shop buys from.")
class Supplier(Record):
    """A company the shop buys from."""

    code: str | None = field("The shop's own short name for it, unique.")
    name: str = field("The company's name.")
    status: models.SupplierStatus = field("Whether the shop buys from it.")
    currency: str = field("The ISO 4217 currency it sells in.")
    payment_terms: str | None = field("When it is paid, in words: `Net 30`.")
    payment_days: int | None = field("When it is paid, in days after the invoice.")
    delivery_terms: str | None = field("How it delivers: `FOB`, `EXW`.")
    lead_time_days: int | None = field("How many days it takes as a rule.")
    minimum_order: Decimal | None = field("The least an order must come to, in its currency.")
    processes: list[str] = field("What it does: `anodizing`, `heat treatment`.")
    website: str | None = field("Its web site.")
    contacts: Connection[SupplierContact] = many("supplier_id", "The people there, in order.", order="position")
    addresses: Connection[SupplierAddress] = many("supplier_id", "Its addresses, in order.", order="position")
    parts: Connection[SupplierPart] = many("supplier_id", "What it sells.")
    purchase_orders: Connection[Annotated[PurchaseOrder, strawberry.lazy("schema.purchase_orders")]] | None = many(
        "supplier_id", "What the shop has ordered of it."
    )


@strawberry.type
class Query:
    """What can be read of suppliers."""

    supplier_part: SupplierPart | None = operation(suppliers.supplier_part, Scope.SUPPLIERS_VIEW)
    supplier_parts: Connection[SupplierPart] = operation(suppliers.supplier_parts, Scope.SUPPLIERS_VIEW)
    supplier: Supplier | None = operation(suppliers.supplier, Scope.SUPPLIERS_VIEW)
    suppliers: Connection[Supplier] = operation(suppliers.suppliers, Scope.SUPPLIERS_VIEW)


_EDIT = Scope.SUPPLIERS_EDIT


@strawberry.type
class Mutation:
    """What can be done to suppliers."""

    create_supplier: Supplier = operation(suppliers.create_supplier, Scope.SUPPLIERS_CREATE)
    update_supplier: Supplier = operation(suppliers.update_supplier, _EDIT)
    delete_supplier: Supplier = operation(suppliers.delete_supplier, Scope.SUPPLIERS_DELETE)
    add_supplier_contact: SupplierContact = operation(
        suppliers.add_supplier_contact, _EDIT, path="/suppliers/{id}/contacts", status=201
    )
    update_supplier_contact: SupplierContact = operation(
        suppliers.update_supplier_contact, _EDIT, path="/supplier-contacts/{id}", method="PATCH"
    )
    delete_supplier_contact: Supplier = operation(
        suppliers.delete_supplier_contact, _EDIT, path="/supplier-contacts/{id}", method="DELETE"
    )
    add_supplier_address: SupplierAddress = operation(
        suppliers.add_supplier_address, _EDIT, path="/suppliers/{id}/addresses", status=201
    )
    update_supplier_address: SupplierAddress = operation(
        suppliers.update_supplier_address, _EDIT, path="/supplier-addresses/{id}", method="PATCH"
    )
    delete_supplier_address: Supplier = operation(
        suppliers.delete_supplier_address, _EDIT, path="/supplier-addresses/{id}", method="DELETE"
    )
    create_supplier_part: SupplierPart = operation(suppliers.create_supplier_part, Scope.SUPPLIERS_CREATE)
    update_supplier_part: SupplierPart = operation(suppliers.update_supplier_part, _EDIT)
    delete_supplier_part: SupplierPart = operation(suppliers.delete_supplier_part, Scope.SUPPLIERS_DELETE)
    add_price_break: PriceBreak = operation(
        suppliers.add_price_break, _EDIT, path="/supplier-parts/{id}/price-breaks", status=201
    )
    update_price_break: PriceBreak = operation(
        suppliers.update_price_break, _EDIT, path="/price-breaks/{id}", method="PATCH"
    )
    delete_price_break: SupplierPart = operation(
        suppliers.delete_price_break, _EDIT, path="/price-breaks/{id}", method="DELETE"
    )
