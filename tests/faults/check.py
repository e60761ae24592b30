"""What must hold after every fault: nothing lost, nothing doubled, and the truth told of each trámite."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import TramiteRow
from agencia_app.models.domain.clave import ALPHABET, GROUP
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.tramite import EstadoTramite, Tramite
from agencia_app.services import flow, invariantes, pdf_pages, reloj
from agencia_app.services.tramite_rows import load
from tests.faults.agency import Agency

_IN_COURSE = (EstadoTramite.ABIERTO, EstadoTramite.PENDIENTE, EstadoTramite.EMITIDO)
# A second file of one paper has another number after it.
_NAME = re.compile(
    r"(?P<kind>hoja-clave|recibo|solicitud)-(?P<number>\d{3}-\d{2}-\d{6,7}-\d{2})(-(?P<slip>\d+))?(-\d+)?\.pdf"
)
_HALF = re.compile(f"[{ALPHABET}]{{{GROUP}}}")
_DPI = 150
_CLAVES = (
    "SELECT clave.cedula, tramite.numero, clave.intento, clave.estado, clave.hoja, clave.hash, recibo.numero "
    "FROM clave JOIN tramite ON tramite.id = clave.tramite_id JOIN recibo ON recibo.tramite_id = tramite.id "
    "ORDER BY clave.id"
)
_LEFT = (
    "SELECT DISTINCT tramite.cedula FROM tramite LEFT JOIN clave "
    "ON clave.cedula = tramite.cedula AND clave.estado = 'vigente' "
    "WHERE clave.id IS NULL OR tramite.estado IN (?, ?, ?) ORDER BY tramite.cedula"
)
_HOURS = "SELECT accion, en FROM bitacora WHERE accion IN (?, ?) ORDER BY seq"


class Checker:
    """Looks at an agency while its windows rest. It remembers which papers and notes it has read."""

    def __init__(self, agency: Agency) -> None:
        self._agency = agency
        self._papers: set[Path] = set()
        self._printed_before: Counter[tuple[str, str, int]] = Counter()
        self._notes: list[dict[str, object]] = []
        self.claves = 0  # that were issued
        self._read = 0  # bytes of the notes

    @property
    def papers(self) -> int:
        """How many printed papers were found in the database."""
        return len(self._papers)

    def noted(self, what: str) -> int:
        """How often the clerks noted something."""
        return sum(each["que"] == what for each in self._notes)

    def look(self) -> None:
        """Raise AssertionError with what does not hold."""
        database = self._agency.database()
        try:
            found = invariantes.check(database)
            assert found.todos, found.rotos
            claves = [tuple(row) for row in database.rows(_CLAVES)]
            self.claves = len(claves)
            self._nobody_without(database, claves)
            self._truth(database, claves)
            states = {
                str(numero): str(estado)
                for numero, estado in database.rows("SELECT numero, estado FROM tramite")
            }
            self._noted(states, claves)
            solicitudes = {str(numero) for (numero,) in database.rows("SELECT numero FROM solicitud")}
            self._printed(set(states), solicitudes, claves)
            self._hours(database)
        finally:
            database.close()

    def left(self) -> list[str]:
        """Return the cédulas of who came and is half way, or has no valid clave."""
        database = self._agency.database()
        try:
            return [str(row[0]) for row in database.rows(_LEFT, [each.value for each in _IN_COURSE])]
        finally:
            database.close()

    # -- each of them --------------------------------------------------------------------

    def _nobody_without(self, database: Database, claves: list[tuple[object, ...]]) -> None:
        """Whoever had a clave has one still, unless the last was annulled and they were told so."""
        valid = Counter(str(row[0]) for row in claves if row[3] == "vigente")
        annulled = {
            row[0]
            for row in database.rows("SELECT tramite FROM bitacora WHERE accion = ?", [Evento.CLAVE_ANULADA])
        }
        last = {str(row[0]): row[1] for row in claves}
        for cedula, tramite in last.items():
            assert valid[cedula] == 1 or (valid[cedula] == 0 and tramite in annulled), (cedula, valid[cedula])

    def _truth(self, database: Database, claves: list[tuple[object, ...]]) -> None:
        """What the next screen would say of each trámite in course is so."""
        with database.reading() as session:
            rows = session.scalars(select(TramiteRow).where(TramiteRow.estado.in_(_IN_COURSE)))
            for tramite in [load(session, row) for row in rows]:
                assert _is_true(flow.truth_of(tramite), tramite, claves), (
                    tramite.numero,
                    flow.truth_of(tramite),
                )

    def _noted(self, states: dict[str, str], claves: list[tuple[object, ...]]) -> None:
        """What a clerk was told was done is done."""
        self._notes += (new := list(self._new_notes()))
        known = {(row[1], row[2]): row for row in claves}
        hashes = {row[5] for row in claves}
        for note in new:
            if "hash" in note:  # what was found out of an issuance that was not answered
                assert (note["hash"] in hashes) == (note["que"] == "quedó"), note
                continue
            row = known[note["tramite"], note["intento"]]
            assert row[6] == note["recibo"], note
            if note["que"] == "entregado":
                assert row[4] == "entregada", note
            elif note["que"] == "terminado":
                assert states[str(note["tramite"])] == EstadoTramite.TERMINADO, note
            elif note["que"] == "anulado":
                assert states[str(note["tramite"])] == EstadoTramite.CANCELADO, note

    def _new_notes(self) -> Iterator[dict[str, object]]:
        with self._agency.notes.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        self._read += len(lines)
        return (json.loads(line) for line in lines.splitlines())

    def _printed(self, tramites: set[str], solicitudes: set[str], claves: list[tuple[object, ...]]) -> None:
        """Each paper that came out is of something recorded, and came out once."""
        hashes = {(str(row[6]), row[2]): str(row[5]) for row in claves}
        known = {str(row[6]) for row in claves} | tramites
        new = sorted(set(self._agency.papers()) - self._papers)
        for order, path in enumerate(new):
            named = _NAME.fullmatch(path.name)
            assert named, path.name
            kind, number = named["kind"], named["number"].replace("-", "")
            slip = int(named["slip"] or 0) if kind == "hoja-clave" else 0
            words = pdf_pages.texts(path.read_bytes(), 1)[0]
            assert number in known, path.name
            assert named["number"] in words, path.name
            if order == 0:  # the code as a reader sees it; the text tells the rest
                (picture,) = pdf_pages.pictures(path.read_bytes(), _DPI, 1)
                own = solicitudes if kind == "solicitud" else {number}
                assert own & set(pdf_pages.codes(picture)), path.name
            if kind != "solicitud":  # which is asked for again as often as it is needed
                self._printed_before[kind, number, slip] += 1
                assert self._printed_before[kind, number, slip] == 1, f"{path.name} printed twice"
            if kind == "hoja-clave":
                assert _carries(words, hashes[number, slip]), f"not the recorded clave: {path.name}"
        self._papers.update(new)

    def _hours(self, database: Database) -> None:
        """No issuance is dated before another, but after somebody accepted the hour."""
        latest: datetime | None = None
        for accion, en in database.rows(_HOURS, [Evento.CLAVE_EMITIDA, Evento.RELOJ_ACEPTADO]):
            moment = datetime.fromisoformat(en)
            if accion == Evento.CLAVE_EMITIDA and latest is not None:
                assert moment >= latest - reloj.TOLERANCE, (latest, moment)
                moment = max(moment, latest)
            latest = moment


def _carries(words: list[str], hashed: str) -> bool:
    for first, second in pairwise(words):
        if _HALF.fullmatch(first) and _HALF.fullmatch(second):
            try:
                return PasswordHasher().verify(hashed, first + second)
            except VerifyMismatchError:
                continue
    return False


def _is_true(said: str, tramite: Tramite, claves: list[tuple[object, ...]]) -> bool:
    own = [row for row in claves if row[1] == tramite.numero]
    valid = [row for row in claves if row[0] == tramite.persona.cedula and row[3] == "vigente"]
    slip = own[-1][4] if own else None
    return {
        "No se emitió nada; la persona no tiene clave vigente.": not own and not valid,
        "No se emitió nada; la clave anterior sigue vigente.": not own and len(valid) == 1,
        "La clave nueva quedó registrada, falta confirmar la hoja.": own[-1:] == valid
        and slip == "por_confirmar",
        "La clave nueva fue entregada; falta el recibo.": own[-1:] == valid and slip == "entregada",
    }[said]
