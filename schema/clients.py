"""Clients as the graph shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, type_for
from engine.graph.operations import operation
from resolvers import clients
from schema.addresses import Address
from schema.records import Record

if TYPE_CHECKING:
    from schema.quotes import Quote

describe_enum(
    models.ClientStatus,
    "Whether the shop still works for a client.",
    {"ACTIVE": "The shop works for it.", "INACTIVE": "The shop no longer works for it."},
)


@type_for(models.Contact, Scope.CLIENTS_VIEW, "A person at a client.", by="position")
class Contact(Node):
    """A person at a client."""

    position: int = field("The place in the client's list, from 1.")
    first_name: str = field("The given name; the whole name of a person who has one name alone.")
    last_name: str | None = field("The family name.")
    email: str | None = field("Where mail reaches the person.")
    phone: str | None = field("The telephone number.")
    role: str | None = field("What the person does there.")


@type_for(models.ClientAddress, Scope.CLIENTS_VIEW, "Where a client gets goods or invoices.", by="position")
class ClientAddress(Address):
    """Where a client gets goods or invoices."""


@type_for(models.Client, Scope.CLIENTS_VIEW, "A company the shop quotes, makes and ships for.")
class Client(Record):
    """A company the shop works for."""

    code: str | None = field("The shop's own short name for it, unique.")
    name: str = field("The company's name.")
    status: models.ClientStatus = field("Whether the shop still works for it.")
    currency: str = field("The ISO 4217 currency it is quoted in.")
    payment_terms: str | None = field("When it pays, in words.")
    payment_days: int | None = field("When it pays, in days after the invoice.")
    credit_limit: Decimal | None = field("How much it may owe, in its currency.", scope=Scope.COSTS_VIEW)
    tax_exempt: bool = field("Whether it pays no tax.")
    tax_rate: Decimal | None = field("Its tax as a fraction: 0.2 is 20 %.")
    discount_rate: Decimal | None = field("Its discount as a fraction.", scope=Scope.COSTS_VIEW)
    website: str | None = field("Its web site.")
    contacts: Connection[Contact] = many("client_id", "The people there, in order.", order="position")
    addresses: Connection[ClientAddress] = many("client_id", "Its addresses, in order.", order="position")
    quotes: Connection[Annotated[Quote, strawberry.lazy("schema.quotes")]] | None = many(
        "client_id", "What the shop has offered it."
    )


@strawberry.type
class Query:
    """What can be read of clients."""

    client: Client | None = operation(clients.client, Scope.CLIENTS_VIEW)
    clients: Connection[Client] = operation(clients.clients, Scope.CLIENTS_VIEW)


@strawberry.type
class Mutation:
    """What can be done to clients."""

    create_client: Client = operation(clients.create_client, Scope.CLIENTS_CREATE)
    update_client: Client = operation(clients.update_client, Scope.CLIENTS_EDIT)
    delete_client: Client = operation(clients.delete_client, Scope.CLIENTS_DELETE)
    add_client_address: ClientAddress = operation(
        clients.add_client_address, Scope.CLIENTS_EDIT, path="/clients/{id}/addresses", status=201
    )
    update_client_address: ClientAddress = operation(
        clients.update_client_address, Scope.CLIENTS_EDIT, path="/client-addresses/{id}", method="PATCH"
    )
    delete_client_address: Client = operation(
        clients.delete_client_address, Scope.CLIENTS_EDIT, path="/client-addresses/{id}", method="DELETE"
    )
