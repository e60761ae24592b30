"""``python -m agencia_app`` is the same as ``agencia``."""

import sys

from agencia_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
