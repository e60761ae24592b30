"""Whatever is saved, approved, changed and pressed in whatever order: nothing uncovered is issued."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencia_app import app
from agencia_app import settings as ajustes
from agencia_app.models.domain.apoderado import Apoderado
from agencia_app.models.domain.autorizacion import Asunto
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.requisitos import Documento, FormatoCedula
from agencia_app.models.domain.tramite import Identidad
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import claves as clave_service
from agencia_app.services.registry import Services
from tests.conftest import Places
from tests.factories import CEDULAS, IDENTIDAD, Clock, full_papers, signed_in
from tests.raw import read

APODERADO = Apoderado(CEDULAS[1], "JUAN FICTICIO", "P00123", "Notaría 17 de Quito", date(2026, 2, 1))
IDENTIDADES = (
    IDENTIDAD,
    replace(IDENTIDAD, correo="otra@ejemplo.ec"),
    replace(IDENTIDAD, correo="tercera@ejemplo.ec"),
    replace(IDENTIDAD, vencimiento=date(2026, 11, 20)),
    replace(IDENTIDAD, formato=FormatoCedula.ANTIGUA),
    replace(IDENTIDAD, apoderado=APODERADO),
    replace(IDENTIDAD, apoderado=replace(APODERADO, documento="P00124")),
)
OPERADORES = ("a.ejemplo", "b.ejemplo")
SUPERVISORES = ("s.ejemplo", "t.ejemplo")
WHO = OPERADORES + SUPERVISORES
Round = tuple[Identidad, str, str | None, tuple[str, str]]
ROUNDS = st.tuples(
    st.sampled_from(IDENTIDADES),
    st.sampled_from(("todo", "sin_planilla")),
    st.sampled_from((None, "b.ejemplo", "s.ejemplo", "t.ejemplo")),  # who is asked to approve it all
    st.tuples(
        st.sampled_from(("pedir", "atender", "negar", "retirar", "seguir", "emitir")), st.sampled_from(WHO)
    ),
)


class FastHasher:
    """A hash that costs nothing: what is tried is the order of things."""

    def hash(self, clave: str) -> str:
        return f"{len(clave)} letras"


@pytest.fixture(scope="module")
def world(engine: str, agencies: Callable[[str], Path], places: Places) -> Iterator[tuple[Services, Clock]]:
    data = places.copy(agencies(engine))
    clock = Clock()
    services = app.open_services(ajustes.load(data), clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clave_service, "hasher", FastHasher)
        yield services, clock
    services.database.close()
    places.drop(data)


class Desk:
    """One person's attention, pressed at by four people in any order."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self.services = services
        self.who = {name: signed_in(services, name, place + 1) for place, name in enumerate(WHO)}
        self.ids: list[int] = []
        clock.move(days=31)  # no clave of an earlier attention counts
        begun = services.tramites.attend(self.who["a.ejemplo"], CEDULAS[0]).tramite
        assert begun is not None
        self.numero = begun.numero

    def go(self, rounds: list[Round]) -> Iterator[Callable[[], object]]:
        """Yield what is pressed, up to the issuance; each may be refused."""
        for played in rounds:
            yield from self._go(played)
        clerk = self.who["a.ejemplo"]
        yield lambda: self._seguir(clerk)
        yield lambda: self._emitir(clerk)

    def _go(self, played: Round) -> Iterator[Callable[[], object]]:
        identidad, papers, approver, (noise, by) = played
        services, clerk = self.services, self.who["a.ejemplo"]
        yield lambda: services.tramites.save_identidad(clerk, self.numero, identidad)
        yield lambda: self._papers(clerk, papers)
        if approver is not None:
            yield lambda: self._pedir(clerk)
            yield lambda: services.autorizaciones.approve(self.who[approver], self.ids)
        yield lambda: getattr(self, f"_{noise}")(self.who[by])

    def _papers(self, sesion: Sesion, which: str) -> None:
        papers = full_papers(self.services.tramites.reload(self.numero), self.services)
        if which == "sin_planilla":
            papers = tuple(Documento("planilla") if each.requisito == "planilla" else each for each in papers)
        self.services.tramites.save_requisitos(sesion, self.numero, papers, done=False)

    def _atender(self, sesion: Sesion) -> None:
        self.services.tramites.attend(sesion, CEDULAS[0])

    def _retirar(self, sesion: Sesion) -> None:
        self.services.autorizaciones.withdraw(sesion, self.ids)

    def _pedir(self, sesion: Sesion) -> None:
        needed = [each.asunto for each in self.services.autorizaciones.exigencias(self.numero)]
        self.ids = [
            each.id for each in self.services.autorizaciones.request(sesion, self.numero, needed, "Está aquí")
        ]

    def _negar(self, sesion: Sesion) -> None:
        self.services.autorizaciones.deny(sesion, self.ids, "No")

    def _seguir(self, sesion: Sesion) -> None:
        tramite = self.services.tramites.reload(self.numero)
        self.services.tramites.save_requisitos(sesion, self.numero, tramite.documentos, done=True)
        self.services.tramites.accept(sesion, self.numero)
        self.services.tramites.sign(sesion, self.numero)

    def _emitir(self, sesion: Sesion) -> None:
        self.services.claves.issue(sesion, self.numero)


