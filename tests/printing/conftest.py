"""Fixtures of the tests that print for real."""

from tests.printing.cups_server import cups, cups_server

__all__ = ["cups", "cups_server"]
