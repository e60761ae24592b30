"""The sample cases: who comes to the window, what they bring, and how each must end."""

from __future__ import annotations

from dataclasses import dataclass

EMITIDA = "emitida"
PENDIENTE = "pendiente"


@dataclass(frozen=True, slots=True)
class Case:
    """One visit. ``keys`` are what is ticked in Requisitos, as the clerk types it.

    ``scan`` is what is scanned in step 1, ``"pendientes"`` for the sheet of the visit before;
    ``expects`` is how the visit must end: emitida, pendiente, or the code of a stop. ``trouble``
    is the paper that goes wrong on the way: solicitud, hoja, recibo or pendientes. with ``portal`` a
    solicitud of the portal is scanned first; with ``employer`` the solicitud goes to the employer, and
    ``"solicitud"`` scans the one of the visit before.
    """

    name: str
    cedula: str
    expects: str
    scan: str = ""
    keys: str = ""
    number: str = ""
    date: str = ""
    deactivates: bool = False
    trouble: str = ""
    portal: bool = False
    employer: bool = False


MRZ = "I<ECU9999999908<<<<<2459999997\n4501158F3501014ECU<NO<DONANTE3\nFICTICIA<NUNEZ<<MARIA<JOSE<<<<"

CASES = (
    Case("jubilada-exenta", "2459999997", EMITIDA, scan=MRZ, keys="1L"),
    Case("jubilado-certificado", "2459999005", EMITIDA, scan="2459999005", keys="12L", trouble="solicitud"),
    Case(
        "justificativo-abstencion",
        "2459999013",
        EMITIDA,
        "2459999013",
        "1JA",
        number="JA-2025-0417",
        date="12012026",
    ),
    Case(
        "sancion-cumplida",
        "2459999021",
        EMITIDA,
        "2459999021",
        "1ST",
        number="S-88213",
        date="03022026",
        trouble="recibo",
    ),
    Case("montepio-conyuge", "2459999039", EMITIDA, "2459999039", "1L", trouble="hoja"),
    Case("falta-copia-planilla", "2459999047", PENDIENTE, "2459999047", "1", trouble="pendientes"),
    Case("pendiente-retomado", "2459999047", EMITIDA, scan="pendientes", keys="L"),
    Case("segunda-clave", "2459999997", EMITIDA, scan=MRZ, keys="1A", deactivates=True),
    Case("cesante-portal", "2459999062", EMITIDA, "2459999062", "12T", portal=True),
    Case("voluntario", "2459999070", EMITIDA, "2459999070", "12A"),
    Case("dependencia-sin-solicitud", "2459999088", PENDIENTE, "2459999088", "23L", employer=True),
    Case("dependencia-calificada", "2459999088", EMITIDA, scan="solicitud", keys="1", employer=True),
    Case("fallecida", "2459999054", "fallecido", "2459999054"),
    Case("montepio-hijo", "2465999999", "montepio", "2465999999"),
    Case("no-consta", "3005999994", "sin_padron", "3005999994"),
)
