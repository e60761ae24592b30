"""What the board says of a trámite, a figure and a rule, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain.calidad import CALIDAD_TEXT
from agencia_app.models.domain.fechas import local, number
from agencia_app.models.domain.revision import Regla
from agencia_app.models.domain.tablero import Columna, EstadoFila, Fila, Resumen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TITLES = {
    Columna.HORA: "Hora",
    Columna.RECIBO: "Recibo",
    Columna.PENSIONISTA: "Pensionista",
    Columna.CALIDAD: "Calidad",
    Columna.VENTANILLA: "Ventanilla",
    Columna.OPERADOR: "Operador",
    Columna.DOCUMENTOS: "Documentos",
    Columna.ESTADO: "Estado",
}
# Each state's word, and the colour of its dot and word.
ESTADO = {
    EstadoFila.ATENDIENDO: ("En atención", "structure"),
    EstadoFila.PENDIENTE: ("Con pendientes", "missing_text"),
    EstadoFila.SIN_CONFIRMAR: ("Hoja sin confirmar", "missing_text"),
    EstadoFila.ENTREGADA: ("Entregada", "success_text"),
    EstadoFila.ANULADA: ("Anulada", "stop"),
    EstadoFila.CANCELADO: ("Cancelado", "muted"),
}
_SUSTITUTO = {"presentacion": "presentación", "justificativo": "justificativo", "sancion": "sanción"}
_REGLA = {  # one, and several
    Regla.SEGUNDA_CLAVE: ("reemisión en pocos días", "reemisiones en pocos días"),
    Regla.CONTACTO_CAMBIADO: ("contacto cambiado", "contactos cambiados"),
    Regla.OPERADOR_SOBRE_LOS_DEMAS: ("operador sobre los demás", "operadores sobre los demás"),
    Regla.FUERA_DE_HORARIO: ("fuera de horario", "fuera de horario"),
    Regla.SUSTITUTOS_SEGUIDOS: ("serie de sustitutos", "series de sustitutos"),
    Regla.CONSULTAS_SIN_TRAMITE: ("serie de consultas", "series de consultas"),
    Regla.EMERGENCIA: ("emergencia", "emergencias"),
    Regla.MUESTRA: ("de la muestra", "de la muestra"),
}
# The sample is drawn, and tells of nothing: any other rule is named before it.
_FIRST = [each for each in Regla if each is not Regla.MUESTRA]


def cell(fila: Fila, columna: Columna, *, dated: bool) -> str:
    """Return what a cell says; ``dated`` puts the day before the hour."""
    return hour(fila, dated=dated) if columna is Columna.HORA else _CELLS[columna](fila)


def hour(fila: Fila, *, dated: bool) -> str:
    """Return the time of day, with its day where that is not the only one shown."""
    there = local(fila.hora)
    return f"{there:%d/%m %H:%M}" if dated or fila.tardia else f"{there:%H:%M}"


def short_name(fila: Fila) -> str:
    """Return the surnames and an initial: ``FICTICIA NÚÑEZ M.``."""
    return f"{fila.apellidos} {fila.nombres[:1]}." if fila.nombres else fila.apellidos


def documents(fila: Fila) -> str:
    """Return how much was shown, and what else was let pass: ``2 de 3 · autorizado``."""
    if not fila.documentos:
        return "—"
    parts = [f"{fila.vistos} de {fila.documentos}"]
    if fila.sustituto:
        parts.append(_SUSTITUTO.get(fila.sustituto, fila.sustituto))
    if fila.autorizado:
        parts.append("autorizado")
    return " · ".join(parts)


def estado(fila: Fila) -> str:
    """Return the state's word; what came after the close says so."""
    word = ESTADO[fila.estado][0]
    return f"{word} · tardía" if fila.tardia else word


_CELLS: dict[Columna, Callable[[Fila], str]] = {
    Columna.RECIBO: lambda fila: numeros.shown(fila.recibo) if fila.recibo else "—",
    Columna.PENSIONISTA: short_name,
    Columna.CALIDAD: lambda fila: CALIDAD_TEXT[fila.calidad],
    Columna.VENTANILLA: lambda fila: str(fila.ventanilla),
    Columna.OPERADOR: lambda fila: fila.operador,
    Columna.DOCUMENTOS: documents,
    Columna.ESTADO: estado,
}


def duration(seconds: float | None) -> str:
    """Return minutes and seconds: ``1:38``, with hours ``1:02:05``; a dash for none."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def share(part: int, whole: int) -> str:
    """Return a part as people say it: ``6 %``; less than half a hundredth is not nothing."""
    if not part or not whole:
        return "0 %"
    rounded = round(100 * part / whole)
    return f"{rounded} %" if rounded else "menos de 1 %"


def plural(count: int, one: str, several: str) -> str:
    """Return a count and its noun: ``1 hoja dañada``."""
    return f"{number(count)} {one if count == 1 else several}"


def review_line(por_revisar: Mapping[Regla, int]) -> str:
    """Return the line under the count: the most frequent thing found."""
    found = [each for each in _FIRST if por_revisar.get(each)]
    if found:
        most = max(found, key=lambda each: por_revisar[each])
        return plural(por_revisar[most], *_REGLA[most])
    if por_revisar.get(Regla.MUESTRA):
        return "muestra del día"
    return "nada pendiente"


def shares(resumen: Resumen, *, one_day: bool) -> str:
    """Return what part of the attentions must come back."""
    return f"{share(resumen.regresan, resumen.tramites)} {'del día' if one_day else 'de esos días'}"
