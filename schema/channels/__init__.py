"""The API of `engine.channels`."""
