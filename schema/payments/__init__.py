"""The API of `engine.payments`."""
