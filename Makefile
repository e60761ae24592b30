# Everything sets itself up: Python 3.11 or later, make and git are enough.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The print scheduler and the printers that tests/printing starts for itself. Where they may not be
# installed those tests are skipped by name, which under CI=true is a failure.
SPOOLER := cups-daemon cups-core-drivers cups-client cups-ipp-utils cups-filters-core-drivers avahi-daemon dbus

.PHONY: run test soak faults bench lock clean

# The window on demonstration data; without a display, the same window drives itself.
run: $(READY)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" != Linux ]; then \
		exec $(BIN)/agencia --demostracion; \
	else \
		echo "No hay pantalla: la misma ventana atiende los casos de muestra y deja todo en salida/."; \
		rm -rf salida && exec $(BIN)/agencia demo --salida salida; \
	fi

test: $(READY)
	@tools/system-packages $(SPOOLER) || true
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

# What takes minutes: hundreds of papers through each kind of printer.
soak: $(READY)
	@tools/system-packages $(SPOOLER) || true
	$(BIN)/pytest -m soak -rP

# Two hundred rounds of faults on each engine, and a table of what became of them. As root the disk fills too.
faults: $(READY)
	$(BIN)/pytest -m faults -rP tests/faults

# One table of every figure beside its baseline; JSON in build/bench.json.
bench: $(READY)
	@command -v sqlite3 >/dev/null || { tools/system-packages sqlite3 && command -v sqlite3 >/dev/null; }
	$(BIN)/python -m benchmarks --json build/bench.json

# Pinned with hashes, naming no index.
lock: $(READY)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --extra dev -o requirements-dev.lock

$(READY): requirements-dev.lock pyproject.toml tools/system-packages
	@tools/system-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Hace falta Python 3.11 o posterior; esta es $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || tools/system-packages python3-venv
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) salida
