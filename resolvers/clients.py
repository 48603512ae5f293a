"""Clients: list, read, create, change and delete them, with the people there."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from core.absent import absent, named
from core.ids import new_id
from core.values import Count, Currency, Fraction, Name, Note, Price, Reference, Website
from engine.context import Context
from engine.inputs import input_type
from engine.rows import Filter, Page, Rows
from models import Client, ClientStatus, Contact
from resolvers.inside import MOST_INSIDE, put_inside
from resolvers.versions import ExpectedVersion, check_version


@input_type
class ContactInput:
    """A person at a client; with an `id`, one who is there already."""

    id: UUID | None = None
    first_name: Name
    last_name: Name | None = None
    email: Reference | None = None
    phone: Reference | None = None
    role: Reference | None = None


@input_type
class CreateClient:
    """What a new client is made of; without a currency it has the workspace's."""

    name: Name
    code: Reference | None = None
    currency: Currency | None = None
    payment_terms: Name | None = None
    payment_days: Count | None = None
    credit_limit: Price | None = None
    tax_exempt: bool = False
    tax_rate: Fraction | None = None
    discount_rate: Fraction | None = None
    website: Website | None = None
    notes: Note | None = None
    tags: Annotated[list[Reference], Field(max_length=50)] = Field(default_factory=list)
    contacts: Annotated[list[ContactInput], Field(max_length=MOST_INSIDE)] = Field(default_factory=list)


@input_type
class UpdateClient:
    """What to change of a client: null clears, what is left out stays; `contacts` is the whole list."""

    name: Name = absent()
    code: Reference | None = absent()
    status: ClientStatus = absent()
    currency: Currency = absent()
    payment_terms: Name | None = absent()
    payment_days: Count | None = absent()
    credit_limit: Price | None = absent()
    tax_exempt: bool = absent()
    tax_rate: Fraction | None = absent()
    discount_rate: Fraction | None = absent()
    website: Website | None = absent()
    notes: Note | None = absent()
    tags: Annotated[list[Reference], Field(max_length=50)] = absent()
    contacts: Annotated[list[ContactInput], Field(max_length=MOST_INSIDE)] = absent()


async def clients(ctx: Context, filter: Filter[Client] | None, page: Page) -> Rows[Client]:
    """List clients."""
    return ctx.rows(Client).filter(filter).page(page)


async def client(ctx: Context, id: UUID) -> Rows[Client]:
    """One client by its id; null when there is none."""
    return ctx.rows(Client).by_id(id)


async def create_client(ctx: Context, input: CreateClient) -> Rows[Client]:
    """Create a client, with its contacts."""
    given = named(input)
    people = given.pop("contacts")
    given["currency"] = given["currency"] or ctx.principal.currency
    made = Client(id=new_id(Client), **given)
    saved = ctx.save(made, event="client.created")
    put_inside(ctx, made, _contacts(made, people), people, field="contacts")
    return saved


async def update_client(
    ctx: Context,
    id: UUID,
    input: UpdateClient,
    expected_version: ExpectedVersion = None,
) -> Rows[Client]:
    """Change a client; what the input does not name stays as it is."""
    found = await ctx.lock(Client, id)
    check_version(found, expected_version)
    changes = named(input)
    if "contacts" in changes:
        now = await ctx.unit.fetch(Contact, "client_id=$2", id)
        people = changes.pop("contacts")
        put_inside(ctx, found, _contacts(found, people), people, field="contacts", now=now)
    for name, value in changes.items():
        setattr(found, name, value)
    return ctx.save(found, event="client.updated")


async def delete_client(ctx: Context, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Client]:
    """Delete a client that no live quote needs; it stays readable where it is referred to."""
    found = await ctx.lock(Client, id)
    check_version(found, expected_version)
    return ctx.delete(found, event="client.deleted")


def _contacts(of: Client, people: list[ContactInput]) -> list[Contact]:
    return [
        Contact(client_id=of.id, position=place, **named(person) | {"id": person.id or new_id(Contact)})
        for place, person in enumerate(people, 1)
    ]
