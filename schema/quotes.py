"""Quotes as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import strawberry

import models
from access.scopes import Scope
from core.values import units
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, computed, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import quote_conversion, quote_revisions, quotes
from schema.addresses import AddressSnapshot
from schema.clients import Client, ClientAddress, Contact
from schema.jobs import Job
from schema.parts import Part
from schema.records import Record

_EDIT = Scope.QUOTES_EDIT
describe_enum(
    models.QuoteStatus,
    "Where a quote is in its life.",
    {
        "DRAFT": "The shop still writes it.",
        "SENT": "The client has it; its content is locked.",
        "APPROVED": "The client has accepted it.",
        "LOST": "The client has declined it.",
        "EXPIRED": "It was not accepted while it held.",
        "CANCELLED": "The shop has withdrawn it.",
        "CONVERTED": "It has become an order.",
    },
)


@strawberry.type(description="A unit of measure of UN/ECE Recommendation 20.")
class Unit:
    """A unit of measure."""

    code: str = strawberry.field(description="The Recommendation 20 code: `KGM`, `MTR`, `C62` (one).")
    name: str = strawberry.field(description="What it is called.")
    symbol: str | None = strawberry.field(description="How it is written after a number.")


@type_for(models.QuotePart, Scope.QUOTES_VIEW, "A line of a quote.", by="position")
class QuotePart(Node):
    """A line of a quote."""

    position: int = field("The place in the quote, from 1.")
    part_number: str | None = field("The shop's own number for the part.")
    customer_part_number: str | None = field("The client's number for the part.")
    description: str = field("The part, or the work, in words.")
    quantity: Decimal = field("How many units.")
    unit: str = field("The unit's UN/ECE Recommendation 20 code; by default its part's.")
    unit_price: Decimal = field("The price of one unit, in the quote's currency.")
    total: Decimal = field("Quantity times price, rounded once to the currency's minor unit.")
    unit_cost: Decimal | None = field("What one unit costs the shop.", scope=Scope.COSTS_VIEW)
    markup: Decimal | None = field("What is added to the cost, as a fraction.", scope=Scope.COSTS_VIEW)
    lead_time_days: int | None = field("How many days it takes.")
    due_on: date | None = field("When it is wanted.")
    notes: str | None = field("Free text.")
    part: Part | None = one("part_id", "The revision of a part that is offered, if it is a part of the shop's.")

    @computed("unit", description="What the unit's code stands for.")
    def unit_of_measure(self) -> Unit:
        """Look the unit up in the reference table."""
        found = units.unit(self.unit)
        return Unit(code=found.code, name=found.name, symbol=found.symbol)


@type_for(models.Quote, Scope.QUOTES_VIEW, "An offer to a client.")
class Quote(Record):
    """An offer to a client."""

    number: str = field("The shop's own number: `Q-1042`.")
    revision: int = field("Counts the revisions of this number, from 1.")
    status: models.QuoteStatus = field("Where it is in its life.")
    title: str | None = field("What it is about.")
    customer_rfq_number: str | None = field("The client's number for its request.")
    customer_po_number: str | None = field("The client's purchase order number.")
    currency: str = field("The ISO 4217 currency of all its money.")
    received_on: date | None = field("When the client asked.")
    due_on: date | None = field("When the client wants the offer.")
    expires_on: date | None = field("Until when the offer holds.")
    sent_at: datetime | None = field("When it was sent.")
    estimator: str | None = field("Who works on it.")
    tax_rate: Decimal | None = field("The tax as a fraction: 0.2 is 20 %.")
    notes_public: str | None = field("Text the client sees.")
    notes_private: str | None = field("Text the shop keeps to itself.")
    lost_reason: str | None = field("Why it was lost.")
    subtotal: Decimal = field("The sum of its lines.")
    tax: Decimal = field("The tax on the subtotal, rounded once.")
    total: Decimal = field("What the client would pay.")
    cost: Decimal | None = field(
        "What it costs the shop; null unless every line says.",
        scope=Scope.COSTS_VIEW,
    )
    client: Client | None = one("client_id", "Who asked for it.")
    contact: Contact | None = one("contact_id", "Who asked for it there.")
    parts: Connection[QuotePart] = many("quote_id", "What is offered, line by line.", order="position")
    jobs: Connection[Job] | None = many("quote_id", "The job that it was converted to.")
    bill_to_address: ClientAddress | None = one(
        "bill_to_address_id", "The client's address to bill to; a copy of it is kept when the quote is sent."
    )
    ship_to_address: ClientAddress | None = one(
        "ship_to_address_id", "The client's address to ship to; a copy of it is kept when the quote is sent."
    )

    @computed("bill_to", description="Where to bill to, as it was when the quote was sent.", column="bill_to")
    def bill_to(self) -> AddressSnapshot | None:
        """Read the copy."""
        return AddressSnapshot.of(self.bill_to)

    @computed("ship_to", description="Where to ship to, as it was when the quote was sent.", column="ship_to")
    def ship_to(self) -> AddressSnapshot | None:
        """Read the copy."""
        return AddressSnapshot.of(self.ship_to)


@strawberry.type
class Query:
    """What can be read of quotes."""

    quote: Quote | None = operation(quotes.quote, Scope.QUOTES_VIEW)
    quotes: Connection[Quote] = operation(quotes.quotes, Scope.QUOTES_VIEW)


@strawberry.type
class Mutation:
    """What can be done to quotes."""

    create_quote: Quote = operation(quotes.create_quote, Scope.QUOTES_CREATE)
    update_quote: Quote = operation(quotes.update_quote, Scope.QUOTES_EDIT)
    delete_quote: Quote = operation(quotes.delete_quote, Scope.QUOTES_DELETE)
    add_quote_part: QuotePart = operation(quotes.add_quote_part, _EDIT, path="/quotes/{id}/parts", status=201)
    update_quote_part: QuotePart = operation(quotes.update_quote_part, _EDIT, path="/quote-parts/{id}", method="PATCH")
    delete_quote_part: Quote = operation(quotes.delete_quote_part, _EDIT, path="/quote-parts/{id}", method="DELETE")
    send_quote: Quote = operation(quotes.send_quote, Scope.QUOTES_SEND)
    approve_quote: Quote = operation(quotes.approve_quote, Scope.QUOTES_APPROVE)
    lose_quote: Quote = operation(quotes.lose_quote, Scope.QUOTES_APPROVE)
    cancel_quote: Quote = operation(quotes.cancel_quote, Scope.QUOTES_SEND)
    revert_quote: Quote = operation(quotes.revert_quote, Scope.QUOTES_SEND)
    revise_quote: Quote = operation(
        quote_revisions.revise_quote, Scope.QUOTES_CREATE, path="/quotes/{id}/revise", status=201
    )
    convert_quote: Job = operation(
        quote_conversion.convert_quote, Scope.QUOTES_CONVERT, path="/quotes/{id}/convert", status=201
    )
