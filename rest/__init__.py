"""/api/v1, generated from the schema: the façade, the contracts, OpenAPI."""
