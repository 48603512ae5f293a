"""A throw-away resource, built just as docs/adding-a-resource.md says: a table, what it does, what clients see."""
