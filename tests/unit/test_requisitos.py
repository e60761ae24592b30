"""Requirement profiles: what is shipped, what is missing, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agencia_app import settings
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain import votacion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import Contexto, Documento
from agencia_app.models.domain.votacion import MotivoExencion
from agencia_app.services.requisitos import load_profiles
from tests.factories import person

PROFILES = load_profiles(settings.RESOURCES / "requisitos")
SOURCE = PROFILES["documento-fuente"]
ELECTION = date(2025, 11, 16)
YOUNG = person(fecha_nacimiento=date(1966, 5, 1))


def context(who: Persona = YOUNG, expiry: date = date(2035, 1, 4)) -> Contexto:
    return Contexto(who, expiry, votacion.exemption(who, ELECTION), ELECTION, date(2026, 11, 23))


def lacks(
    *documents: Documento, who: Persona = YOUNG, profile: str = "documento-fuente", **changes: date
) -> list[str]:
    return [each.text for each in rules.missing(PROFILES[profile], documents, context(who, **changes))]


CEDULA = Documento("cedula", original=True, copia=True)
CERTIFICATE = Documento("votacion", "certificado", original=True, copia=True)
PLANILLA = Documento("planilla", "luz", original=True, copia=True)


def test_everything_brought_is_met() -> None:
    assert lacks(CEDULA, CERTIFICATE, PLANILLA) == []


def test_untouched_checklist_asks_for_everything() -> None:
    assert lacks(*rules.initial(SOURCE, context())) == [
        "el original y la copia a color de la cédula",
        "el original y la copia a color del certificado de votación",
        "una planilla de agua, luz o teléfono (original y copia)",
    ]


def test_a_paper_that_is_not_there_asks_for_nothing_written_on_it() -> None:
    paper = Documento("votacion", "justificativo")
    assert lacks(CEDULA, paper, PLANILLA) == [
        "el original y la copia a color del justificativo de la abstención"
    ]
    assert lacks(CEDULA, replace(paper, original=True, copia=True), PLANILLA) == [
        "el número y la fecha del justificativo de la abstención"
    ]


def test_each_lack_says_where_it_is_got() -> None:
    paper = Documento("votacion", "sancion", original=True, numero="S-1")
    faltas = rules.missing(SOURCE, (paper, PLANILLA), context())
    assert [(each.text, each.donde.partition(":")[0]) for each in faltas] == [
        ("el original y la copia a color de la cédula", "Si la perdió o venció"),
        ("la copia a color del comprobante de la sanción cumplida", rules.COPY_WHERE),
        ("la fecha del comprobante de la sanción cumplida", rules.DATA_WHERE),
    ]


def test_the_missing_copy_of_the_picture() -> None:
    elder = person()
    documents = rules.initial(SOURCE, context(elder))
    documents = (CEDULA, documents[1], replace(PLANILLA, copia=False))
    assert lacks(*documents, who=elder) == ["la copia de la planilla de luz"]


@pytest.mark.parametrize("alternative", ["justificativo", "sancion"])
def test_alternatives_need_number_and_date(alternative: str) -> None:
    paper = Documento("votacion", alternative, original=True, copia=True)
    assert len(lacks(CEDULA, paper, PLANILLA)) == 1
    assert lacks(CEDULA, replace(paper, numero="JA-1", fecha=date(2026, 1, 8)), PLANILLA) == []
    assert len(lacks(CEDULA, replace(paper, numero="JA-1", fecha=date(2027, 1, 8)), PLANILLA)) == 1


def test_presentation_expires() -> None:
    paper = Documento("votacion", "presentacion", original=True, copia=True, fecha=date(2026, 11, 1))
    assert lacks(CEDULA, paper, PLANILLA) == []
    assert lacks(CEDULA, replace(paper, fecha=date(2026, 8, 1)), PLANILLA) == [
        "un certificado de presentación de los últimos 60 días (original y copia a color)",
    ]


def test_an_exemption_the_padron_does_not_know_must_be_one_the_operator_can_see() -> None:
    def exempt(motivo: MotivoExencion | None) -> list[str]:
        return lacks(CEDULA, Documento("votacion", "no_exigible", motivo=motivo), PLANILLA)

    assert exempt(MotivoExencion.EXTERIOR) == []
    assert len(exempt(MotivoExencion.MAYOR_65)) == 1
    assert len(exempt(None)) == 1


def test_an_expired_cedula_is_missing() -> None:
    assert lacks(CEDULA, CERTIFICATE, PLANILLA, expiry=date(2026, 11, 22)) == [
        "una cédula vigente, porque la suya venció el 22/11/2026 (original y copia a color)",
    ]
    assert lacks(CEDULA, CERTIFICATE, PLANILLA, expiry=date(2026, 11, 23)) == []


def test_copies_are_optional_under_the_other_profile() -> None:
    seen = [replace(each, copia=False) for each in (CEDULA, CERTIFICATE, PLANILLA)]
    assert lacks(*seen, profile="originales-a-la-vista") == []
    assert lacks(seen[0], replace(seen[1], original=False), profile="originales-a-la-vista") == [
        "el original del certificado de votación",
        "una planilla de agua, luz o teléfono (original)",
    ]


def test_a_wrong_profile_is_refused_with_file_and_every_reason(tmp_path: Path) -> None:
    text = (settings.RESOURCES / "requisitos" / "documento-fuente.toml").read_text("utf-8")
    text = text.replace('copia = "color"', 'copia = "azul"', 1).replace('tecla = "C"', 'teclas = "C"')
    (tmp_path / "malo.toml").write_text(text, "utf-8")
    with pytest.raises(KnownError) as caught:
        load_profiles(tmp_path)
    assert caught.value.code == "perfil.invalid"
    assert caught.value.data["file"] == "malo.toml"
    assert caught.value.data["reason"] == (
        "línea 19: «copia» debe ser «color» o «simple» o «opcional» o «no», no «azul»; "
        "línea 34: no se conoce la clave «teclas»"
    )


def test_two_files_of_one_profile_are_refused(tmp_path: Path) -> None:
    text = (settings.RESOURCES / "requisitos" / "documento-fuente.toml").read_text("utf-8")
    for name in ("uno.toml", "otro.toml"):
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(KnownError, match=r"perfil\.invalid"):
        load_profiles(tmp_path)
