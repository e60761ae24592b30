"""The certificate of a closed day: one page to sign and file. A4.

The head of the bitácora stands on it in full: whoever rewrites the log afterwards cannot rewrite
the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agencia_app.models.domain.autorizacion import ASUNTO_TEXT
from agencia_app.models.domain.cierre import Anulada, Cierre, Emergencia, Excepcion, FilaOperador, Totales
from agencia_app.models.domain.fechas import day, long_day, moment, number
from agencia_app.models.domain.numero import shown
from agencia_app.services.papers.common import (
    A4,
    BLUE,
    BOLD,
    GREY,
    HAIR,
    INK,
    REGULAR,
    Sheet,
    on_one_page,
    text_width,
    wrap,
)

__all__ = ["grouped", "render"]

_SMALL = 9.0
_ROW = 1.24  # height of a row of the table over its type size
_GROUP = 4  # characters of the hash read in one breath
_LINES = 2  # that it takes
_SHARES = (0.52, 0.64, 0.76, 0.88, 1.0)  # where the columns of figures end, of the width
_HEADINGS = ("Jubilación", "Montepío", "Afiliado", "Total")


@dataclass(frozen=True, slots=True)
class _Fit:
    """One try to bring everything to a page: type size, and how much of each list is told."""

    body: float
    operadores: int
    lines: int


# The largest first. Only beyond some forty operators are there any that the page does not name.
_FITS = (
    *(_Fit(body, 60, 8) for body in (10.5, 9.5, 8.5)),
    _Fit(8.0, 60, 4),
    _Fit(7.5, 60, 3),
    _Fit(7.0, 60, 2),
    _Fit(7.0, 60, 1),
    _Fit(7.0, 40, 1),
)


def render(cierre: Cierre) -> bytes:
    """Return the certificate as a PDF, in the largest type that leaves it on one page."""
    return on_one_page(_FITS, lambda fit: _write(cierre, fit))


def grouped(text: str) -> str:
    """Return a hash in groups of four, to be read aloud."""
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _write(cierre: Cierre, fit: _Fit) -> Sheet:
    body, totales = fit.body, cierre.totales
    sheet = Sheet(
        A4,
        "Certificado de cierre del día",
        margin=36,
        agencia=f"{cierre.agencia_nombre} · código {cierre.agencia_codigo}",
        demostracion=cierre.demostracion,
        small=_SMALL,
    )
    sheet.header("Certificado de cierre del día", 20)
    sheet.y -= 6
    sheet.line(long_day(cierre.dia).capitalize(), 14, bold=True)
    sheet.text(f"Cerrado el {moment(cierre.cerrado_en)} por {cierre.cerrado_por}.", body)
    sheet.y += 4
    _figures(sheet, totales, body)
    _section(sheet, "Claves emitidas, por operador y calidad", body)
    _operators(sheet, totales.operadores, fit)
    _section(sheet, "Hojas de clave", body)
    _slips(sheet, totales, body)
    _section(sheet, f"Emisiones anuladas: {len(totales.anuladas)}", body)
    _list(sheet, [_voided(each) for each in totales.anuladas], fit, "la bitácora")
    _section(sheet, "Excepciones con otra persona", body)
    told = "; ".join(map(_exception, totales.excepciones))
    sheet.text(f"{told}." if told else "Ninguna.", body)
    if totales.emergencias:
        _section(sheet, f"Aprobadas por un supervisor solo: {len(totales.emergencias)}", body)
        _list(sheet, [_emergency(each) for each in totales.emergencias], fit, "Para revisar")
    _section(sheet, "Bitácora", body)
    _head(sheet, cierre, body)
    sheet.y += 4
    sheet.signatures((("Quien cierra el día",), ("Quien recibe el certificado",)), height=40, width=200)
    return sheet


def _section(sheet: Sheet, heading: str, body: float) -> None:
    sheet.y -= 3  # closer than on the papers that people read at home
    sheet.section(heading, body + 1)


def _figures(sheet: Sheet, totales: Totales, body: float) -> None:
    sheet.row(
        (
            ("Emitidas", number(totales.emitidos)),
            ("De ellas, tardías", number(totales.tardios)),
            ("Anuladas", number(len(totales.anuladas))),
            ("Pendientes", number(totales.pendientes)),
            ("Cancelados", number(totales.cancelados)),
            ("Duplicados", number(totales.duplicados)),
            ("Por revisar", number(totales.por_revisar)),
        ),
        body + 1,
    )
    if totales.tardios:
        sheet.text("Tardía: emitida cuando el día de su fecha ya estaba cerrado.", _SMALL, color=GREY)


def _operators(sheet: Sheet, operadores: Sequence[FilaOperador], fit: _Fit) -> None:
    _cells(sheet, "Operador", _HEADINGS, fit.body, color=GREY)
    for each in operadores[: fit.operadores]:
        name = " · ".join(filter(None, (each.usuario, each.nombre)))
        _cells(sheet, name, _figures_of(each), fit.body)
    rest = operadores[fit.operadores :]
    if rest:
        _cells(sheet, f"y {len(rest)} más: ver CSV", _figures_of(_sum("", rest)), fit.body)
    _cells(sheet, "Total", _figures_of(_sum("Total", operadores)), fit.body, bold=True)


def _sum(name: str, rows: Sequence[FilaOperador]) -> FilaOperador:
    return FilaOperador(
        name,
        "",
        sum(each.jubilacion for each in rows),
        sum(each.montepio for each in rows),
        sum(each.afiliado for each in rows),
    )


def _figures_of(row: FilaOperador) -> tuple[str, ...]:
    return tuple(number(each) for each in (row.jubilacion, row.montepio, row.afiliado, row.total))


def _cells(
    sheet: Sheet,
    name: str,
    figures: Sequence[str],
    size: float,
    *,
    bold: bool = False,
    color: tuple[float, float, float] = INK,
) -> None:
    """Write one row of the table: a name cut to its column, and figures under their headings."""
    height = size * _ROW
    sheet.need(height)
    top = sheet.y
    baseline = sheet.height - top - size
    left = sheet.margin + sheet.inner * _SHARES[0] - 60
    font = BOLD if bold else REGULAR
    sheet.line(_cut(name, font, size, left - sheet.margin), size, bold=bold, color=color)
    sheet.canvas.setFont(font, size)
    for share, text in zip(_SHARES[1:], figures, strict=True):
        sheet.canvas.drawRightString(sheet.margin + sheet.inner * share, baseline, text)
    sheet.y = top + height - 0.3
    sheet.rule(0.3, color=HAIR)


def _slips(sheet: Sheet, totales: Totales, body: float) -> None:
    sheet.text(
        f"Impresas {number(totales.impresas)} = entregadas {number(totales.entregadas)} + dañadas "
        f"{number(totales.danadas)}.",
        body,
    )
    count = totales.numeradas
    if count is not None:
        sheet.text(
            f"Numeradas: había {number(count.anteriores)} + recibidas {number(count.recibidas)} = usadas "
            f"{number(count.emitidas)} + dañadas {number(count.danadas)} + quedan {number(count.quedan)}.",
            body,
        )


def _voided(each: Anulada) -> str:
    # The reason last: it is the one that may be cut.
    return (
        f"{shown(each.recibo)} del {day(each.emitido)}, pidió {each.pidio}, autorizó {each.autorizo}: "
        f"{each.motivo}"
    )


def _exception(each: Excepcion) -> str:
    denied = f" y {each.negadas} negadas" if each.negadas else ""
    return f"{ASUNTO_TEXT[each.asunto]}, {each.aprobadas} aprobadas{denied}"


def _emergency(each: Emergencia) -> str:
    about = f" (trámite {shown(each.tramite)})" if each.tramite else ""
    return f"{ASUNTO_TEXT[each.asunto]}{about}, {each.usuario}: {each.motivo}"


def _list(sheet: Sheet, lines: Sequence[str], fit: _Fit, where: str) -> None:
    """Write some lines, and beyond what there is room for how many more, and where those are."""
    if not lines:
        sheet.text("Ninguna.", fit.body)
    for each in lines[: fit.lines]:
        sheet.item(_cut(each, REGULAR, fit.body, sheet.inner - fit.body), fit.body)
    if len(lines) > fit.lines:
        sheet.item(f"y {len(lines) - fit.lines} más: ver {where}", fit.body)


def _head(sheet: Sheet, cierre: Cierre, body: float) -> None:
    sheet.text(
        f"Último registro antes del cierre: n.º {number(cierre.cabeza_seq)}. Su huella (SHA-256):", body
    )
    words = grouped(cierre.cabeza).split()
    share = -(-len(words) // _LINES)
    for at in range(0, len(words), share):
        sheet.line(" ".join(words[at : at + share]), body + 2.5, bold=True, color=BLUE)
    sheet.text(
        "Para compararla: agencia auditoria verificar --cabeza, seguido de la huella.", _SMALL, color=GREY
    )


def _cut(text: str, font: str, size: float, width: float) -> str:
    """Return a text on one line, with an ellipsis where it does not fit."""
    if text_width(text, font, size) <= width:
        return text
    first = wrap(text, font, size, width - text_width("…", font, size))[0]
    return f"{first}…"
