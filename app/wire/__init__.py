"""HTTP connections: what a caller may send before anybody knows who it is, and for how long."""
