"""Purchase orders as the kit makes them: three levels, moves, a derived state, receipts."""
