"""How our processes log: lines on stderr, for people or (ARGOSY_LOG_JSON) one JSON object each."""

import logging
import sys
from typing import Any

import structlog

from engine.core.settings import Settings


def configure_logs(settings: Settings, level: str = "info") -> None:
    """One format for our own loggers and the libraries'. Times are UTC."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_json:
        # without local variables: they hold passwords and keys
        tracebacks = structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        )
        last: list[Any] = [tracebacks, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # It reports each try to reach a database that is away with a traceback; the answers to clients tell enough.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    for name in ("argosy", "uvicorn"):
        logging.getLogger(name).setLevel(level.upper())
