"""What the screen of the close says: blockers, and the figures of a day as rich text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.autorizacion import ASUNTO_TEXT
from agencia_app.models.domain.cierre import Bloqueo, TipoBloqueo, Totales
from agencia_app.models.domain.fechas import day, local, long_day, number

if TYPE_CHECKING:
    from datetime import date

    from agencia_app.models.domain.cierre import EstadoDia

TIPO_TEXT = {
    TipoBloqueo.BORRADOR: "Trámite abierto, sin emitir",
    TipoBloqueo.HOJA_POR_CONFIRMAR: "Falta confirmar la hoja de clave",
    TipoBloqueo.SIN_TERMINAR: "Falta entregar el recibo",
}


def day_name(dia: date, today: date, *, closed: bool) -> str:
    """Return how a day is named in the list of days."""
    tail = " · cerrado" if closed else " · hoy" if dia == today else ""
    return long_day(dia).capitalize() + tail


def blocker(each: Bloqueo, dia: date) -> tuple[str, str, object]:
    """Return the two lines of a blocker, and itself."""
    opened = f"{local(each.abierto_en):%H:%M}"
    when = opened if each.dia == dia else f"{day(each.dia)} {opened}"
    return (
        f"{each.persona} · {TIPO_TEXT[each.tipo]}",
        f"Ventanilla {each.ventanilla} · {each.operador} · trámite {numeros.shown(each.tramite)} · abierto {when}",
        each,
    )


def state(estado: EstadoDia) -> str:
    """Say in a line how a day stands."""
    cierre = estado.cierre
    if cierre is not None:
        when = local(cierre.cerrado_en)
        return f"Cerrado el {day(when.date())} a las {when:%H:%M} por {cierre.cerrado_por}."
    count = len(estado.bloqueos)
    if not count:
        return "No falta nada: el día se puede cerrar."
    return "Falta terminar un trámite." if count == 1 else f"Falta terminar {count} trámites."


def figures(totales: Totales) -> str:
    """Return the figures of a day as two tables and some lines."""
    counts = (
        ("Claves emitidas", totales.emitidos),
        ("De ellas, tardías", totales.tardios),
        ("Emisiones anuladas", len(totales.anuladas)),
        ("Trámites pendientes", totales.pendientes),
        ("Trámites cancelados", totales.cancelados),
        ("Duplicados impresos", totales.duplicados),
        ("Por revisar", totales.por_revisar),
    )
    rows = "".join(_row(name, (number(value),)) for name, value in counts)
    slips = (number(totales.impresas), number(totales.entregadas), number(totales.danadas))
    lines = ["Hojas de clave: impresas {} = entregadas {} + dañadas {}.".format(*slips)]
    numbered = totales.numeradas
    if numbered is not None:
        lines.append(
            f"Numeradas: había {number(numbered.anteriores)} + recibidas {number(numbered.recibidas)} = usadas "
            f"{number(numbered.emitidas)} + dañadas {number(numbered.danadas)} + quedan {number(numbered.quedan)}."
        )
    lines += [
        f"{ASUNTO_TEXT[each.asunto]}: {each.aprobadas} aprobadas, {each.negadas} negadas."
        for each in totales.excepciones
    ]
    if totales.emergencias:
        lines.append(f"Aprobadas por un supervisor solo: {len(totales.emergencias)}.")
    return f"<table>{rows}</table><p>{'<br>'.join(map(escape, lines))}</p>"


def operators(totales: Totales) -> str:
    """Return what each operator issued, by calidad, as a table; empty when nobody did."""
    if not totales.operadores:
        return ""
    head = _row("Operador", ("Jubilación", "Montepío", "Afiliado", "Total"))
    rows = "".join(
        _row(
            each.nombre or each.usuario,
            tuple(number(count) for count in (each.jubilacion, each.montepio, each.afiliado, each.total)),
        )
        for each in totales.operadores
    )
    return f"<table>{head}{rows}</table>"


def _row(name: str, values: tuple[str, ...]) -> str:
    cells = "".join(f'<td align="right" style="padding-left: 18px"><b>{value}</b></td>' for value in values)
    return f"<tr><td>{escape(name)}</td>{cells}</tr>"
