"""A SQLite file whose end or beginning is missing is refused at start, whatever lies in its log."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agencia_app import app, settings
from agencia_app.models.db import intact
from agencia_app.models.domain.errors import KnownError
from agencia_app.services.registry import Services
from agencia_app.ui.messages import sentence
from tests.factories import ready_to_issue, sign_in

pytestmark = pytest.mark.sqlite


@pytest.fixture
def left(services: Services, tmp_path: Path) -> Path:
    """The files as a window leaves them that was killed: the last work is in the log alone."""
    sesion = sign_in(services)
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    data = tmp_path / "copia"
    shutil.copytree(services.settings.data, data)
    assert (data / "agencia.db-wal").stat().st_size > 0
    return data


def refused(data: Path) -> str:
    with pytest.raises(KnownError, match=r"base\.damaged") as raised:
        app.open_database(settings.load(data))
    return sentence(raised.value)


def test_what_a_killed_window_leaves_is_whole(left: Path) -> None:
    database, _ = app.open_database(settings.load(left))
    assert database.rows("SELECT COUNT(*) FROM recibo")[0][0] == 1
    database.close()


@pytest.mark.parametrize("with_log", [True, False])
@pytest.mark.parametrize("pages", [0, 1, 10, -1])
def test_a_file_whose_end_is_missing(left: Path, pages: int, *, with_log: bool) -> None:
    file = left / "agencia.db"
    if not with_log:
        app.open_database(settings.load(left))[0].close()  # the last to close empties it
        assert not (left / "agencia.db-wal").exists()
    with file.open("r+b") as cut:
        cut.truncate(pages * 4096 if pages >= 0 else file.stat().st_size - 4096)
    kept = {each.name: each.read_bytes() for each in left.glob("agencia.db*")}
    assert "agencia respaldo restaurar" in refused(left)
    # What is left of it may be all there is: it is not touched.
    assert {name: (left / name).read_bytes() for name in kept if name != "agencia.db-shm"} == {
        name: content for name, content in kept.items() if name != "agencia.db-shm"
    }


def test_a_file_whose_end_is_in_the_log_alone_is_whole(left: Path, tmp_path: Path) -> None:
    # As a crash leaves it between the two: the file grew in the log, and not yet itself.
    empty = tmp_path / "vacía" / "agencia.db"
    empty.parent.mkdir()
    log = bytearray((left / "agencia.db-wal").read_bytes())
    pages = (left / "agencia.db").stat().st_size // 4096
    log[32:36] = (pages + 1).to_bytes(4)  # the first frame is of the page after the last one
    log[36:40] = (pages + 1).to_bytes(4)
    shutil.copy(left / "agencia.db", empty)
    empty.with_name("agencia.db-wal").write_bytes(log[: 32 + 24 + 4096])
    intact.check(empty)
    with empty.open("r+b") as cut:
        cut.truncate((pages - 1) * 4096)
    with pytest.raises(KnownError, match=r"base\.damaged"):
        intact.check(empty)


def test_a_file_whose_beginning_was_overwritten(left: Path) -> None:
    app.open_database(settings.load(left))[0].close()
    with (left / "agencia.db").open("r+b") as head:
        head.write(b"x" * 4096)
    assert "agencia respaldo restaurar" in refused(left)
