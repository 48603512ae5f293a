"""What the API does: `async def verb_noun(ctx, …)`, which returns lazy rows or does one command."""
