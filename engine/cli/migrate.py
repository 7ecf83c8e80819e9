"""`argosy migrate`: the database at the newest schema."""

import asyncio
from pathlib import Path

from engine.cli.console import CommandError, load_settings, stdout
from engine.cli.database import open_database
from engine.core.settings import Settings


def migrate(*, data_dir: Path | None = None) -> None:
    """Bring the database of DATABASE_URL or of the data folder to the newest schema.

    Parameters
    ----------
    data_dir
        Folder of the embedded database (ARGOSY_DATA_DIR).
    """
    with open_database(load_settings(data_dir=data_dir)) as settings:
        revision = bring_up_to_date(settings)
    stdout().print(f"The database is at revision {revision}.")


def bring_up_to_date(settings: Settings) -> str:
    """Run what migrations are missing; the revision it is at then. Raises CommandError when the database is
    newer than this code."""
    from engine.core.migrate import current, head, upgrade

    # past a PgBouncer, for the lock lasts as long as the session
    address = settings.database_direct_url or settings.database_url
    assert address is not None
    url = address.get_secret_value()
    if asyncio.run(current(url)) == head():
        return head()
    from alembic.util import CommandError as AlembicError

    try:
        upgrade(url)
    except AlembicError as error:
        raise CommandError(
            f"The database does not fit this version of Argosy ({error}): was it made by a newer one? Update Argosy."
        ) from error
    return head()
