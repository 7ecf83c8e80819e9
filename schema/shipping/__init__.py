"""The API of `engine.shipping`."""
