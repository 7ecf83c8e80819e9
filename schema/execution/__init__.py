"""How a GraphQL document becomes bytes."""
