"""A resource of the tests whose resolvers and inputs are written by hand."""
