"""`argosy schema`: the API's types, without a database."""

import sys
from pathlib import Path

from cyclopts import App

app = App(name="schema", help="The GraphQL schema.")


@app.command
def export(*, output: Path | None = None) -> None:
    """Print the SDL alone on stdout.

    Parameters
    ----------
    output
        Write it to this file instead.
    """
    from schema.root import schema

    text = schema.as_str().rstrip() + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text)
