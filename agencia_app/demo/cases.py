"""The sample cases: who comes to the window, what they bring, and how each must end.

The numbers are synthetic. Ages are chosen against the election of 16/11/2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion

EMITIDA = "emitida"
PENDIENTE = "pendiente"


@dataclass(frozen=True, slots=True)
class Case:
    """One visit. ``keys`` are what is ticked in Requisitos, as the clerk types it.

    ``scan`` is what is scanned in step 1, ``"pendientes"`` for the sheet of the visit before;
    ``expects`` is how the visit must end: emitida, pendiente, or the code of a stop.
    """

    name: str
    cedula: str
    expects: str
    scan: str = ""
    keys: str = ""
    number: str = ""
    date: str = ""
    deactivates: bool = False


def _person(cedula: str, apellidos: str, nombres: str, born: date, **other: object) -> Persona:
    values: dict[str, object] = {
        "tipo_prestacion": TipoPrestacion.JUBILACION_VEJEZ,
        "provincia": "Pichincha",
        "estado": EstadoPersona.ACTIVO,
        "correo": f"{apellidos.split(maxsplit=1)[0].lower()}@ejemplo.ec",
        "celular": "0990000000",
    }
    return Persona(cedula, apellidos, nombres, born, **(values | other))  # type: ignore[arg-type]


MRZ = "I<ECU9999999908<<<<<2459999997\n4501158F3501014ECU<NO<DONANTE3\nFICTICIA<NUNEZ<<MARIA<JOSE<<<<"

PEOPLE = (
    _person("2459999997", "FICTICIA NÚÑEZ", "MARÍA JOSÉ", date(1945, 1, 15)),
    _person("2459999005", "EJEMPLO ZÚÑIGA", "LUIS ALBERTO", date(1964, 3, 9)),
    _person("2459999013", "PRUEBA ALARCÓN", "JORGE ENRIQUE", date(1963, 7, 21)),
    _person("2459999021", "MUESTRA PEÑAHERRERA", "ROSA ELENA", date(1965, 11, 2)),
    _person(
        "2459999039",
        "SUPUESTA CÁRDENAS",
        "BLANCA MERCEDES",
        date(1958, 5, 30),
        tipo_prestacion=TipoPrestacion.MONTEPIO_CONYUGE,
    ),
    _person("2459999047", "IMAGINARIO QUIÑÓNEZ", "SEGUNDO MANUEL", date(1955, 8, 12)),
    _person(
        "2459999054", "INVENTADA MUÑOZ", "CARMEN AMELIA", date(1940, 2, 3), fecha_defuncion=date(2026, 6, 14)
    ),
    _person(
        "2465999999",
        "SIMULADO IBÁÑEZ",
        "ANDRÉS FELIPE",
        date(2008, 4, 18),
        tipo_prestacion=TipoPrestacion.MONTEPIO_HIJO,
    ),
)

CASES = (
    Case("jubilada-exenta", "2459999997", EMITIDA, scan=MRZ, keys="1L"),
    Case("jubilado-certificado", "2459999005", EMITIDA, scan="2459999005", keys="12L"),
    Case(
        "justificativo-abstencion",
        "2459999013",
        EMITIDA,
        "2459999013",
        "1JA",
        number="JA-2025-0417",
        date="12012026",
    ),
    Case("sancion-cumplida", "2459999021", EMITIDA, "2459999021", "1ST", number="S-88213", date="03022026"),
    Case("montepio-conyuge", "2459999039", EMITIDA, "2459999039", "1L"),
    Case("falta-copia-planilla", "2459999047", PENDIENTE, "2459999047", "1"),
    Case("pendiente-retomado", "2459999047", EMITIDA, scan="pendientes", keys="L"),
    Case("segunda-clave", "2459999997", EMITIDA, scan=MRZ, keys="1A", deactivates=True),
    Case("fallecida", "2459999054", "fallecido", "2459999054"),
    Case("montepio-hijo", "2465999999", "montepio", "2465999999"),
    Case("no-consta", "3005999994", "sin_padron", "3005999994"),
)
