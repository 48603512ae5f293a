"""The GraphQL door: HTTP, WebSockets, server-sent events, trusted documents."""
