"""The only part of the engine a plugin may import: contracts, capabilities, conformance suites."""
