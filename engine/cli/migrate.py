"""`argosy migrate`: the database at the newest schema."""

from pathlib import Path

from engine.cli.console import load_settings, stdout
from engine.cli.database import open_database


def migrate(*, data_dir: Path | None = None) -> None:
    """Bring the database of DATABASE_URL or of the data folder to the newest schema.

    Parameters
    ----------
    data_dir
        Folder of the embedded database (ARGOSY_DATA_DIR).
    """
    from engine.core.migrate import head, upgrade

    with open_database(load_settings(data_dir=data_dir)) as settings:
        assert settings.database_url is not None
        upgrade(settings.database_url.get_secret_value())
    stdout().print(f"The database is at revision {head()}.")
