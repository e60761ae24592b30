"""``agencia doctor``: whether an installation is well, and what is due. It changes nothing."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select

from agencia_app.models.db import grants, guards_check, llave_base
from agencia_app.models.db.session import Database
from agencia_app.models.db.tables import BitacoraCabezaRow, BitacoraRow, CierreRow, ReciboRow
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.fechas import day, local_date, moment, number
from agencia_app.models.domain.retencion import CLASE_TEXT
from agencia_app.services import cifrado, llaves, reloj
from agencia_app.services.respaldos import Respaldos
from agencia_app.services.retencion import Retencion
from agencia_app.services.rules import Rules
from agencia_app.services.sql_dialect import dialect_of
from agencia_app.settings import Settings

_MEGA = 1_000_000
_LITTLE_DISK, _NO_DISK = 1_000 * _MEGA, 200 * _MEGA  # bytes
_MUCH_RECLAIMABLE = 100 * _MEGA
_OLD_BACKUP = timedelta(days=4)  # one a day of work, and a long weekend
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DAY_HOURS = 24
_DAYS_SHOWN = 3
# People that a detail names and the way from their cédula to it does not: somebody took it away.
_LOST_WAYS = (
    "SELECT count(*) FROM bitacora, {people} AS shown "
    "WHERE bitacora.detalle LIKE '%\"cedulas\"%' AND NOT EXISTS "
    "(SELECT 1 FROM acceso WHERE acceso.cedula = shown.value AND acceso.seq = bitacora.seq)"
)
_DAMAGED_PAGES = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
# Without any of these a server may forget what it said was kept.
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class Salud(StrEnum):
    """How one thing is. Only a fault makes the doctor's answer no."""

    BIEN = "bien"
    AVISO = "aviso"
    FALLA = "falla"


@dataclass(frozen=True, slots=True)
class Hallazgo:
    """One thing that was looked at, how it is, and a sentence that says it."""

    que: str
    salud: Salud
    texto: str


