"""Orders, their lines, events and fulfilments."""
