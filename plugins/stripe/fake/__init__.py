"""A fake of the Stripe API for tests and for development without a key. It moves no money.

`create_fake_stripe` makes the ASGI app, `client_for` an official `StripeClient` that talks to it in process,
and `python -m plugins.stripe.fake` serves it.
"""

from plugins.stripe.fake.app import create_fake_stripe
from plugins.stripe.fake.client import client_for
from plugins.stripe.fake.faults import Call, Dropped, Fault
from plugins.stripe.fake.state import API_KEY, PUBLISHABLE_KEY, FakeStripe

__all__ = [
    "API_KEY",
    "PUBLISHABLE_KEY",
    "Call",
    "Dropped",
    "FakeStripe",
    "Fault",
    "client_for",
    "create_fake_stripe",
]
