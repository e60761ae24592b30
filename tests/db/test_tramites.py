"""An attention from cédula to recibo through the services, and its side ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from agencia_app import app
from agencia_app.models.domain import mrz
from agencia_app.models.domain.clave import EstadoHoja
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import EstadoPersona, TipoPrestacion
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.tramite import EstadoTramite, Identidad, IdentidadSugerida, Tramite
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import flow
from agencia_app.services.flow import Step
from agencia_app.services.printers.folder import PdfFolder
from agencia_app.services.registry import Services
from tests.factories import (
    CEDULAS,
    IDENTIDAD,
    MRZ,
    Clock,
    add_people,
    full_papers,
    make_services,
    person,
    ready_to_issue,
    sign_in,
    sign_in_as,
)


@pytest.fixture
def sesion(services: Services) -> Sesion:
    return sign_in(services)


def opened(services: Services, sesion: Sesion, cedula: str = CEDULAS[0]) -> Tramite:
    tramite = services.tramites.attend(sesion, cedula).tramite
    assert tramite is not None
    return tramite


def test_the_whole_way(services: Services, sesion: Sesion) -> None:
    tramites, claves = services.tramites, services.claves
    tramite = opened(services, sesion)
    seen = [tramites.step(tramite)]
    tramite = tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    seen.append(tramites.step(tramite))
    tramite = tramites.save_requisitos(sesion, tramite.numero, full_papers(tramite, services), done=True)
    seen.append(tramites.step(tramite))
    tramites.accept(sesion, tramite.numero)
    tramite = tramites.sign(sesion, tramite.numero)
    seen.append(tramites.step(tramite))
    issued = claves.issue(sesion, tramite.numero)
    assert issued.hoja is not None
    assert issued.hoja.problem is None
    assert tramites.step(issued.tramite) is Step.CLAVE
    seen.append(tramites.step(claves.confirm_slip(sesion, tramite.numero, 1)))
    assert seen == [Step.IDENTIDAD, Step.REQUISITOS, Step.SOLICITUD, Step.CLAVE, Step.RECIBO]
    done = tramites.finish(sesion, tramite.numero)
    assert done.estado is EstadoTramite.TERMINADO
    assert tramites.unfinished(sesion) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fecha_defuncion": date(2026, 1, 1)}, "fallecido"),
        ({"estado": EstadoPersona.SUSPENDIDO}, "suspendido"),
        ({"tipo_prestacion": TipoPrestacion.MONTEPIO_HIJO}, "montepio"),
        ({"tipo_prestacion": TipoPrestacion.MONTEPIO_CONVIVIENTE}, "montepio"),
    ],
)
def test_stops(services: Services, sesion: Sesion, changes: dict[str, object], code: str) -> None:
    add_people(services.database, person(cedula=CEDULAS[1], **changes))
    attention = services.tramites.attend(sesion, CEDULAS[1])
    assert attention.tramite is None
    assert attention.stop is not None
    assert attention.stop.code == code


def test_not_in_the_padron(services: Services, sesion: Sesion) -> None:
    assert services.tramites.attend(sesion, CEDULAS[5]).stop == flow.NOT_IN_PADRON


def test_conyuge_is_attended_and_conviviente_by_setting() -> None:
    conyuge = person(tipo_prestacion=TipoPrestacion.MONTEPIO_CONYUGE)
    conviviente = person(tipo_prestacion=TipoPrestacion.MONTEPIO_CONVIVIENTE)
    assert flow.stop_for(conyuge) is None
    assert flow.stop_for(conviviente) is not None
    assert flow.stop_for(conviviente, admitir_conviviente=True) is None


def test_the_same_person_is_never_in_two_tramites(services: Services, sesion: Sesion) -> None:
    first = opened(services, sesion)
    other = sign_in_as(services, "b.ejemplo", 7)
    again = services.tramites.attend(other, CEDULAS[0]).tramite
    assert again is not None
    assert (again.numero, again.ventanilla, again.operador) == (first.numero, 7, "b.ejemplo")


def test_a_scanned_cedula_brings_format_and_expiry_and_warns_of_another_name(
    services: Services, sesion: Sesion
) -> None:
    zone = mrz.parse(MRZ, date(2026, 11, 23))
    add_people(
        services.database,
        person(cedula=zone.cedula, fecha_nacimiento=date(1945, 1, 15), apellidos="FICTICIA IBÁÑEZ"),
    )
    attention = services.tramites.attend_mrz(sesion, zone)
    assert attention.tramite is not None
    known = services.tramites.suggested_identidad(attention.tramite)
    assert (known.formato, known.vencimiento) == (FormatoCedula.ELECTRONICA, date(2035, 1, 1))
    assert services.tramites.step(attention.tramite) is Step.IDENTIDAD
    assert "FICTICIA IBÁÑEZ" in attention.warning
    tampered = replace(zone, apellidos="FICTICIA NUNEZ", fecha_nacimiento=date(1945, 1, 16))
    assert "16/01/1945" in services.tramites.attend_mrz(sesion, tampered).warning


def test_a_cut_name_of_the_zone_is_no_warning(services: Services, sesion: Sesion) -> None:
    zone = replace(mrz.parse(MRZ, date(2026, 11, 23)), nombres="MARIA JO")
    add_people(services.database, person(cedula=zone.cedula, fecha_nacimiento=zone.fecha_nacimiento))
    assert services.tramites.attend_mrz(sesion, zone).warning == ""


def test_pendientes_comes_back_by_its_number_with_everything_ticked(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    tramites = services.tramites
    tramite = tramites.save_identidad(sesion, opened(services, sesion).numero, IDENTIDAD)
    papers = tuple(replace(each, copia=False) if each.requisito == "planilla" else each
                   for each in full_papers(tramite, services))  # fmt: skip
    tramite = tramites.save_requisitos(sesion, tramite.numero, papers, done=False)
    with pytest.raises(KnownError, match=r"requisitos\.missing"):
        tramites.save_requisitos(sesion, tramite.numero, papers, done=True)
    tramites.suspend(sesion, tramite.numero)
    assert tramites.unfinished(sesion) == ()
    clock.move(days=3)
    back = tramites.resume(sign_in(services, 2), tramite.numero).tramite
    assert back is not None
    assert (back.estado, back.documentos) == (EstadoTramite.ABIERTO, papers)
    assert [each.text for each in tramites.checklist(back).faltas] == ["la copia de la planilla de luz"]


def test_numbers_that_lead_nowhere(services: Services, sesion: Sesion) -> None:
    tramite = opened(services, sesion)
    services.tramites.cancel(sesion, tramite.numero)
    for number, code in (
        (tramite.numero, "tramite.ended"),
        ("0172600009956", "numero.check_digit"),
        ("123", "numero.shape"),
    ):
        with pytest.raises(KnownError) as caught:
            services.tramites.resume(sesion, number)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        replace(IDENTIDAD, correo="maria@ejemplo.ec\n<b>aprobado</b>"),
        replace(IDENTIDAD, correo="nadie"),
        replace(IDENTIDAD, celular="022345678"),
    ],
)
def test_what_is_no_way_to_reach_somebody_is_refused(
    services: Services, sesion: Sesion, wrong: Identidad
) -> None:
    tramite = services.tramites.attend(sesion, CEDULAS[0]).tramite
    assert tramite is not None
    with pytest.raises(KnownError, match=r"contacto\."):
        services.tramites.save_identidad(sesion, tramite.numero, wrong)
    assert services.tramites.reload(tramite.numero).identidad_en is None


def test_a_changed_identidad_must_be_signed_again(services: Services, sesion: Sesion) -> None:
    tramites = services.tramites
    tramite = ready_to_issue(services, sesion)
    assert tramites.step(tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)) is Step.CLAVE
    changed = replace(IDENTIDAD, vencimiento=date(2036, 1, 1))
    assert tramites.step(tramites.save_identidad(sesion, tramite.numero, changed)) is Step.SOLICITUD
    with pytest.raises(KnownError, match=r"tramite\.not_accepted"):
        tramites.sign(sesion, tramite.numero)


def test_what_was_typed_and_not_confirmed_is_kept(services: Services, sesion: Sesion) -> None:
    tramites = services.tramites
    tramite = opened(services, sesion)
    typed = IdentidadSugerida(FormatoCedula.ANTIGUA, None, "a medias@", "")
    kept = tramites.keep_identidad(sesion, tramite.numero, typed)
    assert tramites.step(kept) is Step.IDENTIDAD
    assert tramites.suggested_identidad(tramites.reload(tramite.numero)) == typed
    confirmed = tramites.save_identidad(sesion, tramite.numero, IDENTIDAD)
    assert tramites.keep_identidad(sesion, tramite.numero, typed).identidad == confirmed.identidad


def test_steps_cannot_be_skipped(services: Services, sesion: Sesion) -> None:
    tramite = opened(services, sesion)
    for action in (
        services.tramites.accept,
        services.tramites.sign,
        services.tramites.finish,
        services.claves.issue,
    ):
        with pytest.raises(KnownError) as caught:
            action(sesion, tramite.numero)
        assert caught.value.code in {"requisitos.missing", "tramite.slip_pending", "tramite.not_ready"}


def test_a_cedula_that_expires_overnight_is_missing_the_next_day(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    tramite = ready_to_issue(services, sesion)
    tramite = services.tramites.save_identidad(
        sesion, tramite.numero, replace(IDENTIDAD, vencimiento=date(2026, 11, 23))
    )
    clock.move(days=1)
    assert services.tramites.step(tramite) is Step.REQUISITOS
    with pytest.raises(KnownError, match=r"autorizacion\.needed"):
        services.claves.issue(sesion, tramite.numero)


def test_issuing_deactivates_the_earlier_clave_and_repeats_as_the_same_issuance(
    services: Services, sesion: Sesion, clock: Clock
) -> None:
    first = ready_to_issue(services, sesion)
    services.claves.issue(sesion, first.numero)
    services.claves.confirm_slip(sesion, first.numero, 1)
    services.tramites.finish(sesion, first.numero)
    clock.move(days=40)
    second = ready_to_issue(services, sesion)
    assert second.clave_vigente_desde == clock() - timedelta(days=40)
    issued = services.claves.issue(sesion, second.numero)
    again = services.claves.issue(sesion, second.numero)
    assert issued.tramite.emision == again.tramite.emision
    assert issued.tramite.emision is not None
    assert issued.tramite.emision.anterior_desactivada_en == clock()
    assert len(list(services.settings.papers.glob("hoja-clave-*.pdf"))) == 2
    states = (
        services.database.reader().exec_driver_sql("SELECT estado FROM clave ORDER BY id").scalars().all()
    )
    assert states == ["desactivada", "vigente"]


def test_a_spoiled_slip_is_annulled_and_replaced_under_the_same_recibo(
    services: Services, sesion: Sesion
) -> None:
    tramite = ready_to_issue(services, sesion)
    first = services.claves.issue(sesion, tramite.numero).tramite.emision
    second = services.claves.replace_slip(sesion, tramite.numero, 1).tramite.emision
    assert first is not None
    assert second is not None
    assert (second.recibo, second.intento, second.hoja) == (first.recibo, 2, EstadoHoja.POR_CONFIRMAR)
    rows = services.database.reader().exec_driver_sql("SELECT estado, hoja FROM clave ORDER BY id").all()
    assert [tuple(row) for row in rows] == [("anulada", "danada"), ("vigente", "por_confirmar")]
    for seen_elsewhere in (services.claves.confirm_slip, services.claves.replace_slip):
        with pytest.raises(KnownError, match=r"clave\.slip_changed"):
            seen_elsewhere(sesion, tramite.numero, 1)
    services.claves.confirm_slip(sesion, tramite.numero, 2)
    with pytest.raises(KnownError, match=r"clave\.slip_settled"):
        services.claves.replace_slip(sesion, tramite.numero, 2)


@pytest.mark.parametrize("later", ["dead", "tomorrow", "too many"])
def test_a_slip_is_replaced_only_for_a_person_who_may_have_one_and_stands_there(
    services: Services, sesion: Sesion, clock: Clock, later: str
) -> None:
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    slips = 1
    if later == "dead":
        with services.database.unit_of_work() as session:
            session.connection().exec_driver_sql("UPDATE persona SET fecha_defuncion = '2026-11-20'")
            session.commit()
    elif later == "tomorrow":
        clock.move(days=1)
    else:
        for slips in range(2, 6):
            services.claves.replace_slip(sesion, tramite.numero, slips - 1)
    with pytest.raises(KnownError, match=r"clave\.annulled"):
        services.claves.replace_slip(sesion, tramite.numero, slips)
    valid = "SELECT count(*) FROM clave WHERE estado = 'vigente'"
    assert services.database.reader().exec_driver_sql(valid).scalar() == 0
    assert services.tramites.unfinished(sesion) == ()


def test_a_slip_that_breaks_after_the_commit_is_told_and_not_confirmed(
    services: Services, sesion: Sesion, monkeypatch: pytest.MonkeyPatch
) -> None:
    tramite = ready_to_issue(services, sesion)

    def breaks(*_: object) -> None:
        raise OSError("no such program")

    monkeypatch.setattr(PdfFolder, "send", breaks)
    issued = services.claves.issue(sesion, tramite.numero)
    assert issued.hoja is not None
    assert issued.hoja.error == "printer.doubtful"
    assert services.claves.issue(sesion, tramite.numero).hoja is None


def test_a_printer_that_fails_costs_no_clave_twice(services: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(services, sesion)
    folder = services.settings.papers
    folder.rename(folder.with_name("otra"))
    folder.write_text("aquí no cabe ningún papel")
    with pytest.raises(KnownError, match=r"printer\.folder"):
        services.claves.issue(sesion, tramite.numero)
    assert services.database.reader().exec_driver_sql("SELECT count(*) FROM clave").scalar() == 0


def test_real_data_never_print_a_slip_to_a_file(tmp_path: Path, clock: Clock) -> None:
    real = make_services(tmp_path / "real", clock, demostracion=False)
    sesion = sign_in(real)
    tramite = ready_to_issue(real, sesion)
    with pytest.raises(KnownError, match=r"printer\.slip_needs_paper"):
        real.claves.issue(sesion, tramite.numero)
    assert real.tramites.reload(tramite.numero).emision is None
    real.database.close()
    with pytest.raises(KnownError, match=r"data\.real"):
        app.open_services(replace(real.settings, demostracion=True), clock)


def test_only_an_administrador_imports(services: Services, sesion: Sesion, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"usuario\.role"):
        services.padron.import_file(tmp_path / "padron.csv", tmp_path, sesion)


def test_somebody_who_dies_in_the_padron_meanwhile_gets_none(services: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(services, sesion)
    with services.database.unit_of_work() as session:
        session.connection().exec_driver_sql("UPDATE persona SET fecha_defuncion = '2026-11-20'")
        session.commit()
    with pytest.raises(KnownError, match=r"tramite\.stopped"):
        services.claves.issue(sesion, tramite.numero)


def test_what_was_issued_can_neither_be_cancelled_nor_set_aside(services: Services, sesion: Sesion) -> None:
    tramite = ready_to_issue(services, sesion)
    services.claves.issue(sesion, tramite.numero)
    for action in (services.tramites.cancel, services.tramites.suspend):
        with pytest.raises(KnownError, match=r"tramite\.issued"):
            action(sesion, tramite.numero)
    (left,) = services.tramites.unfinished(sesion)
    assert flow.truth_of(left) == "La clave nueva quedó registrada, falta confirmar la hoja."