@settings(max_examples=60, deadline=None)
@given(rounds=st.lists(ROUNDS, min_size=2, max_size=5))
def test_nothing_is_issued_with_an_exigencia_uncovered(
    world: tuple[Services, Clock], rounds: list[Round]
) -> None:
    services, clock = world
    desk = Desk(services, clock)
    for press in desk.go(rounds):
        before = services.tramites.reload(desk.numero)
        with contextlib.suppress(KnownError):
            press()
        after = services.tramites.reload(desk.numero)
        if after.emision is not None:
            uncovered = [each for each in services.tramites.exigencias(before) if not each.cubierta]
            assert uncovered == []
            _assert_covered_by_others(services, desk.numero, after.emision.operador)
            services.claves.confirm_slip(desk.who["b.ejemplo"], desk.numero, 1)
            services.tramites.finish(desk.who["b.ejemplo"], desk.numero)
            return
    services.tramites.cancel(desk.who["b.ejemplo"], desk.numero)


def _assert_covered_by_others(services: Services, numero: str, operador: str) -> None:
    """Look at the rows alone: contact data, apoderado and format are as somebody else approved them."""
    approved = read(
        services.database,
        "SELECT asunto, alcance, por.usuario AS por, pide.usuario AS pide FROM autorizacion "
        "JOIN tramite ON tramite.id = tramite_id JOIN usuario AS por ON por.id = resuelta_por "
        "JOIN usuario AS pide ON pide.id = pedida_por WHERE numero = ? AND autorizacion.estado = 'aprobada'",
        (numero,),
    ).all()
    assert all(row.por not in {operador, row.pide} for row in approved)
    facts = {row.asunto: json.loads(row.alcance) for row in approved}
    row = read(
        services.database,
        "SELECT tramite.*, apoderado.documento FROM tramite LEFT JOIN apoderado ON tramite_id = id "
        "WHERE numero = ?",
        (numero,),
    ).one()
    if row.correo_antes and row.correo != row.correo_antes:
        assert facts[Asunto.CONTACTO_CAMBIADO.value]["correo"] == [row.correo_antes, row.correo]
    if row.celular_antes and row.celular != row.celular_antes:
        assert facts[Asunto.CONTACTO_CAMBIADO.value]["celular"] == [row.celular_antes, row.celular]
    if row.documento is not None:
        assert facts[Asunto.APODERADO.value]["documento"] == row.documento
    if row.formato_cedula == "antigua" and not row.comprobada:
        assert Asunto.CEDULA_ANTIGUA.value in facts
    if str(row.vencimiento_cedula) < "2026-11-23":
        assert facts[Asunto.CEDULA_VENCIDA.value]["vencimiento"] == str(row.vencimiento_cedula)
