"""The shop itself: it knows no GraphQL, no HTTP server and no concrete plugin."""

__version__ = "0.1.0"
