"""The wheel carries everything the application reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_resources_and_migrations_reach_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "instalado")
    resources = [path for path in (ROOT / "resources").rglob("*") if path.is_file()]
    assert {
        f"agencia_app/resources/{path.relative_to(ROOT / 'resources').as_posix()}" for path in resources
    } <= names
    migrations = (ROOT / "agencia_app/models/db/migrations/versions").glob("0*.py")
    assert {f"agencia_app/models/db/migrations/versions/{path.name}" for path in migrations} <= names
    # Run from elsewhere, with the unpacked wheel alone on the path.
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from agencia_app.settings import RESOURCES as r; print((r / 'style.qss').is_file(), r)",
        ],
        cwd=tmp_path / "instalado",
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.startswith("True")
    assert str(tmp_path) in found.stdout
