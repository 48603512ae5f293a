"""HTTP connections, by bytes on sockets: what is read, what is refused, and what takes too long."""
