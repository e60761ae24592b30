"""Sixteen windows on one PostgreSQL beside pgbench with as many clients and the same statements.

The statements are those of one attention, from the cédula to the end, as the services send them. What
is another person's, another number or the head of the bitácora each time is a variable of pgbench's.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, event

from agencia_app import app, settings
from agencia_app.commands import simular
from agencia_app.services import simulacion
from agencia_app.settings import Settings
from benchmarks.figure import Figure
from tests.postgres_server import PostgresServer, server

WINDOWS = 16
SECONDS = 20
ROUNDS = 2
_OF_EACH = 5_000  # people whom one client of pgbench may attend
_FIRST = 3_000_000_000  # their cédulas
# Rows get numbers in these ranges while the statements are taken down, so that they are known by them.
_TRAMITE, _IMPRESION, _CLAVE = 5_000_001, 6_000_001, 7_000_001
_One = Mapping[str, object] | tuple[object, ...]
_Values = _One | list[_One]
_HASH = "encode(sha256((:head_hash || :head_seq)::bytea), 'hex')"


def rows(tmp: Path) -> list[Figure]:
    """Return how many issuances a second there are, ours and pgbench's, by turns on one server."""
    with server(tmp / "carga", durable=True) as made:
        data = tmp / "carga-datos"
        simular.run(Settings(data, base=made.create_database("carga"), demostracion=True), 1, 1)
        config = replace(settings.load(data), demostracion=True)
        with psycopg.connect(made.address("carga"), autocommit=True) as connection:
            for table, first in (("tramite", _TRAMITE), ("impresion", _IMPRESION), ("clave", _CLAVE)):
                connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, first - 1))
        script = tmp / "atencion.sql"
        script.write_text(_script(config), "utf-8")
        made.create_database("igual", "carga")
        _add_people(made.address("igual"))
        ours, baseline = [], []
        for _ in range(ROUNDS):
            done = simular.run(config, WINDOWS, SECONDS)
            assert done.invariantes.todos
            assert not done.medidas.errores
            ours.append(done.medidas.emitidas / done.segundos)
            baseline.append(_pgbench(made, script))
    return [
        Figure(f"emisiones por segundo, {WINDOWS} ventanillas, PostgreSQL", max(ours), max(baseline),
               max(ours) / max(baseline), "≥ 0.5", "/s")
    ]  # fmt: skip


def _pgbench(made: PostgresServer, script: Path) -> float:
    """Return how many attentions a second pgbench makes, which draws and hashes nothing."""
    ended = subprocess.run(
        [
            made.bin / "pgbench", "-n", "-M", "prepared", "-c", str(WINDOWS), "-j", str(os.cpu_count()),
            "-T", str(SECONDS), "-D", "n=0", "-f", script, made.address("igual"),
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "number of failed transactions: 0 " in ended.stdout, ended.stdout
    (found,) = re.findall(r"^tps = ([0-9.]+)", ended.stdout, re.MULTILINE)
    return float(found)


def _add_people(base: str) -> None:
    """Add those whom pgbench attends: copies of somebody, but for their cédula."""
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO persona "
            "SELECT (jsonb_populate_record(NULL::persona, like_it || jsonb_build_object('cedula', n::text))).* "
            "FROM (SELECT to_jsonb(persona) AS like_it FROM persona JOIN tramite USING (cedula)"
            " ORDER BY tramite.id DESC LIMIT 1) AS one, generate_series(%s::bigint, %s::bigint) AS n",
            (_FIRST, _FIRST + WINDOWS * _OF_EACH),
        )
        connection.execute("VACUUM ANALYZE")


def _script(config: Settings) -> str:
    """Return one attention as a script of pgbench's."""
    services = app.open_services(config)
    with closing(services.database) as database:
        window = simulacion.Ventanilla(services, 1, app.now)
        people = simulacion.people(database)
        said: list[tuple[str, _Values]] = []
        cedula = next(people)
        for word in ("begin", "commit", "rollback"):
            event.listen(database.engine, word, partial(_note, said, word.upper()))

        @event.listens_for(database.engine, "before_cursor_execute")
        def take_down(
            _c: object, _u: object, statement: str, values: _Values, _x: object, _m: object
        ) -> None:
            said.append((statement, values))

        window.attend(cedula)
        assert window.medidas.emitidas == 1
        (numero,) = database.rows("SELECT numero FROM tramite WHERE cedula = ?", (cedula,))[0]
        (recibo,) = database.rows(
            "SELECT recibo.numero FROM recibo JOIN tramite ON tramite.id = tramite_id WHERE cedula = ?",
            (cedula,),
        )[0]
    known = _Known(
        {
            cedula: "(:cedula)::text",
            numero: f"('{numero[:5]}' || lpad(:tramite_ultimo::text, 6, '0') || '{numero[-2:]}')",
            recibo: f"('{recibo[:5]}' || lpad(:recibo_ultimo::text, 7, '0') || '{recibo[-2:]}')",
            _TRAMITE: ":tramite_id",
            _IMPRESION: ":solicitud_id",
            _IMPRESION + 1: ":hoja_id",
            _CLAVE: ":clave_id",
        }
    )
    lines = ["\\set n :n + 1", f"\\set cedula {_FIRST} + :client_id * {_OF_EACH} + :n"]
    for statement, values in said:
        several = values if isinstance(values, list) else [values]
        lines += [known.line(statement, each) for each in several]
    return "\n".join(lines) + "\n"


def _note(said: list[tuple[str, _Values]], word: str, connection: Connection) -> None:
    """Take down where a transaction begins or ends; single reads have none."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        said.append((word, {}))


@dataclass(frozen=True, slots=True)
class _Known:
    """What stands for each value that is another one each time."""

    values: dict[object, str]

    def line(self, statement: str, values: _One) -> str:
        """Return a statement with its values, and where what it answers is kept."""
        whole = " ".join(statement.split())
        if isinstance(values, tuple):
            parts = whole.split("%s")
            marked = (self._shown("", each) for each in values)
            whole = parts[0] + "".join(f"{one}{rest}" for one, rest in zip(marked, parts[1:], strict=True))
        elif values:
            whole = re.sub(r"%\((\w+)\)s", lambda name: self._shown(name[1], values[name[1]]), whole)
        if whole.startswith("INSERT INTO impresion") and "sen_counter" in whole:
            return f"WITH made AS ({whole}) SELECT min(id) AS id FROM made \\gset hoja_"
        for beginning, name in (
            ("SELECT bitacora_cabeza.seq", "head_"),
            ("INSERT INTO tramite", "tramite_"),
            ("INSERT INTO impresion", "solicitud_"),
            ("INSERT INTO clave", "clave_"),
        ):
            if whole.startswith(beginning):
                return f"{whole} \\gset {name}"
        if whole.startswith("UPDATE secuencia"):
            serie = re.search(r"serie = E'(\w+)'", whole)
            assert serie is not None
            return f"{whole} \\gset {serie[1]}_"
        return f"{whole};"

    def _shown(self, name: str, value: object) -> str:
        if name == "seq":
            return "(:head_seq + 1)"
        if name == "secuencia":
            return ":recibo_ultimo"
        if name in {"hash_previo", "hash"} and len(str(value)) == len("a" * 64):
            return ":head_hash" if name == "hash_previo" else _HASH
        if value in self.values:
            return self.values[value]
        if value is None or isinstance(value, int):
            return sql.Literal(value).as_string()
        # pgbench takes any «:name» for a variable, in a string too.
        plain = str(value).replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
        return "E'" + plain.replace(":", "\\x3a") + "'"
