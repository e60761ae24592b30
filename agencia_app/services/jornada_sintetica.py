"""A seeded working day in the database: 2,200 attentions by twelve operators, and ten misuses.

For tests and benchmarks. It is written straight into the tables, in seconds, as the
services would have left it: every constraint and trigger holds, the recibos are gapless and sealed, and
the bitácora is one whole chain. No clave is behind it: all rows carry one hash of nobody's.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from agencia_app import settings
from agencia_app.models.db.tables import (
    AccesoRow,
    AnulacionRow,
    AutorizacionRow,
    Base,
    BitacoraCabezaRow,
    BitacoraRow,
    ClaveRow,
    ContactoRow,
    DocumentoRow,
    ImpresionRow,
    PersonaRow,
    ReciboRow,
    SecuenciaRow,
    TramiteRow,
    UsuarioRow,
)
from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import ASUNTO_TEXT, Asunto, EstadoAutorizacion
from agencia_app.models.domain.calidad import Calidad, calidad_of
from agencia_app.models.domain.clave import EstadoClave, EstadoHoja
from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.fechas import local_date
from agencia_app.models.domain.impresion import EstadoImpresion, PaperKind
from agencia_app.models.domain.persona import Persona
from agencia_app.models.domain.requisitos import FormatoCedula
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.tramite import EstadoTramite
from agencia_app.models.domain.usuario import Rol, Sesion
from agencia_app.models.domain.votacion import Exencion, exemption, last_election
from agencia_app.services import bitacora, demostracion, jornada_plan, padron_sintetico, recibos
from agencia_app.services.hashing import hasher
from agencia_app.services.jornada_plan import OPERATORS, SUPERVISOR, Atencion, Fin, Limits, Plan, Planner
from agencia_app.services.papeles import presented

if TYPE_CHECKING:
    from agencia_app.services.registry import Services

PASSWORD = demostracion.USERS[0].password  # of every user made here
_PEOPLE = jornada_plan.ATTENTIONS + 200
_SATURDAY = 5
_AT_ONCE = 500  # rows that a server has room for: one that leaves them waiting is taken for gone
_EXPIRES = date(2035, 1, 1)  # every cédula shown
_CHAINED = tuple(column.name for column in BitacoraRow.__table__.columns)
_TOGETHER = (Regla.SUSTITUTOS_SEGUIDOS, Regla.CONSULTAS_SIN_TRAMITE)  # one misuse over several trámites
_REASON = {
    Asunto.DOCUMENTO_FALTANTE: "Es persona adulta mayor y trae el original",
    Asunto.SEGUNDA_CLAVE: "Perdió la hoja",
    Asunto.CONTACTO_CAMBIADO: "Ya no usa el anterior",
    Asunto.ANULACION: "La persona no era la de la cédula",
}
_FINS = {
    Fin.ENTREGADA: EstadoTramite.TERMINADO,
    Fin.SIN_CONFIRMAR: EstadoTramite.EMITIDO,
    Fin.ABIERTO: EstadoTramite.ABIERTO,
    Fin.PENDIENTE: EstadoTramite.PENDIENTE,
    Fin.CANCELADO: EstadoTramite.CANCELADO,
}


@dataclass(frozen=True, slots=True)
class Plantado:
    """A misuse that was planted: the rule that should find it, who did it, and in which trámites.

    Empty ``tramites``: it is about the person alone.
    """

    regla: Regla
    usuario: str
    tramites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Jornada:
    """What was written: the day, who may sign in, how many claves, and the misuses."""

    dia: date
    operadores: tuple[Sesion, ...]
    supervisores: tuple[Sesion, ...]
    atenciones: int
    emitidas: int
    plantados: tuple[Plantado, ...]


def last_weekday(now: datetime) -> date:
    """Return the latest day from Monday to Friday before today."""
    dia = local_date(now) - timedelta(days=1)
    while dia.weekday() >= _SATURDAY:
        dia -= timedelta(days=1)
    return dia


def write(services: Services, dia: date, seed: int = 17) -> Jornada:
    """Write a working day into an agency's database and say what is in it.

    ``dia`` is a day from Monday to Friday. The operators are ``a.ejemplo`` to ``l.ejemplo`` and the
    supervisors ``s.ejemplo`` and ``t.ejemplo``, all with ``PASSWORD`` unless they were there. Raises
    KnownError ``base.*`` or ``llave.missing``.
    """
    config = services.settings
    limits = Limits(
        config.dias_segunda_clave, config.sustitutos_seguidos, config.consultas_sin_tramite, config.cierra
    )
    hashed = hasher().hash(PASSWORD)
    with services.database.unit_of_work() as session:
        people, stopped = _people(session, services, dia, seed)
        plan = Planner(dia, people, stopped, seed, limits).plan()
        users = _users(session, dia, hashed)
        writer = _Writer(session, services, dia, users, hashed)
        writer.write([*(each for each, _ in people), *stopped], plan)
        session.commit()
    return Jornada(
        dia,
        tuple(replace(each, ventanilla=place + 1) for place, each in enumerate(users[:OPERATORS])),
        tuple(users[SUPERVISOR:]),
        len(plan.atenciones),
        sum(each.emitida for each in plan.atenciones),
        tuple(_planted(plan, users, writer.numeros)),
    )


def _people(
    session: Session, services: Services, dia: date, seed: int
) -> tuple[list[tuple[Persona, Exencion | None]], list[Persona]]:
    """Return people who are not in the padrón yet: who may be attended with their exemption, and who may not."""
    election = last_election(services.rules.elections_on(dia), dia)
    known = set(session.scalars(select(PersonaRow.cedula)))
    new = [each for each in padron_sintetico.generate(2 * _PEOPLE, seed) if each.cedula not in known]
    stopped = [each for each in new if services.tramites.stop_for(each) is not None]
    # Whose employer signs first is left out: the day is of those who walk in.
    walk_in = [each for each in new if calidad_of(each.tipo_prestacion) is not Calidad.DEPENDENCIA]
    may_come = [each for each in walk_in if services.tramites.stop_for(each) is None]
    return [(each, exemption(each, election)) for each in may_come[:_PEOPLE]], stopped[: jornada_plan.STOPPED]


def _users(session: Session, dia: date, hashed: str) -> list[Sesion]:
    """Return the operators and, after them, two supervisors; those who are missing are made."""
    wanted = [(letter, Rol.OPERADOR) for letter in "abcdefghijkl"[:OPERATORS]]
    users = []
    for letter, rol in (*wanted, ("s", Rol.SUPERVISOR), ("t", Rol.SUPERVISOR)):
        name = f"{letter}.ejemplo"
        row = session.scalars(select(UsuarioRow).where(UsuarioRow.usuario == name)).one_or_none()
        if row is None:
            made = datetime.combine(dia - timedelta(days=400), time(12), UTC)
            row = UsuarioRow(
                usuario=name, nombre=f"{letter.upper()}. Ejemplo", rol=rol, clave_hash=hashed, creado_en=made
            )
            session.add(row)
            session.flush()
        users.append(Sesion(row.id, row.usuario, row.nombre, row.rol, OPERATORS))
    return users


def _planted(plan: Plan, users: Sequence[Sesion], names: dict[int, str]) -> Iterator[Plantado]:
    yield Plantado(Regla.OPERADOR_SOBRE_LOS_DEMAS, users[plan.sobre].usuario, frozenset())
    for each in plan.atenciones:
        if each.planted is not None and each.planted not in _TOGETHER:
            yield Plantado(each.planted, users[each.operador].usuario, frozenset({names[id(each)]}))
    for regla in _TOGETHER:
        several = [each for each in plan.atenciones if each.planted is regla]
        usuario = users[several[0].operador].usuario
        yield Plantado(regla, usuario, frozenset(names[id(each)] for each in several))


class _Writer:
    """Turns a plan into rows. Ids and numbers go on from what the database has."""

    def __init__(
        self, session: Session, services: Services, dia: date, users: Sequence[Sesion], hashed: str
    ) -> None:
        self.numeros: dict[int, str] = {}  # of each planned attention, by identity: the trámite's
        self._session = session
        self._users = users
        self._hashed = hashed
        self._agencia = services.agencia
        self._demostracion = services.settings.demostracion
        self._vigencia = timedelta(days=services.settings.vigencia_clave_dias)
        self._signer = services.llaves.signer(session)
        self._perfil = services.rules.perfil_on(dia)
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self._next: dict[type[Base], int] = {}
        self._resolved: list[dict[str, Any]] = []
        self._valid: dict[str, dict[str, Any]] = {}  # by cédula: the clave that is in force
        self._sequences: dict[tuple[str, int], int] = {
            (row.serie, row.anio): row.ultimo for row in session.scalars(select(SecuenciaRow))
        }
        self._events: list[tuple[datetime, Sesion, Evento, str, dict[str, object]]] = []

    def write(self, people: Sequence[Persona], plan: Plan) -> None:
        """Write the people and everything planned."""
        self._rows[PersonaRow] = [
            {name: getattr(each, name) for name in Persona.__slots__} for each in people
        ]
        attentions = [*plan.anteriores, *plan.atenciones]
        tramites = {id(each): self._tramite(each) for each in attentions}
        issued = sorted((each for each in attentions if each.emitida), key=_issued_at)
        for each in issued:
            self._issue(each, tramites[id(each)])
        for lookup in plan.consultas:
            who = self._who(lookup.operador)
            self._event(lookup.en, who, Evento.CONSULTA_PERSONA, cedulas=[lookup.cedula])
            if lookup.detenida:
                told = lookup.en + timedelta(seconds=1)
                self._event(told, who, Evento.CONSULTA_DETENIDA, cedulas=[lookup.cedula], motivo="suspendido")
        self._flush()

    def _who(self, operador: int) -> Sesion:
        return replace(self._users[operador], ventanilla=min(operador + 1, OPERATORS))

    def _tramite(self, plan: Atencion) -> dict[str, Any]:
        who = self._who(plan.operador)
        person = plan.persona
        ready = plan.emitida
        numero, _, _ = self._number(numeros.Kind.TRAMITE, plan.empieza)
        self.numeros[id(plan)] = numero
        row: dict[str, Any] = {
            "id": self._id(TramiteRow), "numero": numero, "cedula": person.cedula, "perfil": self._perfil.key,
            "estado": _FINS[plan.fin], "operador_id": who.usuario_id, "ventanilla": who.ventanilla,
            "dia": local_date(plan.empieza), "abierto_en": plan.empieza,
            "cerrado_en": plan.at(1) if plan.fin in {Fin.ENTREGADA, Fin.CANCELADO} else None,
            "formato_cedula": FormatoCedula.ELECTRONICA, "vencimiento_cedula": _EXPIRES,
            "correo": plan.correo, "celular": plan.celular, "correo_antes": person.correo,
            "celular_antes": person.celular, "comprobada": False, "identidad_en": plan.at(0.2),
            "requisitos_en": plan.at(0.5) if ready else None, "aceptado_en": plan.at(0.62) if ready else None,
            "firmado_en": plan.at(0.75) if ready else None,
        }  # fmt: skip
        self._add(TramiteRow, row)
        for order, each in enumerate(plan.documentos if plan.fin is not Fin.CANCELADO else ()):
            values = {name: getattr(each, name) for name in type(each).__slots__}
            self._add(DocumentoRow, values | {"tramite_id": row["id"], "orden": order})
        self._event(plan.empieza, who, Evento.TRAMITE_ABIERTO, numero)
        changed = (plan.correo, plan.celular) != (person.correo, person.celular)
        self._event(
            plan.at(0.2), who, Evento.IDENTIDAD_CONFIRMADA, numero, formato="electronica",
            vencimiento=_EXPIRES.isoformat(), contacto_cambiado=changed,
        )  # fmt: skip
        if plan.fin is Fin.PENDIENTE:
            self._event(plan.at(1), who, Evento.TRAMITE_PENDIENTE, numero, faltas=1)
            self._paper(plan, row["id"], PaperKind.PENDIENTES, 1, EstadoImpresion.IMPRESO)
        elif plan.fin is Fin.CANCELADO:
            self._event(plan.at(1), who, Evento.TRAMITE_CANCELADO, numero)
        for asunto in plan.asuntos:
            if asunto is not Asunto.ANULACION:
                self._authorise(plan, row["id"], asunto, plan.at(0.52), plan.at(0.58))
        return row

    def _issue(self, plan: Atencion, tramite: dict[str, Any]) -> None:
        who, now, numero = self._who(plan.operador), _issued_at(plan), tramite["numero"]
        summary = ", ".join(
            f"{each.requisito}: {each.motivo or each.alternativa or 'presentado'}" for each in plan.documentos
        )
        self._event(plan.at(0.5), who, Evento.REQUISITOS_CUMPLIDOS, numero, documentos=summary)
        self._event(plan.at(0.62), who, Evento.CONSIDERACIONES_ACEPTADAS, numero)
        self._paper(plan, tramite["id"], PaperKind.SOLICITUD, 0.62)
        self._event(plan.at(0.75), who, Evento.SOLICITUD_FIRMADA, numero)
        earlier = self._valid.pop(plan.persona.cedula, None)
        if earlier is not None:
            earlier |= {"estado": EstadoClave.DESACTIVADA, "fin_en": now}
        clave = self._clave(plan, tramite, 1, now)
        recibo = self._recibo(plan, tramite, now, replaced=earlier is not None)
        self._event(
            now, who, Evento.CLAVE_EMITIDA, numero, recibo=recibo["numero"],
            anterior_desactivada=earlier is not None,
        )  # fmt: skip
        if (plan.correo, plan.celular) != (plan.persona.correo, plan.persona.celular):
            self._add(
                ContactoRow,
                {"cedula": plan.persona.cedula, "correo": plan.correo, "celular": plan.celular,
                 "actualizado_en": now},
            )  # fmt: skip
            self._event(now, who, Evento.CONTACTO_CAMBIADO, numero)
        if plan.danada:
            spoiled = plan.at(0.87)
            clave |= {"estado": EstadoClave.ANULADA, "hoja": EstadoHoja.DANADA, "fin_en": spoiled}
            self._paper(plan, tramite["id"], PaperKind.HOJA_CLAVE, 0.8, EstadoImpresion.FALLIDO, ejemplar=1)
            clave = self._clave(plan, tramite, 2, spoiled)
            self._event(spoiled, who, Evento.HOJA_DANADA, numero, intento=1)
            self._event(spoiled, who, Evento.CLAVE_REEMPLAZADA, numero, intento=2)
        self._valid[plan.persona.cedula] = clave
        slip, paper = EstadoImpresion.IMPRESO, EstadoImpresion.EN_COLA
        if plan.fin is Fin.ENTREGADA:
            slip = paper = EstadoImpresion.CONFIRMADO
            self._event(plan.at(0.93), who, Evento.HOJA_ENTREGADA, numero, intento=clave["intento"])
            self._event(plan.at(1), who, Evento.TRAMITE_TERMINADO, numero)
        self._paper(plan, tramite["id"], PaperKind.HOJA_CLAVE, 0.88, slip, ejemplar=clave["intento"])
        self._paper(plan, tramite["id"], PaperKind.RECIBO, 0.94, paper)
        if plan.anulada:
            self._void(plan, tramite, clave, recibo)

    def _clave(self, plan: Atencion, tramite: dict[str, Any], intento: int, now: datetime) -> dict[str, Any]:
        delivered = plan.fin is Fin.ENTREGADA
        row: dict[str, Any] = {
            "id": self._id(ClaveRow), "cedula": plan.persona.cedula, "tramite_id": tramite["id"],
            "intento": intento, "hash": self._hashed, "estado": EstadoClave.VIGENTE,
            "hoja": EstadoHoja.ENTREGADA if delivered else EstadoHoja.POR_CONFIRMAR, "emitida_en": now,
            "vence_en": _issued_at(plan) + self._vigencia, "fin_en": None,
        }  # fmt: skip
        self._add(ClaveRow, row)
        return row

    def _recibo(
        self, plan: Atencion, tramite: dict[str, Any], now: datetime, *, replaced: bool
    ) -> dict[str, Any]:
        who = self._who(plan.operador)
        numero, year, sequence = self._number(numeros.Kind.RECIBO, now)
        content = recibos.ReciboContent(
            agencia_codigo=self._agencia.codigo,
            agencia_nombre=self._agencia.nombre,
            numero=numero,
            tramite=tramite["numero"],
            ventanilla=who.ventanilla,
            operador=who.usuario,
            emitido_en=now,
            nombre=plan.persona.nombre_completo,
            cedula_mascara=cedulas.mask(plan.persona.cedula),
            calidad=plan.persona.prestacion,
            documentos=presented(self._perfil.for_person(plan.persona), plan.documentos),
            anterior_desactivada_en=now if replaced else None,
            vence_en=now + self._vigencia,
            demostracion=self._demostracion,
        )
        sealed = recibos.seal(self._signer, content, plan.documentos)
        row: dict[str, Any] = {
            "id": self._id(ReciboRow), "numero": numero, "anio": year, "secuencia": sequence,
            "tramite_id": tramite["id"], "operador_id": who.usuario_id, "ventanilla": who.ventanilla,
            "dia": tramite["dia"], "emitido_en": now,
            "anterior_desactivada_en": content.anterior_desactivada_en, "contenido": sealed.contenido,
            "huella": sealed.huella, "llave": sealed.llave, "firma": sealed.firma,
        }  # fmt: skip
        self._add(ReciboRow, row)
        return row

    def _authorise(
        self, plan: Atencion, tramite_id: int, asunto: Asunto, asked: datetime, answered: datetime
    ) -> int:
        """Record a request and its approval; a lone supervisor's own is an emergency."""
        who, numero = self._who(plan.operador), self.numeros[id(plan)]
        other = who if plan.emergencia else self._users[SUPERVISOR + 1]
        row: dict[str, Any] = {
            "id": self._id(AutorizacionRow), "asunto": asunto, "tramite_id": tramite_id,
            "alcance": json.dumps({"asunto": asunto.value}), "texto": ASUNTO_TEXT[asunto],
            "razon": _REASON[asunto], "estado": EstadoAutorizacion.PEDIDA, "pedida_por": who.usuario_id,
            "pedida_en": asked, "ventanilla": who.ventanilla,
        }  # fmt: skip
        self._add(AutorizacionRow, row)
        self._resolved.append(
            {"b_id": row["id"], "estado": EstadoAutorizacion.APROBADA, "resuelta_por": other.usuario_id,
             "resuelta_en": answered, "emergencia": plan.emergencia,
             "comentario": "No hay otro supervisor hoy" if plan.emergencia else ""},
        )  # fmt: skip
        self._event(asked, who, Evento.AUTORIZACION_PEDIDA, numero, asunto=asunto.value)
        done = Evento.AUTORIZACION_EMERGENCIA if plan.emergencia else Evento.AUTORIZACION_APROBADA
        self._event(answered, other, done, numero, asunto=asunto.value)
        return int(row["id"])

    def _void(
        self, plan: Atencion, tramite: dict[str, Any], clave: dict[str, Any], recibo: dict[str, Any]
    ) -> None:
        who, asked = self._who(plan.operador), plan.at(1.2)
        now = plan.at(1.5)
        autorizacion = self._authorise(plan, tramite["id"], Asunto.ANULACION, asked, now)
        self._add(
            AnulacionRow,
            {"id": self._id(AnulacionRow), "recibo_id": recibo["id"], "autorizacion_id": autorizacion,
             "motivo": _REASON[Asunto.ANULACION], "operador_id": who.usuario_id,
             "ventanilla": who.ventanilla, "dia": tramite["dia"], "anulada_en": now},
        )  # fmt: skip
        clave |= {"estado": EstadoClave.ANULADA, "fin_en": now}
        del self._valid[plan.persona.cedula]
        self._event(now, who, Evento.RECIBO_ANULADO, tramite["numero"], recibo=recibo["numero"])

    def _paper(
        self,
        plan: Atencion,
        tramite_id: int,
        papel: PaperKind,
        share: float,
        estado: EstadoImpresion = EstadoImpresion.CONFIRMADO,
        ejemplar: int = 0,
    ) -> None:
        who, moment = self._who(plan.operador), plan.at(share)
        self._add(
            ImpresionRow,
            {"papel": papel, "tramite_id": tramite_id, "cedula": None, "ejemplar": ejemplar, "motivo": "",
             "copias": 1, "impresora": "" if estado is EstadoImpresion.EN_COLA else settings.FOLDER,
             "referencia": "", "estado": estado, "intentos": 1, "error": "", "mensaje": "",
             "operador_id": who.usuario_id, "ventanilla": who.ventanilla, "creado_en": moment,
             "actualizado_en": moment},
        )  # fmt: skip

    def _number(self, kind: numeros.Kind, now: datetime) -> tuple[str, int, int]:
        year = local_date(now).year
        key = (kind.name.lower(), year)
        sequence = self._sequences[key] = self._sequences.get(key, 0) + 1
        return numeros.build(kind, self._agencia.codigo, year, sequence), year, sequence

    def _id(self, table: type[Base]) -> int:
        if table not in self._next:
            last = self._session.execute(select(func.max(_table(table).c.id))).scalar()
            self._next[table] = (last or 0) + 1
        self._next[table] += 1
        return self._next[table] - 1

    def _add(self, table: type[Base], row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _event(self, en: datetime, who: Sesion, evento: Evento, numero: str = "", **detalle: object) -> None:
        self._events.append((en, who, evento, numero, detalle))

    def _flush(self) -> None:
        """Write the rows in an order that every constraint and trigger accepts."""
        self._insert(PersonaRow, TramiteRow, DocumentoRow, ContactoRow, AutorizacionRow)
        table = _table(AutorizacionRow)
        # An autorización is born pedida.
        self._session.connection().execute(
            update(table).where(table.c.id == bindparam("b_id")), self._resolved
        )
        self._insert(ClaveRow, ReciboRow, AnulacionRow, ImpresionRow)
        for (serie, year), last in self._sequences.items():
            row = self._session.get(SecuenciaRow, (serie, year))
            if row is None:
                self._session.add(SecuenciaRow(serie=serie, anio=year, ultimo=last))
            else:
                row.ultimo = last
        self._session.flush()
        self._chain()
        self._insert(BitacoraRow, AccesoRow)
        if self._session.get_bind().dialect.name == "postgresql":
            self._go_on_after_these()

    def _go_on_after_these(self) -> None:
        """Let a server's own counters go on after the ids that were given here."""
        for table in self._next:
            counter = func.nextval(func.pg_get_serial_sequence(_table(table).name, "id"))
            # One by one: the application's account may draw a number, and set none.
            given = func.generate_series(1, len(self._rows.get(table, ())))
            self._session.execute(select(func.max(counter)).select_from(given))

    def _insert(self, *tables: type[Base]) -> None:
        for table in tables:
            rows = self._rows.get(table, [])
            for first in range(0, len(rows), _AT_ONCE):
                self._session.connection().execute(insert(_table(table)), rows[first : first + _AT_ONCE])

    def _chain(self) -> None:
        """Seal the events one over the other, by their time, as ``bitacora.record`` does."""
        head = self._session.execute(select(BitacoraCabezaRow.seq, BitacoraCabezaRow.hash)).one()
        seq, previous = head.seq, head.hash
        for en, who, evento, numero, detalle in sorted(self._events, key=lambda each: each[0]):
            seq += 1
            text = json.dumps(detalle, ensure_ascii=False, sort_keys=True)
            sal = secrets.token_hex(16)
            row = BitacoraRow(
                seq=seq,
                en=en.astimezone(UTC).isoformat(timespec="microseconds"),
                actor=who.usuario,
                ventanilla=who.ventanilla,
                accion=evento.value,
                tramite=numero,
                detalle=text,
                sal=sal,
                compromiso=bitacora.commitment(sal, text),
                hash_previo=previous,
            )
            row.hash = previous = bitacora.seal(row)
            self._add(BitacoraRow, {name: getattr(row, name) for name in _CHAINED})
            for cedula in cast("list[str]", detalle.get("cedulas", [])):
                self._add(AccesoRow, {"cedula": cedula, "seq": seq})


def _issued_at(plan: Atencion) -> datetime:
    return plan.at(0.8)


def _table(row: type[Base]) -> Table:
    return cast("Table", row.__table__)
