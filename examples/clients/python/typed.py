"""GraphQL by ariadne-codegen: every field and input has its type. Run `ariadne-codegen` first, and after each change.

FORGE_URL=https://forge.example.com FORGE_KEY=… python typed.py
"""

import asyncio
import os

from forge_client import CreateClientInput, Forge, GraphQLClientGraphQLMultiError


async def main() -> None:
    """Print the quotes that were sent, then make a client."""
    key = {"Authorization": f"Bearer {os.environ['FORGE_KEY']}"}
    async with Forge(url=f"{os.environ['FORGE_URL']}/graphql", headers=key) as forge:
        after: str | None = None
        while True:
            page = (await forge.sent_quotes(after=after)).quotes
            for quote in page.nodes:
                print(quote.number, quote.total, quote.currency, quote.client and quote.client.name)
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        try:
            made = await forge.new_client(CreateClientInput(name="Acme", code="ACME"))
            print(made.create_client.name, made.create_client.id)
        except GraphQLClientGraphQLMultiError as refused:
            for error in refused.errors:
                print(error.message, error.extensions)


asyncio.run(main())
