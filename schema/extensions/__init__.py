"""The API of `engine.extensions`: plugins and how they are set per channel."""
