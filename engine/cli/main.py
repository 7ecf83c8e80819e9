"""The `argosy` command. Each subcommand lives in a module of its own that is imported when it is called."""

import signal
import sys

from cyclopts import App

from engine import __version__

app = App(name="argosy", version=__version__, help="A headless shop: `argosy up` runs the whole of it.")

COMMANDS = {
    "up": ("engine.cli.up:up", "Run the whole shop, with a database of its own unless DATABASE_URL is set."),
    "serve": ("engine.cli.serve:serve", "Run the API alone."),
    "worker": ("engine.cli.worker:worker", "Run the background jobs alone."),
    "migrate": ("engine.cli.migrate:migrate", "Bring the database to the newest schema."),
    "seed": ("engine.cli.seed:seed", "Fill the database with the demo shop."),
    "admin": ("engine.cli.admin:app", "Look after those who run the shop."),
    "import": ("engine.cli.importing:app", "Load products from a file."),
    "reindex": ("engine.cli.reindex:reindex", "Build the search index anew."),
    "plugin": ("engine.cli.plugin:app", "List and inspect plugins."),
    "schema": ("engine.cli.schema:app", "Print the GraphQL schema."),
    "doctor": ("engine.cli.doctor:doctor", "Check settings and services, and say how to mend what is wrong."),
}
for _name, (_target, _help) in COMMANDS.items():
    app.command(_target, name=_name, help=_help)


def run() -> None:
    """Entry point. What is wrong around a command ends it with one clear message instead of a traceback."""
    # Other than by default, SIGTERM unwinds: an embedded server is stopped, a lock let go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from engine.cli.console import explain, fail

        message = explain(error)
        if message is None:
            raise
        fail(message)


if __name__ == "__main__":
    run()
