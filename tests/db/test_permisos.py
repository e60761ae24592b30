"""Each role tries each thing through the real services: one test a cell of the permission table.

The callables are given facts that would be refused later: what is asked here is whether the role is
refused first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agencia_app.models.domain.acceso import InformeAccesos
from agencia_app.models.domain.correccion import DatoErrado, Filtro
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.impresion import PaperKind
from agencia_app.models.domain.permisos import PERMISOS, Permiso
from agencia_app.models.domain.retencion import Clase, Vencido
from agencia_app.models.domain.tramite import IdentidadSugerida
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.services.registry import Services
from tests.factories import CEDULAS, IDENTIDAD, PASSWORD, ready_to_issue, sign_in, sign_in_as
from tests.raw import raw_of

NOBODY = "0172600000000"  # the number of no trámite
RECIBO = "01726000000196"
WHO = {Rol.OPERADOR: "b.ejemplo", Rol.SUPERVISOR: "t.ejemplo", Rol.ADMINISTRADOR: "admin"}
TODAY = date(2026, 11, 23)
SUGERIDA = IdentidadSugerida(None, None, "", "")
NO_ACCESOS = InformeAccesos(CEDULAS[0], "", TODAY, TODAY, "", datetime(2026, 11, 23, tzinfo=UTC), ())

Try = Callable[[Services, Sesion], object]

# Guarded calls, by what they ask for. Each service's own acting methods stand here.
CALLS: dict[Permiso, tuple[Try, ...]] = {
    Permiso.ATENDER: (
        lambda services, sesion: services.autorizaciones.request_clock(sesion, "se atrasó"),
        lambda services, sesion: services.autorizaciones.withdraw(sesion, [1]),
        lambda services, sesion: services.candados.put(sesion, NOBODY),
        lambda services, sesion: services.tramites.attend(sesion, CEDULAS[0]),
        lambda services, sesion: services.tramites.resume(sesion, NOBODY),
        lambda services, sesion: services.tramites.unfinished(sesion),
        lambda services, sesion: services.tramites.save_identidad(sesion, NOBODY, IDENTIDAD),
        lambda services, sesion: services.tramites.save_requisitos(sesion, NOBODY, (), done=True),
        lambda services, sesion: services.tramites.accept(sesion, NOBODY),
        lambda services, sesion: services.tramites.sign(sesion, NOBODY),
        lambda services, sesion: services.tramites.suspend(sesion, NOBODY),
        lambda services, sesion: services.tramites.cancel(sesion, NOBODY),
        lambda services, sesion: services.tramites.finish(sesion, NOBODY),
        lambda services, sesion: services.anulaciones.request(sesion, RECIBO, "Era otra persona"),
        lambda services, sesion: services.claves.issue(sesion, NOBODY),
        lambda services, sesion: services.claves.replace_slip(sesion, NOBODY, 1),
        lambda services, sesion: services.claves.confirm_slip(sesion, NOBODY, 1),
        lambda services, sesion: services.claves.settle(sesion, NOBODY),
        lambda services, sesion: services.tramites.keep_identidad(sesion, NOBODY, SUGERIDA),
        lambda services, sesion: services.autorizaciones.request(sesion, NOBODY, (), "porque sí"),
        lambda services, sesion: services.autorizaciones.request_clock(sesion, "porque sí"),
        lambda services, sesion: services.autorizaciones.withdraw(sesion, (1,)),
        lambda services, sesion: services.autorizaciones.approve_here(sesion, "nadie", PASSWORD, (1,)),
        lambda services, sesion: services.autorizaciones.deny_here(sesion, "nadie", PASSWORD, (1,), "No"),
        lambda services, sesion: services.candados.put(sesion, NOBODY),
        lambda services, sesion: services.impresiones.print_solicitud(sesion, NOBODY),
        lambda services, sesion: services.impresiones.print_stop(sesion, CEDULAS[3]),
        lambda services, sesion: services.correcciones.open(sesion, NOBODY, DatoErrado.NOMBRE, "", ""),
    ),
    Permiso.CONSULTAR_PADRON: (
        lambda services, sesion: services.padron.find(sesion, CEDULAS[0]),
        lambda services, sesion: services.padron.search(sesion, "ficticia"),
        lambda services, sesion: services.padron.search(sesion, CEDULAS[0]),
    ),
    Permiso.VERIFICAR_BITACORA: (lambda services, sesion: services.auditoria.verify(sesion),),
    Permiso.VER_ACCESOS: (
        lambda services, sesion: services.accesos.of_person(sesion, "", TODAY, TODAY),
        lambda services, sesion: services.accesos.save(sesion, NO_ACCESOS),
    ),
    Permiso.DEPURAR: (
        lambda services, sesion: services.retencion.held(sesion),
        lambda services, sesion: services.retencion.hold(sesion, "", ""),
        lambda services, sesion: services.retencion.lift(sesion, "", ""),
        lambda services, sesion: services.retencion.purge(sesion, Vencido(Clase.BITACORA, 3650, TODAY, 0, 0)),
    ),
    Permiso.REIMPRIMIR: (
        lambda services, sesion: services.duplicados.find(sesion, NOBODY),
        lambda services, sesion: services.duplicados.last(sesion),
        lambda services, sesion: services.duplicados.print_again(
            sesion, PaperKind.RECIBO, NOBODY, "la perdió"
        ),
    ),
    Permiso.RELEVAR_EQUIPO: (
        lambda services, sesion: services.impresiones.left_behind(sesion),
        lambda services, sesion: services.impresiones.take_over(sesion, "CAJA-9"),
    ),
    Permiso.CUIDAR_IMPRESORAS: (
        lambda services, sesion: services.impresiones.print_test(sesion, "carpeta"),
        lambda services, sesion: services.impresiones.retry(
            sesion, services.impresiones.print_test(sesion, "carpeta").id
        ),
    ),
    Permiso.CONFIGURAR_IMPRESORAS: (
        lambda services, sesion: services.impresoras.set_papers(sesion, {PaperKind.RECIBO: ("carpeta", 2)}),
        lambda services, sesion: services.impresoras.remove_termica(sesion, "Ninguna"),
    ),
    Permiso.IMPORTAR_PADRON: (
        lambda services, sesion: services.padron.import_file(Path("no.csv"), Path(), sesion),
    ),
    Permiso.ADMINISTRAR_REGLAMENTO: (
        lambda services, sesion: services.reglamentos.listed(sesion),
        lambda services, sesion: services.reglamentos.check(sesion, ""),
        lambda services, sesion: services.reglamentos.put(sesion, "", TODAY),
    ),
    Permiso.ADMINISTRAR_USUARIOS: (
        lambda services, sesion: services.usuarios.listed(sesion),
        lambda services, sesion: services.usuarios.create("x", "", Rol.OPERADOR, "", sesion=sesion),
        lambda services, sesion: services.usuarios.reset_password(sesion, "nadie", ""),
        lambda services, sesion: services.usuarios.deactivate(sesion, "nadie"),
        lambda services, sesion: services.usuarios.reactivate(sesion, "nadie"),
        lambda services, sesion: services.usuarios.unlock(sesion, "nadie"),
    ),
    Permiso.AUTORIZAR: (
        lambda services, sesion: services.autorizaciones.pending(sesion),
        lambda services, sesion: services.autorizaciones.approve(sesion, [1]),
        lambda services, sesion: services.autorizaciones.deny(sesion, [1], "falta el original"),
        lambda services, sesion: services.autorizaciones.emergency(sesion, [1], "no hay nadie más " * 3),
        # Whoever's window it is: the second person is the one who must.
        lambda services, sesion: services.autorizaciones.approve_here(
            sign_in(services), sesion.usuario, PASSWORD, [1]
        ),
    ),
    Permiso.VER_TABLERO: (
        lambda services, sesion: services.tablero.mark(sesion),
        lambda services, sesion: services.tablero.hoy(sesion),
        lambda services, sesion: services.tablero.operadores(sesion),
        lambda services, sesion: services.tablero.resumen(sesion, TODAY, TODAY),
        lambda services, sesion: services.tablero.filas(sesion, []),
        lambda services, sesion: services.expedientes.open(sesion, NOBODY),
        lambda services, sesion: services.revisiones.of_days(sesion, TODAY, TODAY, only_open=True),
        lambda services, sesion: services.revisiones.detect_shown(sesion, TODAY, TODAY),
    ),
    Permiso.REVISAR: (
        lambda services, sesion: services.revisiones.review(sesion, 1, ""),
        lambda services, sesion: services.correcciones.close(sesion, NOBODY, ""),
        lambda services, sesion: services.correcciones.listed(sesion, Filtro()),
    ),
    Permiso.ADMINISTRAR_HOJAS: (
        lambda services, sesion: services.hojas.receive(sesion, 1, 10),
        lambda services, sesion: services.hojas.assign(sesion, 1, 10, 4),
        lambda services, sesion: services.hojas.stock(sesion),
        lambda services, sesion: services.hojas.spoil(sesion, 1, "Rota"),
    ),
    Permiso.ANULAR: (
        lambda services, sesion: services.anulaciones.annul_here(sesion, RECIBO, "Era otra", "x", "x"),
    ),
    Permiso.CERRAR_DIA: (
        lambda services, sesion: services.cierres.days(sesion),
        lambda services, sesion: services.cierres.status(sesion, TODAY),
        lambda services, sesion: services.cierres.close(sesion, TODAY),
    ),
    Permiso.EXPORTAR: (
        lambda services, sesion: services.cierres.export(sesion, TODAY, TODAY, Path("/dev/null")),
        lambda services, sesion: services.correcciones.export(sesion, Filtro()),
    ),
}
"""What asks for a Permiso. Add the acting methods of a new service here."""


def test_every_permiso_is_asked_for_by_a_service() -> None:
    assert set(CALLS) == set(Permiso)


def _refused(act: Try, services: Services, sesion: Sesion) -> bool:
    try:
        act(services, sesion)
    except KnownError as error:
        return error.code == "usuario.role"
    return False


@pytest.mark.parametrize("rol", Rol)
@pytest.mark.parametrize("permiso", CALLS)
def test_a_role_does_what_the_table_says(services: Services, permiso: Permiso, rol: Rol) -> None:
    sesion = sign_in_as(services, WHO[rol])
    assert sesion.rol is rol
    may = permiso in PERMISOS[rol]
    assert [_refused(act, services, sesion) for act in CALLS[permiso]] == [not may] * len(CALLS[permiso])


@pytest.mark.parametrize("usuario", ["b.ejemplo", "s.ejemplo"])
def test_who_was_deactivated_while_signed_in_issues_nothing(services: Services, usuario: str) -> None:
    sesion = sign_in_as(services, usuario)
    tramite = ready_to_issue(services, sesion)
    services.usuarios.deactivate(sign_in_as(services, "admin"), usuario)
    for act in (
        lambda: services.claves.issue(sesion, tramite.numero),
        lambda: services.tramites.attend(sesion, CEDULAS[0]),
        lambda: services.duplicados.print_again(sesion, PaperKind.SOLICITUD, tramite.numero, "la perdió"),
    ):
        with pytest.raises(KnownError) as caught:
            act()
        assert caught.value.code == "usuario.inactive"
    assert services.tramites.reload(tramite.numero).emision is None
    issued = services.claves.issue(sign_in(services), tramite.numero)
    assert issued.tramite.emision is not None


def test_the_role_that_counts_is_the_one_the_database_has_now(services: Services) -> None:
    sesion = sign_in_as(services, "b.ejemplo")
    with raw_of(services.database) as raw:
        raw.execute("UPDATE usuario SET rol = 'administrador' WHERE usuario = 'b.ejemplo'")
    with pytest.raises(KnownError) as caught:
        services.tramites.attend(sesion, CEDULAS[0])
    assert caught.value.code == "usuario.role"