class Doctor:
    """Looks at a data folder."""

    def __init__(
        self,
        database: Database,
        config: Settings,
        retencion: Retencion,
        respaldos: Respaldos,
        rules: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the open database, its settings, what knows what is due, the backups, the rules, and the clock (aware)."""
        self._database = database
        self._config = config
        self._retencion = retencion
        self._respaldos = respaldos
        self._rules = rules
        self._clock = clock

    def examine(self) -> tuple[Hallazgo, ...]:
        """Return what was found, thing by thing. Raises KnownError ``base.*``."""
        here = (
            (self._server_pages, self._durable, self._account)
            if self._database.is_postgres
            else (self._pages, self._reclaimable)
        )
        looks = (
            *here, self._guards, self._chain, self._ways, self._days, self._clock_set, self._requisitos, self._disk,
            self._rights, self._encrypted, self._backups, self._due,
        )  # fmt: skip
        return tuple(found for look in looks for found in look())

    # -- the database ------------------------------------------------------------------

    def _read(self, statement: str) -> list[str]:
        return [str(row[0]) for row in self._database.rows(statement)]

    def _pages(self) -> Iterator[Hallazgo]:
        said = self._read("PRAGMA quick_check(1)")
        if said == ["ok"]:
            yield Hallazgo("base", Salud.BIEN, "La base de datos está entera.")
        else:
            yield Hallazgo(
                "base",
                Salud.FALLA,
                "La base de datos está dañada. No siga trabajando: recupere el último respaldo.",
            )

    def _server_pages(self) -> Iterator[Hallazgo]:
        (failures,) = self._read(_DAMAGED_PAGES)
        if failures == "None":
            yield Hallazgo(
                "base",
                Salud.AVISO,
                "El servidor no comprueba sus páginas: pida a quien lo administra que active data_checksums.",
            )
        elif failures == "0":
            yield Hallazgo("base", Salud.BIEN, "El servidor no ha encontrado páginas dañadas.")
        else:
            yield Hallazgo(
                "base",
                Salud.FALLA,
                "El servidor encontró páginas dañadas. No siga trabajando: recupere el último respaldo.",
            )

    def _durable(self) -> Iterator[Hallazgo]:
        off = [each for each in _DURABLE if self._read(f"SELECT current_setting('{each}')") == ["off"]]
        if off:
            yield Hallazgo(
                "servidor",
                Salud.FALLA,
                "Si se va la luz, el servidor puede perder lo que ya se emitió. Pida a quien lo administra que "
                f"encienda: {', '.join(off)}.",
            )
        else:
            yield Hallazgo("servidor", Salud.BIEN, "El servidor guarda en disco antes de dar algo por hecho.")

    def _account(self) -> Iterator[Hallazgo]:
        wrong = grants.wrong(self._database.reader())
        if wrong:
            yield Hallazgo(
                "cuenta",
                Salud.FALLA,
                f"La cuenta del programa no puede en el servidor lo que debe y solo eso: {', '.join(wrong)}. Avise a "
                "quien lo administra; la cuenta propietaria no es para las ventanas.",
            )
        else:
            yield Hallazgo(
                "cuenta", Salud.BIEN, "La cuenta del programa puede en el servidor lo que debe, y nada más."
            )

    def _guards(self) -> Iterator[Hallazgo]:
        wrong, total = guards_check.changed(self._database)
        if wrong:
            yield Hallazgo(
                "protecciones",
                Salud.FALLA,
                f"Faltan o cambiaron protecciones de la base de datos: {', '.join(wrong)}. Alguien las tocó: "
                "verifique la bitácora y avise.",
            )
        else:
            yield Hallazgo("protecciones", Salud.BIEN, f"Las {total} protecciones están en su lugar.")

    def _chain(self) -> Iterator[Hallazgo]:
        with self._database.reading() as session:
            last = session.execute(
                select(BitacoraRow.seq, BitacoraRow.hash).order_by(BitacoraRow.seq.desc()).limit(1)
            ).first()
            head = session.execute(select(BitacoraCabezaRow.seq, BitacoraCabezaRow.hash)).first()
        if last is not None and head is not None and tuple(last) == tuple(head):
            yield Hallazgo(
                "bitacora",
                Salud.BIEN,
                f"La bitácora termina en la fila {number(last.seq)}, como debe. Recórrala con «agencia auditoria "
                "verificar».",
            )
        else:
            yield Hallazgo(
                "bitacora",
                Salud.FALLA,
                "La última fila de la bitácora no es la que se anotó: recórrala con «agencia auditoria verificar».",
            )

    def _ways(self) -> Iterator[Hallazgo]:
        people = dialect_of(self._database).people_in("bitacora.detalle")
        lost = int(self._read(_LOST_WAYS.format(people=people))[0])
        if lost:
            yield Hallazgo(
                "accesos",
                Salud.FALLA,
                f"Faltan {number(lost)} accesos que la bitácora sí registra: alguien los borró.",
            )
        else:
            yield Hallazgo("accesos", Salud.BIEN, "Los accesos a personas están completos.")

    def _days(self) -> Iterator[Hallazgo]:
        closed = select(CierreRow.dia)
        today = local_date(self._clock())
        with self._database.reading() as session:
            pending = session.scalars(
                select(ReciboRow.dia)
                .where(ReciboRow.dia < today, ReciboRow.dia.not_in(closed))
                .distinct()
                .order_by(ReciboRow.dia)
            ).all()
            last = session.scalar(select(func.max(CierreRow.dia)))
        if pending:
            which = ", ".join(map(day, pending[:_DAYS_SHOWN])) + (", …" if len(pending) > _DAYS_SHOWN else "")
            yield Hallazgo("cierres", Salud.AVISO, f"Días sin cerrar: {len(pending)} ({which}).")
        elif last is not None:
            yield Hallazgo("cierres", Salud.BIEN, f"El último día cerrado es el {day(last)}.")
        else:
            yield Hallazgo("cierres", Salud.BIEN, "Todavía no hay días por cerrar.")

    def _clock_set(self) -> Iterator[Hallazgo]:
        now = self._clock()
        with self._database.reading() as session:
            recorded = reloj.behind(session, now)
        if recorded is None:
            yield Hallazgo("reloj", Salud.BIEN, f"El reloj marca {moment(now)}.")
        else:
            yield Hallazgo(
                "reloj",
                Salud.FALLA,
                f"El reloj marca {moment(now)} y lo último registrado es de {moment(recorded)}. Póngalo en hora.",
            )

    def _requisitos(self) -> Iterator[Hallazgo]:
        today = local_date(self._clock())
        try:
            perfil = self._rules.perfil_on(today)
        except KnownError:
            yield Hallazgo(
                "requisitos",
                Salud.FALLA,
                f"Los requisitos «{self._rules.perfil}» no rigen hoy, y no se abren trámites. Ponga una versión que rija con "
                "«agencia reglamento poner», u otros en el ajuste «perfil».",
            )
            return
        if perfil.hasta is not None and self._rules.newest(perfil.hasta + timedelta(days=1)) == perfil:
            yield Hallazgo(
                "requisitos",
                Salud.AVISO,
                f"Los requisitos «{perfil.id}» rigen hasta el {day(perfil.hasta)}, y después no hay otros. Ponga antes una "
                "versión nueva con «agencia reglamento poner».",
            )
        else:
            yield Hallazgo("requisitos", Salud.BIEN, f"Rigen los requisitos «{perfil.key}».")

    # -- the folder --------------------------------------------------------------------

    def _disk(self) -> Iterator[Hallazgo]:
        free = shutil.disk_usage(self._config.data).free
        salud = Salud.FALLA if free < _NO_DISK else Salud.AVISO if free < _LITTLE_DISK else Salud.BIEN
        more = "" if salud is Salud.BIEN else " Libere espacio."
        yield Hallazgo("disco", salud, f"Quedan {_megas(free)} libres.{more}")

    def _rights(self) -> Iterator[Hallazgo]:
        if sys.platform == "win32":
            return  # its rights are lists that no mode shows
        config = self._config
        watched = (config.data, config.database, config.data / llaves.FOLDER)
        # What lies in a folder of its owner alone is theirs alone too.
        opened = [each for each in watched if each.exists() and each.stat().st_mode & _OTHERS]
        if config.data in opened:
            names = ", ".join(str(each) for each in opened)
            yield Hallazgo("permisos", Salud.FALLA, f"Otros usuarios del equipo pueden entrar en: {names}.")
        else:
            yield Hallazgo("permisos", Salud.BIEN, "Solo su dueño entra en la carpeta de datos.")

    def _encrypted(self) -> Iterator[Hallazgo]:
        config = self._config
        if config.base:
            return  # that of a server is its administrator's business
        clear = cifrado.left_in_clear(config)
        lugar = llave_base.lugar(config.data)
        if config.database in clear:
            how = (
                "Cífrela con «agencia cifrar», con la ventana cerrada."
                if llave_base.possible()
                else "En este equipo no se puede: falta el paquete sqlcipher3."
            )
            yield Hallazgo("cifrado", Salud.AVISO, f"La base de datos no está cifrada. {how}")
        elif clear:
            names = ", ".join(each.name for each in clear)
            yield Hallazgo(
                "cifrado", Salud.AVISO, f"Quedan copias sin cifrar: {names}. Cífrelas con «agencia cifrar»."
            )
        elif lugar is not None:
            yield Hallazgo(
                "cifrado", Salud.BIEN, f"La base de datos está cifrada; su llave está en {lugar.value}."
            )

    def _backups(self) -> Iterator[Hallazgo]:
        newest = self._respaldos.newest()
        if not self._config.respaldo_recibe:
            yield Hallazgo(
                "respaldos", Salud.AVISO, "No se hacen respaldos: haga su llave con «agencia respaldo llave»."
            )
        elif newest is None:
            yield Hallazgo("respaldos", Salud.AVISO, "Todavía no se hizo ningún respaldo.")
        else:
            age = self._clock() - newest
            old = age > _OLD_BACKUP
            more = f" Revise que se pueda escribir en {self._config.respaldos}." if old else ""
            yield Hallazgo(
                "respaldos",
                Salud.AVISO if old else Salud.BIEN,
                f"El último respaldo es del {moment(newest)} ({_ago(age)}).{more}",
            )

    def _reclaimable(self) -> Iterator[Hallazgo]:
        free, size = (int(self._read(f"PRAGMA {name}")[0]) for name in ("freelist_count", "page_size"))
        salud = Salud.AVISO if free * size > _MUCH_RECLAIMABLE else Salud.BIEN
        yield Hallazgo("espacio", salud, f"La base de datos puede devolver {_megas(free * size)} al disco.")

    # -- retention ---------------------------------------------------------------------

    def _due(self) -> Iterator[Hallazgo]:
        for each in self._retencion.due():
            if each.cuantos:
                held = f", y {number(each.exceptuados)} exceptuados" if each.exceptuados else ""
                yield Hallazgo(
                    f"retencion.{each.clase.value}",
                    Salud.AVISO,
                    f"{CLASE_TEXT[each.clase]}: hay {number(each.cuantos)} de antes del {day(each.hasta)} por "
                    f"depurar{held}. Lo hace un supervisor en la ventana: Bitácora (F5), Retención.",
                )
            else:
                yield Hallazgo(
                    f"retencion.{each.clase.value}",
                    Salud.BIEN,
                    f"{CLASE_TEXT[each.clase]}: nada por depurar.",
                )


def _ago(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    if hours < _DAY_HOURS:
        return f"hace {hours} horas" if hours != 1 else "hace una hora"
    days = hours // _DAY_HOURS
    return f"hace {days} días" if days != 1 else "hace un día"


def _megas(size: int) -> str:
    return f"{number(size // _MEGA)} MB"
