"""`uv run python -m tests.conformance [--executor ours|stock|strawberry] [--keep] [pytest arguments …]`.

Fetches graphql-core's source distribution, runs its execution tests with the stock executor and then with the chosen
one, and compares with `known_differences.toml`. Exits with 1 if anything differs from that list.
"""

import argparse
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.conformance.known import disagreements, known, totals
from tests.conformance.source import NAME, Unavailable, unpack
from tests.conformance.suite import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--executor", choices=["ours", "stock", "strawberry"], default="ours")
    parser.add_argument("--keep", action="store_true", help="leave the unpacked tests where they were run")
    options, arguments = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="argosy-conformance-"))
    try:
        return _compare(folder, options.executor, arguments)
    except Unavailable as error:
        print(f"the source distribution of {NAME} cannot be had: {error}", file=sys.stderr)
        return 2
    finally:
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)


def _compare(folder: Path, executor: str, arguments: list[str]) -> int:
    listed = known()
    if version(NAME) != listed.version:
        print(f"{NAME} {version(NAME)} is installed; known_differences.toml was read for {listed.version}")
        return 1
    root = unpack(listed.version, listed.sha256, folder)
    stock = run(root, "stock", arguments, show=executor == "stock")
    if executor == "stock":
        return 1 if stock.failed else 0
    ours = run(root, executor, arguments, show=True)
    found = disagreements(listed, stock, ours, whole=not arguments) if executor == "ours" else sorted(ours.failed)
    print(totals(listed, stock, ours), *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
