"""Purchase orders as the kit of docs/adding-a-resource.md makes them: three levels, moves, a derived state, receipts."""
