"""The log lets only named safe fields through."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from agencia_app import logs


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("agencia_app.prueba")


def test_only_safe_fields_are_written(tmp_path: Path, logger: logging.Logger) -> None:
    logs.start(tmp_path)
    try:
        raise ValueError("2459999005 ABCD2345")
    except ValueError:
        logger.exception(
            "unexpected error",
            extra={"report": "A1B2C3", "cedula": "2459999005", "clave": "ABCD2345"},
        )
    logger.info("looked up %s", "2459999005")
    logs.start(tmp_path)  # a second start closes the first file
    text = (tmp_path / "agencia.log").read_text("utf-8")
    assert "report=A1B2C3" in text
    assert "ValueError at" in text
    assert "test_logs.py" in text
    assert "2459999005" not in text
    assert "ABCD2345" not in text
    for handler in logging.getLogger("agencia_app").handlers:
        handler.close()
    logging.getLogger("agencia_app").handlers.clear()
