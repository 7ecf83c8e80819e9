"""`argosy schema`: the API's types, without a database."""

import sys
from pathlib import Path

from cyclopts import App
from graphql import GraphQLSyntaxError

from engine.cli.console import CommandError, fail, stdout
from engine.cli.coverage import UnreadableSignatures, covered

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


@app.command
def coverage(file: Path, *, missing: bool = False, minimum: float = 0.0) -> None:
    """Print which part of a file of signatures the schema has, by name, type and nullability.

    Parameters
    ----------
    file
        Markdown with a heading per type and an item per field, as in `## Product` and `- name: String!`.
    missing
        List each signature that differs, and how.
    minimum
        Exit with an error when less than this percentage is there.
    """
    from schema.root import schema

    try:
        types = covered(schema._schema, file.read_text())
    except (OSError, GraphQLSyntaxError, UnreadableSignatures) as error:
        raise CommandError(f"{file} cannot be read as signatures: {error}") from error
    total, lacking = sum(len(each.names) for each in types), sum(len(each.missing) for each in types)
    share = 100 * (total - lacking) / total if total else 100.0
    console = stdout()
    if missing:
        for each in types:
            for name, difference in each.missing.items():
                console.print(f"{name} {difference}", markup=False)
    console.print(f"{share:.1f} % of {total} signatures exist, {lacking} are missing or differ.")
    if share < minimum:
        fail(f"At least {minimum:g} % must exist; --missing lists what does not.")
