"""The public face: GraphQL types, resolvers, mutations and the ASGI application."""
