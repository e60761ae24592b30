"""The flow, as a table: which step follows from what a trámite has, and what is true of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.tramite import Emision, EstadoTramite, Identidad, Tramite
from agencia_app.services import flow
from agencia_app.services.flow import Step
from tests.factories import person

THEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NEW = Tramite(
    numero="0172600000166",
    persona=person(),
    perfil="documento-fuente",
    estado=EstadoTramite.ABIERTO,
    operador="a.ejemplo",
    ventanilla=4,
    abierto_en=THEN,
    identidad=None,
    documentos=(),
    identidad_en=None,
    requisitos_en=None,
    aceptado_en=None,
    firmado_en=None,
    clave_vigente_desde=None,
    emision=None,
)
SCANNED = replace(NEW, identidad=Identidad(FormatoCedula.ELECTRONICA, date(2035, 1, 1), "", ""))
IDENTIFIED = replace(SCANNED, identidad_en=THEN)
COMPLETE = replace(IDENTIFIED, requisitos_en=THEN)
ACCEPTED = replace(COMPLETE, aceptado_en=THEN)
SIGNED = replace(ACCEPTED, firmado_en=THEN)
SLIP = Emision("01726000000196", THEN, 4, "a.ejemplo", THEN, 1, EstadoHoja.POR_CONFIRMAR, None)
ISSUED = replace(SIGNED, estado=EstadoTramite.EMITIDO, emision=SLIP, clave_vigente_desde=THEN)
HANDED = replace(ISSUED, emision=replace(SLIP, hoja=EstadoHoja.ENTREGADA))


@pytest.mark.parametrize(
    ("tramite", "met", "step"),
    [
        (NEW, False, Step.IDENTIDAD),
        (SCANNED, True, Step.IDENTIDAD),
        (IDENTIFIED, False, Step.REQUISITOS),
        (IDENTIFIED, True, Step.REQUISITOS),
        (COMPLETE, False, Step.REQUISITOS),
        (COMPLETE, True, Step.SOLICITUD),
        (ACCEPTED, True, Step.SOLICITUD),
        (SIGNED, True, Step.CLAVE),
        (SIGNED, False, Step.REQUISITOS),
        # What was issued is never undone by a rule of the day.
        (ISSUED, False, Step.CLAVE),
        (HANDED, False, Step.RECIBO),
    ],
)
def test_the_step_follows_from_the_facts(tramite: Tramite, met: bool, step: Step) -> None:  # noqa: FBT001 - a table
    assert flow.step_of(tramite, requisitos_met=met, qualified=True) is step


@pytest.mark.parametrize(
    ("tramite", "shown", "may"),
    [
        (None, Step.CEDULA, False),
        (NEW, Step.IDENTIDAD, False),
        (IDENTIFIED, Step.REQUISITOS, True),
        (SIGNED, Step.CLAVE, True),
        (ISSUED, Step.CLAVE, False),
        (HANDED, Step.RECIBO, False),
    ],
)
def test_never_back_over_a_recorded_clave(tramite: Tramite | None, shown: Step, may: bool) -> None:  # noqa: FBT001 - a table
    assert flow.may_go_back(tramite, shown) is may


@pytest.mark.parametrize(
    ("tramite", "truth"),
    [
        (NEW, "No se emitió nada; la persona no tiene clave vigente."),
        (replace(SIGNED, clave_vigente_desde=THEN), "No se emitió nada; la clave anterior sigue vigente."),
        (ISSUED, "La clave nueva quedó registrada, falta confirmar la hoja."),
        (HANDED, "La clave nueva fue entregada; falta el recibo."),
        (replace(HANDED, estado=EstadoTramite.TERMINADO), "La clave ya fue entregada."),
    ],
)
def test_the_truth_about_the_claves(tramite: Tramite, truth: str) -> None:
    assert flow.truth_of(tramite) == truth
