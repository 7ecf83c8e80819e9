"""The API of `engine.orders`."""
