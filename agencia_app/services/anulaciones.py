"""Voiding an issuance: asked for by who finds the mistake, approved by a second person.

Approving is ``Autorizaciones``' business, and voids in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import ReciboRow, TramiteRow
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import Asunto, Autorizacion
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import moment
from agencia_app.models.domain.permisos import Permiso, require
from agencia_app.models.domain.usuario import Sesion
from agencia_app.services import anulacion_rows, autorizacion_rows
from agencia_app.services.autorizaciones import Autorizaciones
from agencia_app.services.usuario_rows import acting
from agencia_app.services.usuarios import Usuarios

_TEXTO = "Anular la emisión del recibo {recibo}, del {emitido}. Su clave queda anulada."


class Anulaciones:
    """Asks for the voiding of an issuance."""

    def __init__(
        self,
        database: Database,
        autorizaciones: Autorizaciones,
        usuarios: Usuarios,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the database, what asks a second person, who checks a password, and the clock (aware)."""
        self._database = database
        self._autorizaciones = autorizaciones
        self._usuarios = usuarios
        self._clock = clock

    def request(self, sesion: Sesion, recibo: str, motivo: str) -> Autorizacion:
        """Ask that the issuance of a recibo be voided; it waits for a supervisor.

        Raises KnownError ``numero.*``, ``recibo.unknown``, ``anulacion.done``,
        ``autorizacion.reason`` or ``autorizacion.too_long``.
        """
        numero = numeros.validate(recibo)
        with acting(self._database, sesion, Permiso.ATENDER) as session:
            row = session.scalars(select(ReciboRow).where(ReciboRow.numero == numero)).one_or_none()
            if row is None:
                raise KnownError("recibo.unknown", recibo=numeros.shown(numero))
            anulacion_rows.check(session, row)
            tramite = session.get_one(TramiteRow, row.tramite_id)
            facts = (
                json.dumps({"recibo": numero}),
                _TEXTO.format(recibo=numeros.shown(numero), emitido=moment(row.emitido_en)),
            )
            asked = autorizacion_rows.add(
                session, sesion, Asunto.ANULACION, tramite, facts, motivo, self._clock()
            )
            value = autorizacion_rows.value_of(session, asked)
            session.commit()
        return value

    def annul_here(self, sesion: Sesion, recibo: str, motivo: str, usuario: str, password: str) -> None:
        """Void an issuance at a supervisor's screen, with a second supervisor's name and password.

        Raises what ``request`` does, KnownError ``usuario.*`` and ``autorizacion.self``; then nothing
        is left waiting.
        """
        require(sesion, Permiso.ANULAR)
        second = self._usuarios.authenticate(usuario, password, sesion.ventanilla, Permiso.AUTORIZAR)
        asked = self.request(sesion, recibo, motivo)
        try:
            self._autorizaciones.approve(second, [asked.id])
        except KnownError:
            if asked.pedida_por == sesion.usuario:
                self._autorizaciones.withdraw(sesion, [asked.id])
            raise
