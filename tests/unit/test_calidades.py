"""The rule as a table: who owes what, by calidad, profile and voting situation, and where that leads.

Sources: the procedure for the clave personal (who asks; the solicitud, the cédula, the certificado de
votación or what stands for it, one planilla); Código de la Democracia art. 11 (facultative vote), art. 277
(who is asked for the certificate) and art. 292 (excuses and fine); LOOTA art. 23 (copies).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from agencia_app import settings
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain import votacion
from agencia_app.models.domain.calidad import Calidad, calidad_of, tipos_of
from agencia_app.models.domain.persona import Persona, TipoPrestacion
from agencia_app.models.domain.requisitos import Contexto, Documento, FormatoCedula, Via
from agencia_app.models.domain.solicitud import Calificacion, EstadoSolicitud, OrigenSolicitud, Solicitud
from agencia_app.models.domain.tramite import EstadoTramite, Identidad, Tramite
from agencia_app.services import flow
from agencia_app.services.flow import Ask, Step
from agencia_app.services.requisitos import load_profiles
from tests.factories import person

PROFILES = load_profiles(settings.RESOURCES / "requisitos")
ELECTION, TODAY = date(2025, 11, 16), date(2026, 11, 23)
OVER_65, VOTER = date(1960, 11, 16), date(1990, 5, 1)

EMPLOYER = "la solicitud calificada, firmada y sellada por su empleador"
CEDULA = "la cédula"
CERTIFICATE = "el certificado de votación"
PLANILLA = "una planilla de agua, luz o teléfono"


@dataclass(frozen=True)
class Situation:
    """Where somebody stands with the last election: when they were born, and what they show of it."""

    born: date
    shows: Documento | None
    lacks: str  # what is missing still, empty when nothing is
    source: str


def shown(alternativa: str, numero: str = "", fecha: date | None = None) -> Documento:
    return Documento("votacion", alternativa, original=True, copia=True, numero=numero, fecha=fecha)


SITUATIONS = {
    "facultative": Situation(OVER_65, None, "", "C. Democracia art. 11: over 65 on the day of the election"),
    "voted": Situation(VOTER, shown("certificado"), "", "C. Democracia art. 277: shows the certificado"),
    "did not vote": Situation(VOTER, None, CERTIFICATE, "C. Democracia art. 277: nothing to show"),
    "excused": Situation(
        VOTER, shown("justificativo", "J-1", date(2025, 12, 1)), "", "C. Democracia art. 292: the excuse"
    ),
    "excused, not written down": Situation(
        VOTER, shown("justificativo"), "el justificativo de la abstención", "its number and date are owed"
    ),
    "sanctioned": Situation(
        VOTER, shown("sancion", "S-1", date(2025, 12, 1)), "", "C. Democracia art. 292: the fine was paid"
    ),
    "provisional": Situation(
        VOTER, shown("presentacion", fecha=date(2026, 9, 24)), "", "good for 60 days, its last one today"
    ),
    "provisional expired": Situation(
        VOTER,
        shown("presentacion", fecha=date(2026, 9, 23)),
        "un certificado de presentación de los últimos 60 días",
        "good for 60 days, which ended yesterday",
    ),
}  # fmt: skip

# What each calidad owes beside what it shows of the election: the procedure's list.
OWES = {
    Calidad.JUBILACION: (CEDULA, PLANILLA),
    Calidad.MONTEPIO: (CEDULA, PLANILLA),
    Calidad.DEPENDENCIA: (EMPLOYER, CEDULA, PLANILLA),
    Calidad.CESANTE: (CEDULA, PLANILLA),
    Calidad.VOLUNTARIO: (CEDULA, PLANILLA),
}
# With what of each paper: the procedure asks for copies, LOOTA art. 23 for none.
COPIES = {"documento-fuente": True, "originales-a-la-vista": False}


def who(calidad: Calidad, born: date) -> Persona:
    """Return somebody of a calidad whose vote only their age makes facultative."""
    return person(tipo_prestacion=tipos_of(calidad)[0], fecha_nacimiento=born)


def context(who: Persona) -> Contexto:
    exempt = votacion.exemption(who, ELECTION)
    return Contexto(who, date(2035, 1, 4), exempt, ELECTION, TODAY)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda name: f"{name} ({SITUATIONS[name].source})")
@pytest.mark.parametrize("profile", COPIES)
@pytest.mark.parametrize("calidad", Calidad)
def test_who_owes_what(calidad: Calidad, profile: str, situation: str) -> None:
    perfil, case = PROFILES[profile], SITUATIONS[situation]
    someone = who(calidad, case.born)
    untouched = rules.initial(perfil, context(someone))
    brought = tuple(case.shows if each.requisito == "votacion" and case.shows else each for each in untouched)

    missing = rules.missing(perfil, brought, context(someone))
    papers = tuple(each.papel.split(" (")[0] for each in missing)
    votes = (case.lacks,) if case.lacks else ()
    owed = OWES[calidad]
    assert papers == (*owed[:-1], *votes, owed[-1])

    # Shown whole, with the copies that the profile asks for and no others, nothing of the rest is missing.
    rest = tuple(
        Documento("planilla", "luz", original=True, copia=COPIES[profile])
        if each.requisito == "planilla"
        else each
        if each.requisito == "votacion"
        else replace(each, original=True, copia=COPIES[profile] and each.requisito != "solicitud")
        for each in brought
    )
    left = rules.missing(perfil, rest, context(someone))
    assert tuple(each.papel.split(" (")[0] for each in left) == votes


def test_copies_are_what_the_two_profiles_differ_in() -> None:
    for profile, owed in COPIES.items():
        seen = (
            Documento("cedula", original=True),
            Documento("votacion", "certificado", original=True),
            Documento("planilla", "luz", original=True),
        )
        left = rules.missing(PROFILES[profile], seen, context(who(Calidad.CESANTE, VOTER)))
        assert [each.requisito for each in left] == (["cedula", "votacion", "planilla"] if owed else [])


# -- calidad × profile × step ---------------------------------------------------------------

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
OWN, BROUGHT, QUALIFIED, EXPIRED = "made here", "brought", "qualified", "brought, expired"


def solicitud(kind: str, someone: Persona, estado: EstadoSolicitud = EstadoSolicitud.GENERADA) -> Solicitud:
    return Solicitud(
        "0172600000004272",
        someone.cedula,
        someone.tipo_prestacion,
        OrigenSolicitud.VENTANILLA if kind == OWN else OrigenSolicitud.KIOSCO,
        estado,
        NOON,
        date(2026, 11, 22) if kind == EXPIRED else date(2026, 12, 22),
        calificacion=Calificacion("1790011674001", "C", "Q", TODAY) if kind == QUALIFIED else None,
    )


def tramite(someone: Persona, profile: str, **done: object) -> Tramite:
    values: dict[str, object] = dict.fromkeys(
        (
            "identidad",
            "identidad_en",
            "requisitos_en",
            "aceptado_en",
            "firmado_en",
            "clave_vigente_desde",
            "emision",
        )
    )
    values |= done
    return Tramite(
        numero="0172600004231",
        persona=someone,
        perfil=profile,
        estado=EstadoTramite.ABIERTO,
        operador="a.ejemplo",
        ventanilla=4,
        abierto_en=NOON,
        documentos=(),
        **values,  # type: ignore[arg-type]
    )


IDENTITY = Identidad(FormatoCedula.ELECTRONICA, date(2035, 1, 1), "", "")
CONFIRMED = {"identidad": IDENTITY, "identidad_en": NOON}
COMPLETE = CONFIRMED | {"requisitos_en": NOON}
ACCEPTED = COMPLETE | {"aceptado_en": NOON}
SIGNED = ACCEPTED | {"firmado_en": NOON}

# What was done, which solicitud there is; the step that follows, and what step 4 asks: of who asks
# directly, and of who asks through the employer, who stays at step 4 until the block is written down.
WAY: tuple[tuple[dict[str, object], str | None, Step, Ask, Ask], ...] = (
    ({}, None, Step.IDENTIDAD, Ask.ACEPTAR, Ask.CALIFICAR),
    (CONFIRMED, None, Step.REQUISITOS, Ask.ACEPTAR, Ask.CALIFICAR),
    (COMPLETE, None, Step.SOLICITUD, Ask.ACEPTAR, Ask.CALIFICAR),
    (COMPLETE, BROUGHT, Step.SOLICITUD, Ask.FIRMAR, Ask.CALIFICAR),
    (COMPLETE, EXPIRED, Step.SOLICITUD, Ask.ACEPTAR, Ask.CALIFICAR),
    (COMPLETE, OWN, Step.SOLICITUD, Ask.ACEPTAR, Ask.CALIFICAR),
    (COMPLETE, QUALIFIED, Step.SOLICITUD, Ask.FIRMAR, Ask.FIRMAR),
    (ACCEPTED, OWN, Step.SOLICITUD, Ask.FIRMAR, Ask.CALIFICAR),
    (ACCEPTED, EXPIRED, Step.SOLICITUD, Ask.ACEPTAR, Ask.CALIFICAR),
    (SIGNED, QUALIFIED, Step.CLAVE, Ask.FIRMAR, Ask.FIRMAR),
    (SIGNED, BROUGHT, Step.CLAVE, Ask.FIRMAR, Ask.CALIFICAR),
    (SIGNED, None, Step.CLAVE, Ask.FIRMAR, Ask.CALIFICAR),  # before solicitudes were recorded
)  # fmt: skip
THROUGH_THE_EMPLOYER = {Calidad.DEPENDENCIA}


@pytest.mark.parametrize(("calidad", "profile"), list(product(Calidad, PROFILES)))
@pytest.mark.parametrize(("done", "has", "step", "direct", "employer"), WAY)
def test_the_way_of_each_calidad(
    calidad: Calidad,
    profile: str,
    done: dict[str, object],
    has: str | None,
    step: Step,
    direct: Ask,
    employer: Ask,
) -> None:
    someone = who(calidad, VOTER)
    condicion = PROFILES[profile].condicion(calidad)
    assert condicion.solicitud is (Via.EMPLEADOR if calidad in THROUGH_THE_EMPLOYER else Via.DIRECTA)
    made = solicitud(has, someone) if has else None
    at = tramite(someone, profile, solicitud=made, **done)
    asks = employer if calidad in THROUGH_THE_EMPLOYER else direct
    qualified = flow.is_qualified(at, condicion.solicitud)
    assert flow.step_of(at, requisitos_met=True, qualified=qualified) is (
        Step.SOLICITUD if step is Step.CLAVE and asks is Ask.CALIFICAR else step
    )
    assert flow.ask_of(at, condicion.solicitud, TODAY) is asks


def test_what_was_presented_expires_no_more() -> None:
    someone = who(Calidad.CESANTE, VOTER)
    presented = solicitud(EXPIRED, someone, EstadoSolicitud.PRESENTADA)
    at = tramite(someone, "documento-fuente", solicitud=presented, **SIGNED)
    assert flow.ask_of(at, Via.DIRECTA, TODAY) is Ask.FIRMAR


@pytest.mark.parametrize("tipo", TipoPrestacion)
def test_everybody_of_the_five_calidades_is_attended_but_other_heirs(tipo: TipoPrestacion) -> None:
    """Source: the procedure: of the montepío only the cónyuge asks; the conviviente by setting."""
    refused = {
        TipoPrestacion.MONTEPIO_CONVIVIENTE,
        TipoPrestacion.MONTEPIO_HIJO,
        TipoPrestacion.MONTEPIO_PADRE,
    }
    someone = person(tipo_prestacion=tipo)
    assert (flow.stop_for(someone) is not None) is (tipo in refused)
    admitted = flow.stop_for(someone, admitir_conviviente=True)
    assert (admitted is not None) is (tipo in refused - {TipoPrestacion.MONTEPIO_CONVIVIENTE})
    assert calidad_of(tipo) in Calidad
