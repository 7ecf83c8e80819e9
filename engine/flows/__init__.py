"""Use cases that cross domains or talk to the outside."""
