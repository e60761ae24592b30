"""*Accesos a una persona*: everything that shows or touches a cédula, and nothing else."""

from __future__ import annotations

import stat
from datetime import date

import pytest

from agencia_app.models.domain.acceso import DEPURADO, InformeAccesos
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import local_date
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, Clock, add_people, person, ready_to_issue, sign_in, sign_in_as
from tests.raw import raw_of
from tests.unit.papers_factory import opened, said

DAY = date(2026, 11, 23)


def accesos(
    services: Services, desde: date = DAY, hasta: date = DAY, cedula: str = CEDULAS[0]
) -> InformeAccesos:
    return services.accesos.of_person(sign_in_as(services, "s.ejemplo", 1), cedula, desde, hasta)


def done(informe: InformeAccesos) -> list[str]:
    return [each.texto for each in informe.accesos]


def test_who_saw_and_who_attended(services: Services) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], apellidos="OTRA"))
    sesion = sign_in(services)
    services.padron.search(sesion, "ficticia")
    services.padron.find(sesion, CEDULAS[1])  # somebody else's access
    tramite = ready_to_issue(services, sesion)
    ready_to_issue(services, sesion, CEDULAS[1])
    services.claves.issue(sesion, tramite.numero)
    services.padron.find(sign_in_as(services, "admin", 2), CEDULAS[0])
    informe = accesos(services)
    assert done(informe)[:2] == ["Vio a la persona en una búsqueda", "Abrió el trámite"]
    assert "Emitió la clave" in done(informe)
    assert done(informe)[-2:] == [
        "Consultó a la persona por su cédula",
        "Pidió el informe de accesos a la persona",
    ]
    assert done(informe).count("Abrió el trámite") == 1
    assert {(each.usuario, each.ventanilla) for each in informe.accesos} == {
        ("a.ejemplo", 4), ("admin", 2), ("s.ejemplo", 1),
    }  # fmt: skip
    assert informe.accesos[0].detalle == "Buscó «ficticia»"
    assert (informe.nombre, informe.pedido_por) == ("FICTICIA NÚÑEZ MARÍA JOSÉ", "S. Ejemplo")


def test_the_days_are_those_of_the_agency(services: Services, clock: Clock) -> None:
    clock.move(hours=-11)  # 23:42 of the day before, there
    services.padron.find(sign_in(services), CEDULAS[0])
    assert local_date(clock()) == date(2026, 11, 22)
    clock.move(hours=11)
    assert done(accesos(services)) == ["Pidió el informe de accesos a la persona"]
    assert len(done(accesos(services, date(2026, 11, 22), date(2026, 11, 22)))) == 1


@pytest.mark.parametrize(
    ("cedula", "hasta", "code"),
    [(CEDULAS[0], date(2026, 11, 22), "accesos.range"), ("2459999006", DAY, "cedula.check_digit")],
)
def test_what_cannot_be_asked(services: Services, cedula: str, hasta: date, code: str) -> None:
    before = accesos(services)
    with pytest.raises(KnownError) as refused:
        accesos(services, DAY, hasta, cedula)
    assert refused.value.code == code
    assert len(accesos(services).accesos) == len(before.accesos) + 1  # nothing was recorded of it


def test_a_purged_detail_says_so(services: Services) -> None:
    services.padron.search(sign_in(services), "ficticia")
    with raw_of(services.database) as raw:
        raw.drop_trigger("bitacora_depura_lo_antiguo")  # as if years had gone by
        raw.execute("UPDATE bitacora SET detalle = '', sal = '' WHERE accion = 'consulta.busqueda'")
    assert accesos(services).accesos[0].detalle == DEPURADO


def test_the_report_is_a_file_that_names_nobody(services: Services) -> None:
    services.padron.search(sign_in(services), "ficticia")
    path = services.accesos.save(sign_in_as(services, "s.ejemplo"), accesos(services))
    assert path.parent == services.settings.papers
    assert path.name.startswith("accesos-20261123-104200-")
    assert CEDULAS[0] not in path.name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = said(path.read_bytes())
    for words in ("FICTICIA NÚÑEZ MARÍA JOSÉ", "24•••••005", "23/11/2026 10:42", "A. Ejemplo", "Ventanilla 4",
                  "Vio a la persona en una búsqueda", "Buscó «ficticia»", "Protección de Datos",
                  "página 1 de 1"):  # fmt: skip
        assert words in text
    assert CEDULAS[0] not in text


def test_a_long_report_numbers_its_pages(services: Services) -> None:
    sesion = sign_in(services)
    for _ in range(70):
        services.padron.find(sesion, CEDULAS[0])
    pdf = services.accesos.save(sign_in_as(services, "s.ejemplo"), accesos(services)).read_bytes()
    with opened(pdf) as document:
        total = len(document)
        pages = [document[page].get_textpage().get_text_bounded() for page in range(total)]
    assert total > 2
    for page, text in enumerate(pages, 1):
        assert f"página {page} de {total}" in text
        assert "Cuándo" in text
    assert sum(text.count("Consultó a la persona") for text in pages) == 70


def test_a_person_nobody_looked_at(services: Services) -> None:
    informe = accesos(services, date(2026, 1, 1), date(2026, 1, 2), CEDULAS[3])
    assert informe.accesos == ()
    text = said(services.accesos.save(sign_in_as(services, "s.ejemplo"), informe).read_bytes())
    assert "Nadie vio ni tocó" in text
    assert "No está en el padrón" in text


def test_a_folder_that_cannot_be_written(services: Services) -> None:
    services.settings.papers.rmdir() if services.settings.papers.is_dir() else None
    services.settings.papers.write_text("no es una carpeta")
    with pytest.raises(KnownError, match=r"accesos\.folder"):
        services.accesos.save(sign_in_as(services, "s.ejemplo"), accesos(services))
