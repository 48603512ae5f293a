"""What clients see: one module per resource with its types, its Query and its Mutation."""
