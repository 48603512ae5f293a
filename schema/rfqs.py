"""Requests for quotation as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import ordering, rfq_answers, rfq_awards, rfqs
from schema.jobs import Job
from schema.parts import Part
from schema.records import Record
from schema.requirements import Requirement
from schema.suppliers import Supplier

if TYPE_CHECKING:
    from schema.purchase_orders import PurchaseOrder

VIEW, EDIT, SEND = Scope.PURCHASING_VIEW, Scope.PURCHASING_EDIT, Scope.PURCHASING_SEND

describe_enum(
    models.RfqStatus,
    "Where a request for quotation is in its life; the two responded states follow from the invitations.",
    {
        "DRAFT": "The shop still writes it.",
        "SENT": "The suppliers have it, and nobody has answered with prices.",
        "PARTIALLY_RESPONDED": "Some have answered with prices, and others are still to answer.",
        "RESPONDED": "Everybody has answered or declined, one at least with prices.",
        "AWARDED": "Answers were chosen, and orders were made of them.",
        "CLOSED": "It is done.",
        "CANCELLED": "The shop has withdrawn it.",
    },
)
describe_enum(
    models.InvitationStatus,
    "What a supplier has done with a request.",
    {
        "INVITED": "Nothing yet.",
        "VIEWED": "It has seen the request.",
        "DECLINED": "It does not answer.",
        "RESPONDED": "It has answered with prices.",
    },
)


@type_for(models.RfqQuantity, VIEW, "A quantity at which a line is to be priced.", by="position")
class RfqQuantity(Node):
    """A quantity at which a line is to be priced."""

    position: int = field("The place in the order of the line's quantities, from 1.")
    quantity: Decimal = field("How many are to be priced.")
    line: Annotated[RfqLine, strawberry.lazy("schema.rfqs")] | None = one(
        "rfq_line_id", "What is asked for at this quantity."
    )


@type_for(models.RfqResponse, VIEW, "A supplier's price of a line at a quantity.", by="rank")
class RfqResponse(Node):
    """A supplier's price of a line at a quantity."""

    position: int = field("The place in the supplier's answer, from 1.")
    quantity: Decimal = field("The quantity that the price is for.")
    unit_price: Decimal = field("The price of one unit.")
    currency: str = field("The ISO 4217 currency of the price.")
    lead_time_days: int | None = field("How many days it takes.")
    rank: int = field("The place among all answers: by line, quantity, currency and price, from 1.")
    is_cheapest: bool = field("Whether no answer for this line and quantity in this currency has a lower price.")
    is_fastest: bool = field("Whether no answer for this line and quantity in this currency takes fewer days.")
    is_awarded: bool = field("Whether it was chosen.")
    supplier: Supplier | None = one("supplier_id", "Who answered.")
    line: Annotated[RfqLine, strawberry.lazy("schema.rfqs")] | None = one("rfq_line_id", "The line it is for.")


@type_for(models.RfqLine, VIEW, "What is asked for.", by="position")
class RfqLine(Node):
    """What is asked for."""

    position: int = field("The place in the request, from 1.")
    description: str = field("What is asked for, in words.")
    unit: str = field("The unit's UN/ECE Recommendation 20 code; where it is left out the part's own.")
    factor: Decimal = field(
        "How many of the part's own unit one of these units is; needed only where the part does not say."
    )
    required_on: date | None = field("When it is needed.")
    notes: str | None = field("Free text.")
    requirement: Requirement | None = one("requirement_id", "What it is for.")
    part: Part | None = one("part_id", "The part that is asked for.")
    quantities: Connection[RfqQuantity] = many("rfq_line_id", "The quantities to be priced.", order="position")
    responses: Connection[RfqResponse] = many(
        "rfq_line_id", "What suppliers answered, by quantity, currency and price.", order="rank"
    )


@type_for(models.RfqInvitation, VIEW, "A supplier who is asked.", by="position")
class RfqInvitation(Node):
    """A supplier who is asked."""

    position: int = field("The place in the request, from 1.")
    status: models.InvitationStatus = field("What the supplier has done with the request.")
    currency: str | None = field("The ISO 4217 currency of the supplier's prices.")
    valid_until: date | None = field("The last day on which the prices hold.")
    responded_at: datetime | None = field("When the supplier answered, or declined.")
    message: str | None = field("What the supplier says beside.")
    supplier: Supplier | None = one("supplier_id", "Who is asked.")
    responses: Connection[RfqResponse] = many("rfq_invitation_id", "The supplier's prices.", order="position")


