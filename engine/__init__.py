"""A GraphQL selection or a REST route becomes one SQL statement, and its text the answer."""
