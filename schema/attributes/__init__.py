"""The API of `engine.attributes`."""
