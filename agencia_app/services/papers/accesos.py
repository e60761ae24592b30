"""The report of the accesses to a person, as a PDF of as many pages as it takes."""

from __future__ import annotations

from agencia_app.models.domain import cedula as cedulas
from agencia_app.models.domain.acceso import Acceso, InformeAccesos
from agencia_app.models.domain.fechas import day, moment, number
from agencia_app.services.papers.common import A4, BOLD, LEADING, REGULAR, Sheet, wrap

TITLE = "Accesos a los datos de una persona"
SOURCE = (
    "Ley Orgánica de Protección de Datos Personales: derecho de acceso del titular y registro de quién "
    "trata sus datos. Este informe sale de la bitácora de la agencia, que no se puede modificar sin que se note."
)
NOBODY = "Nadie vio ni tocó sus datos en esos días."
_SIZE = 10.5
_SMALL = 9.5
_GAP = 10.0
_SHARES = (0.19, 0.25, 0.56)  # when, who, what
_HEADS = ("Cuándo", "Quién", "Qué hizo")


def render(informe: InformeAccesos, agencia: str, *, demostracion: bool) -> bytes:
    """Return the report as a PDF. It is written twice: how many pages there are is known at the end."""
    total = _write(informe, agencia, 1, demostracion=demostracion).pages
    return _write(informe, agencia, total, demostracion=demostracion).finish()


def _write(informe: InformeAccesos, agencia: str, total: int, *, demostracion: bool) -> Sheet:
    sheet = Sheet(A4, TITLE, margin=46, agencia=agencia, demostracion=demostracion, small=_SMALL, total=total)
    sheet.header(TITLE, 20)
    sheet.row(
        [
            ("Persona", informe.nombre or "No está en el padrón"),
            ("Cédula", cedulas.mask(informe.cedula)),
            ("Días", f"{day(informe.desde)} a {day(informe.hasta)}"),
        ],
        12,
        shares=(0.5, 0.2, 0.3),
    )
    sheet.row(
        [
            ("Pedido por", informe.pedido_por),
            ("Fecha", moment(informe.pedido_en)),
            ("Accesos", number(len(informe.accesos))),
        ],
        12,
        shares=(0.5, 0.2, 0.3),
    )
    sheet.text(SOURCE, _SMALL)
    sheet.y += 10
    if not informe.accesos:
        sheet.text(NOBODY, 13, bold=True)
        return sheet
    _heads(sheet)
    for acceso in informe.accesos:
        _row(sheet, acceso)
    return sheet


def _widths(sheet: Sheet) -> list[float]:
    room = sheet.inner - _GAP * (len(_SHARES) - 1)
    return [room * share for share in _SHARES]


def _heads(sheet: Sheet) -> None:
    top, x = sheet.y, sheet.margin
    for head, width in zip(_HEADS, _widths(sheet), strict=True):
        sheet.y = top
        sheet.line(head, _SIZE, bold=True, x=x)
        x += width + _GAP
    sheet.y += 2
    sheet.rule(1.2)
    sheet.y += 3


def _row(sheet: Sheet, acceso: Acceso) -> None:
    where = f"Ventanilla {acceso.ventanilla}" if acceso.ventanilla else "Fuera de ventanilla"
    who = [acceso.nombre, *([acceso.usuario] if acceso.usuario != acceso.nombre else []), where]
    tail = [acceso.detalle, f"Trámite {acceso.tramite}" if acceso.tramite else ""]
    cells = (
        [moment(acceso.en)],
        who,
        [acceso.texto, *filter(None, tail)],
    )
    widths = _widths(sheet)
    lines = [
        [
            (line, place == 0)
            for place, text in enumerate(cell)
            for line in _wrapped(text, width, bold=not place)
        ]
        for cell, width in zip(cells, widths, strict=True)
    ]
    page = sheet.pages
    sheet.need(max(map(len, lines)) * _SIZE * LEADING + 8)
    if sheet.pages != page:
        _heads(sheet)
    top = bottom = sheet.y
    x = sheet.margin
    for column, width in zip(lines, widths, strict=True):
        sheet.y = top
        for line, first in column:
            sheet.line(line, _SIZE if first else _SMALL, bold=first and x > sheet.margin, x=x)
        bottom = max(bottom, sheet.y)
        x += width + _GAP
    sheet.y = bottom + 3
    sheet.rule(0.4)
    sheet.y += 4


def _wrapped(text: str, width: float, *, bold: bool) -> list[str]:
    return wrap(text, BOLD if bold else REGULAR, _SIZE if bold else _SMALL, width)
