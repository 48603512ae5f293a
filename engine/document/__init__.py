"""Documents: a GraphQL text is counted, parsed, validated, limited and priced, once."""
