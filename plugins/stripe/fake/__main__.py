"""Serve the fake Stripe: `python -m plugins.stripe.fake --port 8420`."""

import argparse
from pathlib import Path

import uvicorn

from plugins.stripe.fake.app import create_fake_stripe
from plugins.stripe.fake.forms import Params
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.webhooks import create_endpoint


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m plugins.stripe.fake", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--state", type=Path, help="keep the account in this file; in memory without it")
    parser.add_argument("--webhook", metavar="URL", help="post every event to this URL")
    arguments = parser.parse_args()
    base_url = f"http://{arguments.host}:{arguments.port}"
    app = create_fake_stripe(path=arguments.state, base_url=base_url, auto_deliver=True)
    fake: FakeStripe = app.state.fake
    print(f"A fake of the Stripe API on {base_url}; it moves no money")
    print(f"  secret key       {fake.api_key}\n  publishable key  {fake.publishable_key}")
    if arguments.webhook:
        print(f"  webhook secret   {_webhook_secret(fake, arguments.webhook)}")
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning")


def _webhook_secret(fake: FakeStripe, url: str) -> str:
    """The secret of the endpoint for `url`, made on the first start."""
    with fake.change():
        known = fake.store.find("webhook_endpoint", url=url)
        endpoint = known[0] if known else create_endpoint(fake, Params({"url": url, "enabled_events": {"0": "*"}}))
    return str(endpoint["secret"])


if __name__ == "__main__":
    main()