@type_for(models.Rfq, VIEW, "A request for quotation to one or several suppliers.")
class Rfq(Record):
    """A request for quotation."""

    number: str = field("The shop's own number: `RFQ-17`.")
    status: models.RfqStatus = field("Where it is in its life.")
    title: str | None = field("What it is about.")
    due_on: date | None = field("The last day on which answers are taken, in the workspace's time zone.")
    sent_at: datetime | None = field("When it was sent.")
    awarded_at: datetime | None = field("When it was awarded.")
    message: str | None = field("What suppliers are told.")
    job: Job | None = one("job_id", "The job that it is for.")
    lines: Connection[RfqLine] = many("rfq_id", "What is asked for, in order.", order="position")
    invitations: Connection[RfqInvitation] = many("rfq_id", "Who is asked, in order.", order="position")
    quantities: Connection[RfqQuantity] = many("rfq_id", "The quantities of all lines.", order="position")
    responses: Connection[RfqResponse] = many(
        "rfq_id",
        "What suppliers answered, compared: by line, quantity, currency and price. The cheapest and the fastest of each"
        " line and quantity in a currency are marked.",
        order="rank",
    )
    purchase_orders: Connection[Annotated[PurchaseOrder, strawberry.lazy("schema.purchase_orders")]] = many(
        "rfq_id", "The orders that were made of its answers."
    )


@strawberry.type
class Query:
    """What can be read of requests for quotation."""

    rfq: Rfq | None = operation(rfqs.rfq, VIEW)
    rfqs: Connection[Rfq] = operation(rfqs.rfqs, VIEW)


@strawberry.type
class Mutation:
    """What can be done to requests for quotation."""

    create_rfq: Rfq = operation(rfqs.create_rfq, Scope.PURCHASING_CREATE)
    create_rfq_from_requirements: Rfq = operation(
        ordering.create_rfq_from_requirements, Scope.PURCHASING_CREATE, path="/rfqs/from-requirements", status=201
    )
    update_rfq: Rfq = operation(rfqs.update_rfq, EDIT)
    delete_rfq: Rfq = operation(rfqs.delete_rfq, Scope.PURCHASING_DELETE)
    send_rfq: Rfq = operation(rfqs.send_rfq, SEND)
    award_rfq: Rfq = operation(rfq_awards.award_rfq, Scope.PURCHASING_AWARD)
    close_rfq: Rfq = operation(rfqs.close_rfq, SEND)
    cancel_rfq: Rfq = operation(rfqs.cancel_rfq, SEND)
    add_rfq_line: RfqLine = operation(rfqs.add_rfq_line, EDIT, path="/rfqs/{id}/lines", status=201)
    update_rfq_line: RfqLine = operation(rfqs.update_rfq_line, EDIT, path="/rfq-lines/{id}", method="PATCH")
    delete_rfq_line: Rfq = operation(rfqs.delete_rfq_line, EDIT, path="/rfq-lines/{id}", method="DELETE")
    add_rfq_quantity: RfqQuantity = operation(
        rfqs.add_rfq_quantity, EDIT, path="/rfq-lines/{id}/quantities", status=201
    )
    delete_rfq_quantity: Rfq = operation(rfqs.delete_rfq_quantity, EDIT, path="/rfq-quantities/{id}", method="DELETE")
    add_rfq_invitation: RfqInvitation = operation(
        rfqs.add_rfq_invitation, EDIT, path="/rfqs/{id}/invitations", status=201
    )
    delete_rfq_invitation: Rfq = operation(
        rfqs.delete_rfq_invitation, EDIT, path="/rfq-invitations/{id}", method="DELETE"
    )
    respond_rfq_invitation: RfqInvitation = operation(
        rfq_answers.respond_rfq_invitation, EDIT, path="/rfq-invitations/{id}/respond"
    )
    decline_rfq_invitation: RfqInvitation = operation(
        rfq_answers.decline_rfq_invitation, EDIT, path="/rfq-invitations/{id}/decline"
    )
    view_rfq_invitation: RfqInvitation = operation(
        rfq_answers.view_rfq_invitation, EDIT, path="/rfq-invitations/{id}/view"
    )
