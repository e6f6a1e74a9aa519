"""An app whose logging is set up as LOGGING says, for tests of what reaches a log."""

from __future__ import annotations

import logging
import logging.config
import os
import sys

from fastapi import FastAPI

from crossorigin import Policy, install


def as_templates_do() -> None:
    """The dictConfig that FastAPI templates have: one handler, at the root."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"format": "%(asctime)s | %(levelname)s | %(name)s | %(message)s"}},
            "handlers": {
                "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}
            },
            "root": {"level": "INFO", "handlers": ["console"]},
            "loggers": {"uvicorn": {"handlers": ["console"], "level": "INFO", "propagate": False}},
        }
    )


def through_structlog() -> None:
    """Records of the standard library as JSON, with their extra fields."""
    import structlog

    shared = [structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder()]
    renderer = structlog.processors.JSONRenderer()
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, renderer]))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def through_loguru() -> None:
    """The handler of loguru's documentation, which intercepts the standard library."""
    from loguru import logger

    class Intercept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            level = logger.level(record.levelname).name
            logger.opt(depth=6, exception=record.exc_info).log(level, record.getMessage())

    logging.basicConfig(handlers=[Intercept()], level=0, force=True)


SET_UP = {"template": as_templates_do, "structlog": through_structlog, "loguru": through_loguru}
SET_UP.get(os.environ.get("LOGGING", ""), lambda: None)()

app = FastAPI()


@app.put("/items/{number}")
def update(number: int) -> int:
    return number


install(app, Policy(allow_origins=["https://app.example.com"]))
