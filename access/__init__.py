"""Who may do what, and how much: keys, scopes, principals, rate limits, idempotency."""
