"""The roof, the only package that knows all others: server, command line, embedded servers."""
