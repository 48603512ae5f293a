"""Stock, its movements and reservations as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import inventory, reservations, stock_movements
from schema.actors import Actor, actor
from schema.jobs import Job
from schema.locations import StockLocation
from schema.parts import Part
from schema.records import Record
from schema.requirements import Requirement

VIEW, EDIT, ADJUST = Scope.INVENTORY_VIEW, Scope.INVENTORY_EDIT, Scope.INVENTORY_ADJUST
describe_enum(
    models.ItemStatus,
    "Whether stock may be used.",
    {
        "AVAILABLE": "It may be used.",
        "ON_HOLD": "It is not used for now.",
        "QUARANTINE": "It is not used until it has been looked at.",
        "REJECTED": "It is not good.",
    },
)
describe_enum(
    models.MovementReason,
    "Why stock changed.",
    {
        "RECEIPT": "It came from a supplier, or the receipt was voided.",
        "ISSUE": "It was taken for a job.",
        "RETURN": "What a job did not need came back.",
        "ADJUSTMENT": "There was more or less than the books said.",
        "TRANSFER": "It was brought to another location: one movement out, one in.",
        "SCRAP": "It was thrown away.",
        "PRODUCTION": "A job has made it.",
        "SHIPMENT": "It went to a client.",
        "OPENING": "What older movements came to, which a sandbox does not keep.",
    },
)
describe_enum(
    models.ReservationStatus,
    "Where a reservation is in its life.",
    {
        "ACTIVE": "Stock is kept.",
        "CONSUMED": "All of it was issued.",
        "RELEASED": "What was not issued is free again.",
        "EXPIRED": "Its time was over: what was not issued is free again.",
    },
)


@type_for(models.StockMovement, VIEW, "A change of stock: one entry of the ledger.", by="moved_at")
class StockMovement:
    """A change of stock."""

    id: strawberry.ID = field("The movement's own id.")
    number: int = field("Counts the movements of its item, from 1.")
    moved_at: datetime = field("When it was written.")
    reason: models.MovementReason = field("Why stock changed.")
    quantity: Decimal = field("How much came in (more than 0) or went out (less), in the part's unit.")
    balance_after: Decimal = field("What was on hand of the item after it.")
    unit_cost: Decimal | None = field(
        "What a unit cost, in the workspace's currency; null where nobody knows.", scope=Scope.COSTS_VIEW
    )
    source_type: str | None = field("What kind of record it is for, as its events are named: `receipt`.")
    source_id: strawberry.ID | None = field("The record that it is for; of a transfer the stock on the other side.")
    note: str | None = field("Why, in words.")
    inventory_item: Annotated[InventoryItem, strawberry.lazy("schema.inventory")] | None = one(
        "inventory_item_id", "The stock that changed."
    )
    part: Part | None = one("part_id", "What moved.")
    location: StockLocation | None = one("location_id", "Where it came in or went out.")
    moved_by: Actor | None = actor("moved_by_id", "The API key that acted; null for Forge itself.", in_rest=True)


@type_for(models.Reservation, VIEW, "Stock that is kept for something.")
class Reservation(Record):
    """Stock that is kept for something."""

    status: models.ReservationStatus = field("Where it is in its life.")
    quantity: Decimal = field("How much is kept, in the part's unit.")
    consumed_quantity: Decimal = field("How much of it was issued.")
    expires_at: datetime | None = field("When it ends by itself, within some minutes.")
    inventory_item: Annotated[InventoryItem, strawberry.lazy("schema.inventory")] | None = one(
        "inventory_item_id", "The stock that is kept."
    )
    job: Job | None = one("job_id", "The job that it is kept for.")
    requirement: Requirement | None = one("requirement_id", "What of the job it is kept for.")


@type_for(models.InventoryItem, VIEW, "Stock of a part in one place, of one lot or serial number if it has those.")
class InventoryItem(Record):
    """Stock of a part in one place."""

    lot: str | None = field("The lot, of a part that is tracked by lot.")
    serial: str | None = field("The serial number, of a part that is tracked so: it is one unit.")
    status: models.ItemStatus = field("Whether it may be used.")
    expires_on: date | None = field("Until when it is good.")
    on_hand: Decimal = field("How much lies there, in the part's unit: the sum of its movements.")
    reserved: Decimal = field("How much of it is kept for something.")
    available: Decimal = field("How much may be used for anything: 0 if it is held back.")
    unit_cost: Decimal | None = field(
        "The moving average of what came in cost, in the workspace's currency.", scope=Scope.COSTS_VIEW
    )
    value: Decimal | None = field("What is on hand at that cost, to six decimals.", scope=Scope.COSTS_VIEW)
    part: Part | None = one("part_id", "What lies there.")
    location: StockLocation | None = one("location_id", "Where it lies.")
    movements: Connection[StockMovement] = many(
        "inventory_item_id", "How it came to what is on hand.", order="moved_at"
    )
    reservations: Connection[Reservation] = many("inventory_item_id", "What it is kept for.")


@strawberry.type
class Query:
    """What can be read of stock."""

    inventory_item: InventoryItem | None = operation(inventory.inventory_item, VIEW)
    inventory: Connection[InventoryItem] = operation(inventory.inventory, VIEW)
    stock_movement: StockMovement | None = operation(stock_movements.stock_movement, VIEW)
    stock_movements: Connection[StockMovement] = operation(stock_movements.stock_movements, VIEW)
    reservation: Reservation | None = operation(reservations.reservation, VIEW)
    reservations: Connection[Reservation] = operation(reservations.reservations, VIEW)


@strawberry.type
class Mutation:
    """What can be done to stock."""

    update_inventory_item: InventoryItem = operation(inventory.update_inventory_item, EDIT)
    delete_inventory_item: InventoryItem = operation(inventory.delete_inventory_item, Scope.INVENTORY_DELETE)
    hold_inventory_item: InventoryItem = operation(inventory.hold_inventory_item, ADJUST)
    quarantine_inventory_item: InventoryItem = operation(inventory.quarantine_inventory_item, ADJUST)
    reject_inventory_item: InventoryItem = operation(inventory.reject_inventory_item, ADJUST)
    release_inventory_item: InventoryItem = operation(inventory.release_inventory_item, ADJUST)
    adjust_stock: StockMovement = operation(
        stock_movements.adjust_stock, ADJUST, path="/stock-movements/adjust", status=201
    )
    transfer_stock: StockMovement = operation(
        stock_movements.transfer_stock, Scope.INVENTORY_CREATE, path="/stock-movements/transfer", status=201
    )
    scrap_stock: StockMovement = operation(
        stock_movements.scrap_stock, ADJUST, path="/stock-movements/scrap", status=201
    )
    create_reservation: Reservation = operation(reservations.create_reservation, Scope.INVENTORY_CREATE)
    update_reservation: Reservation = operation(reservations.update_reservation, EDIT)
    release_reservation: Reservation = operation(reservations.release_reservation, EDIT)
    delete_reservation: Reservation = operation(reservations.delete_reservation, Scope.INVENTORY_DELETE)
