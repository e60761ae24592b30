"""python-escpos, loaded when the first thermal printer is met."""

from __future__ import annotations

import os
import shutil
from functools import cache
from types import ModuleType


@cache
def load() -> ModuleType:
    """Return ``escpos.printer``. The first call costs most of a second.

    Each import of the library leaves a copy of its printer table in a new temporary folder,
    which is removed here.
    """
    from escpos import capabilities, printer  # noqa: PLC0415 - heavy: it waits for its first use

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    module: ModuleType = printer
    return module
