"""The API of `engine.content`."""
