"""The services a window works with, as one value that the composition root makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from agencia_app.models.domain.fechas import local_date

if TYPE_CHECKING:
    from agencia_app.models.db.session import Database
    from agencia_app.services.accesos import Accesos
    from agencia_app.services.ajustes import Ajustes
    from agencia_app.services.anulaciones import Anulaciones
    from agencia_app.services.auditoria import Auditoria
    from agencia_app.services.autorizaciones import Autorizaciones
    from agencia_app.services.candados import Candados
    from agencia_app.services.cierres import Cierres
    from agencia_app.services.claves import Claves
    from agencia_app.services.correcciones import Correcciones
    from agencia_app.services.dispatcher import Dispatcher
    from agencia_app.services.duplicados import Duplicados
    from agencia_app.services.enlace import Enlace
    from agencia_app.services.equipos import Equipos
    from agencia_app.services.expedientes import Expedientes
    from agencia_app.services.hojas import Hojas
    from agencia_app.services.impresiones import Impresiones
    from agencia_app.services.impresoras import Impresoras
    from agencia_app.services.llaves import Llaves
    from agencia_app.services.padron import Padron
    from agencia_app.services.papeles import Agencia, Papeles
    from agencia_app.services.printing import Printing
    from agencia_app.services.reglamentos import Reglamentos
    from agencia_app.services.respaldos import Respaldos
    from agencia_app.services.retencion import Retencion
    from agencia_app.services.revisiones import Revisiones
    from agencia_app.services.rules import Rules
    from agencia_app.services.solicitudes import Solicitudes
    from agencia_app.services.tablero import Tablero
    from agencia_app.services.tramites import Tramites
    from agencia_app.services.usuarios import Usuarios
    from agencia_app.services.verificacion import Verificacion
    from agencia_app.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a screen or a command may ask for."""

    settings: Settings
    agencia: Agencia
    database: Database
    rules: Rules
    usuarios: Usuarios
    padron: Padron
    tramites: Tramites
    solicitudes: Solicitudes
    claves: Claves
    papeles: Papeles
    printing: Printing
    dispatcher: Dispatcher
    impresiones: Impresiones
    impresoras: Impresoras
    duplicados: Duplicados
    llaves: Llaves
    verificacion: Verificacion
    autorizaciones: Autorizaciones
    anulaciones: Anulaciones
    candados: Candados
    correcciones: Correcciones
    hojas: Hojas
    tablero: Tablero
    expedientes: Expedientes
    auditoria: Auditoria
    accesos: Accesos
    retencion: Retencion
    revisiones: Revisiones
    cierres: Cierres
    respaldos: Respaldos
    ajustes: Ajustes
    equipos: Equipos
    reglamentos: Reglamentos
    enlace: Enlace | None = None  # on a server's database

    def today(self) -> date:
        """Return the calendar day at the agencies, by the server's hour where there is one."""
        return local_date(datetime.now(UTC) if self.enlace is None else self.enlace.hour())
