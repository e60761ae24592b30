"""What each role may do. The services ask here before they act; screens only hide what this refuses.

Three hands: who attends does not authorise his own exceptions, who supervises does not make
users, and who makes users and settings neither attends nor authorises.
"""

from __future__ import annotations

from enum import StrEnum

from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.usuario import Rol, Sesion


class Permiso(StrEnum):
    """One thing that a role may do or not."""

    ATENDER = "atender"  # the wizard, from cédula to recibo, and asking for an autorización
    CONSULTAR_PADRON = "consultar_padron"
    REIMPRIMIR = "reimprimir"
    AUTORIZAR = "autorizar"
    VER_TABLERO = "ver_tablero"
    REVISAR = "revisar"
    ANULAR = "anular"
    ADMINISTRAR_HOJAS = "administrar_hojas"
    CERRAR_DIA = "cerrar_dia"
    EXPORTAR = "exportar"
    VERIFICAR_BITACORA = "verificar_bitacora"
    VER_ACCESOS = "ver_accesos"
    DEPURAR = "depurar"  # purging and the list of what is held back from it
    ADMINISTRAR_USUARIOS = "administrar_usuarios"
    IMPORTAR_PADRON = "importar_padron"
    CONFIGURAR_IMPRESORAS = "configurar_impresoras"
    RELEVAR_EQUIPO = "relevar_equipo"  # take over the papers that a machine left
    ADMINISTRAR_REGLAMENTO = "administrar_reglamento"  # versions of the requisitos, elections and agencies
    CUIDAR_IMPRESORAS = "cuidar_impresoras"  # what waits at them: again, elsewhere, came out; a test page


_OPERADOR = frozenset(
    {Permiso.ATENDER, Permiso.CONSULTAR_PADRON, Permiso.REIMPRIMIR, Permiso.CUIDAR_IMPRESORAS}
)
_ADMINISTRADOR = frozenset(
    {
        Permiso.CONSULTAR_PADRON,
        Permiso.VERIFICAR_BITACORA,
        Permiso.ADMINISTRAR_USUARIOS,
        Permiso.IMPORTAR_PADRON,
        Permiso.CONFIGURAR_IMPRESORAS,
        Permiso.ADMINISTRAR_REGLAMENTO,
        Permiso.CUIDAR_IMPRESORAS,
    }
)
_SUPERVISOR = _OPERADOR | {
    Permiso.AUTORIZAR,
    Permiso.VER_TABLERO,
    Permiso.REVISAR,
    Permiso.ANULAR,
    Permiso.ADMINISTRAR_HOJAS,
    Permiso.CERRAR_DIA,
    Permiso.EXPORTAR,
    Permiso.VERIFICAR_BITACORA,
    Permiso.VER_ACCESOS,
    Permiso.DEPURAR,
    Permiso.RELEVAR_EQUIPO,
}

PERMISOS: dict[Rol, frozenset[Permiso]] = {
    Rol.OPERADOR: _OPERADOR,
    Rol.SUPERVISOR: _SUPERVISOR,
    Rol.ADMINISTRADOR: _ADMINISTRADOR,
}


def may(sesion: Sesion, permiso: Permiso) -> bool:
    """Tell whether the role of a session may do something."""
    return permiso in PERMISOS[sesion.rol]


def require(sesion: Sesion, permiso: Permiso) -> None:
    """Raise KnownError ``usuario.role``, with the roles that may, when this session may not."""
    if not may(sesion, permiso):
        raise KnownError("usuario.role", roles=tuple(rol.value for rol in Rol if permiso in PERMISOS[rol]))
