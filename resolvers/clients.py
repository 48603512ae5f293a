"""Clients: list, read, create, change and delete them, with the people there."""

from __future__ import annotations

from typing import Any

from engine.run.context import Command
from models import Client, ClientAddress, Contact
from resolvers.aggregate import Aggregate
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.lines import Lines


async def _prepare(ctx: Command, _client: Client, given: dict[str, Any]) -> None:
    """Without a currency a client has the workspace's."""
    if "currency" in given:
        given["currency"] = given["currency"] or ctx.principal.currency


CLIENTS = Aggregate(Client, lines=(Lines("contacts", Contact), Lines("addresses", ClientAddress)), prepare=_prepare)

clients = CLIENTS.page("List clients.")
client = CLIENTS.get("One client by its id; null when there is none.")
create_client = CLIENTS.create(
    "Create a client, with its contacts and addresses.",
    "What a new client is made of; without a currency it has the workspace's.",
)
update_client = CLIENTS.update(
    "Change a client; what the input does not name stays as it is.",
    "What to change of a client: null clears, what is left out stays; `contacts` and `addresses` are whole lists.",
)
delete_client = CLIENTS.delete("Delete a client that no live quote needs; it stays readable where it is referred to.")
add_client_address = add_line(CLIENTS, "addresses", "Add an address to a client.")
update_client_address = update_line(CLIENTS, "addresses", "Change an address of a client; documents keep their copies.")
delete_client_address = delete_line(CLIENTS, "addresses", "Take an address out of a client.")
