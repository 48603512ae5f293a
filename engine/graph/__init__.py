"""The graph: one schema of all declared types, its arguments, and its root fields bound to resolvers."""
