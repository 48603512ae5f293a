"""Parts as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import parts
from schema.clients import Client
from schema.records import Record
from schema.work_centers import WorkCenter

if TYPE_CHECKING:
    from schema.suppliers import Supplier

VIEW, EDIT = Scope.PARTS_VIEW, Scope.PARTS_EDIT
describe_enum(
    models.PartKind,
    "What a part is to the shop.",
    {
        "MANUFACTURED": "The shop makes it.",
        "PURCHASED": "The shop buys it.",
        "MATERIAL": "What parts are made of.",
        "CONSUMABLE": "What is used up in making parts.",
        "TOOL": "What parts are made with.",
        "SERVICE": "Work that somebody else does.",
    },
)
describe_enum(
    models.PartStatus,
    "Where a revision of a part is in its life.",
    {
        "DRAFT": "The shop still works on it.",
        "ACTIVE": "It is released, and does not change.",
        "OBSOLETE": "It is made no more.",
    },
)
describe_enum(
    models.Tracking,
    "How stock of a part is told apart.",
    {
        "NONE": "It is not.",
        "LOT": "By lots: what came or was made together.",
        "SERIAL": "Piece by piece, by serial numbers.",
    },
)
describe_enum(
    models.OperationKind,
    "Where a step is done.",
    {"INTERNAL": "In the shop, at a work center.", "OUTSIDE": "At a supplier."},
)


@type_for(models.BomLine, VIEW, "A component of a part.", by="position")
class BomLine(Node):
    """A component of a part."""

    position: int = field("The place in the bill of materials, from 1.")
    quantity: Decimal = field("How many of the component's unit go into one.")
    scrap: Decimal = field("The fraction that is lost: with 0.1, ten take eleven.")
    notes: str | None = field("Free text.")
    part: Annotated[Part, strawberry.lazy("schema.parts")] | None = one("part_id", "What it goes into.")
    component: Annotated[Part, strawberry.lazy("schema.parts")] | None = one("component_id", "What goes into it.")


@type_for(models.RoutingOperation, VIEW, "A step in which a part is made.", by="position")
class RoutingOperation(Node):
    """A step in which a part is made."""

    position: int = field("The place in the routing, from 1.")
    name: str = field("What is done.")
    kind: models.OperationKind = field("Where it is done.")
    programming_hours: Decimal | None = field("Hours of programming, once a batch.")
    setup_hours: Decimal | None = field("Hours of setting up, once a batch.")
    cycle_hours: Decimal | None = field("Hours for each piece.")
    rate: Decimal | None = field("What an hour costs, in place of the work center's rate.", scope=Scope.COSTS_VIEW)
    fixed_charge: Decimal | None = field("What a supplier charges once a batch.", scope=Scope.COSTS_VIEW)
    unit_price: Decimal | None = field("What a supplier charges for each piece.", scope=Scope.COSTS_VIEW)
    lead_time_days: int | None = field("How many days a supplier takes.")
    notes: str | None = field("Free text.")
    part: Annotated[Part, strawberry.lazy("schema.parts")] | None = one("part_id", "What is made.")
    work_center: WorkCenter | None = one("work_center_id", "Where it is done.")
    supplier: Annotated[Supplier, strawberry.lazy("schema.suppliers")] | None = one(
        "supplier_id", "Who does it, if that is a supplier."
    )


@type_for(models.Part, VIEW, "One revision of a part.")
class Part(Record):
    """One revision of a part."""

    part_number: str = field("The shop's own number; unique together with the revision.")
    revision: str = field("Which revision of the number it is.")
    name: str = field("What it is called.")
    description: str | None = field("What it is, in more words.")
    kind: models.PartKind = field("What it is to the shop.")
    status: models.PartStatus = field("Where the revision is in its life.")
    customer_part_number: str | None = field("The client's number for it.")
    unit: str = field("The UN/ECE Recommendation 20 code of the unit that it is counted in.")
    purchase_unit: str | None = field("The unit that it is bought in, if that is another.")
    purchase_factor: Decimal | None = field("How many of its unit one unit that it is bought in is.")
    tracking: models.Tracking = field("How stock of it is told apart.")
    lead_time_days: int | None = field("How many days it takes to make or to buy.")
    reorder_point: Decimal | None = field("How much must be there at least before more is ordered.")
    safety_stock: Decimal | None = field("How much is kept for what nobody foresees.")
    unit_cost: Decimal | None = field(
        "What one unit costs the shop, in the workspace's currency.", scope=Scope.COSTS_VIEW
    )
    drawing_reference: str | None = field("The drawing that it is made by.")
    released_at: datetime | None = field("When the revision was released.")
    client: Client | None = one("client_id", "Whose part it is, if it is made for one client alone.")
    bom: Connection[BomLine] = many("part_id", "Its bill of materials: what goes into one.", order="position")
    operations: Connection[RoutingOperation] = many("part_id", "Its routing: how it is made.", order="position")
    where_used: Connection[BomLine] = many("component_id", "The lines of other parts that it goes into.")


@strawberry.type
class Query:
    """What can be read of parts."""

    part: Part | None = operation(parts.part, VIEW)
    parts: Connection[Part] = operation(parts.parts, VIEW)


@strawberry.type
class Mutation:
    """What can be done to parts."""

    create_part: Part = operation(parts.create_part, Scope.PARTS_CREATE)
    update_part: Part = operation(parts.update_part, EDIT)
    delete_part: Part = operation(parts.delete_part, Scope.PARTS_DELETE)
    release_part: Part = operation(parts.release_part, Scope.PARTS_RELEASE)
    obsolete_part: Part = operation(parts.obsolete_part, Scope.PARTS_RELEASE)
    revise_part: Part = operation(parts.revise_part, Scope.PARTS_CREATE, path="/parts/{id}/revise", status=201)
    add_bom_line: BomLine = operation(parts.add_bom_line, EDIT, path="/parts/{id}/bom-lines", status=201)
    update_bom_line: BomLine = operation(parts.update_bom_line, EDIT, path="/bom-lines/{id}", method="PATCH")
    delete_bom_line: Part = operation(parts.delete_bom_line, EDIT, path="/bom-lines/{id}", method="DELETE")
    add_routing_operation: RoutingOperation = operation(
        parts.add_routing_operation, EDIT, path="/parts/{id}/operations", status=201
    )
    update_routing_operation: RoutingOperation = operation(
        parts.update_routing_operation, EDIT, path="/routing-operations/{id}", method="PATCH"
    )
    delete_routing_operation: Part = operation(
        parts.delete_routing_operation, EDIT, path="/routing-operations/{id}", method="DELETE"
    )
