"""Stripe: the payment provider, and a fake of its API for tests and keyless development."""
