"""The people of the demonstration whose visits are told: synthetic numbers and invented names.

Ages are chosen against the election of 16/11/2025.
"""

from __future__ import annotations

from datetime import date

from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion


def _person(cedula: str, apellidos: str, nombres: str, born: date, **other: object) -> Persona:
    values: dict[str, object] = {
        "tipo_prestacion": TipoPrestacion.JUBILACION_VEJEZ,
        "provincia": "Pichincha",
        "estado": EstadoPersona.ACTIVO,
        "correo": f"{apellidos.split(maxsplit=1)[0].lower()}@ejemplo.ec",
        "celular": "0990000000",
    }
    return Persona(cedula, apellidos, nombres, born, **(values | other))  # type: ignore[arg-type]


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
        "2459999062",
        "FINGIDO ORDÓÑEZ",
        "PEDRO PABLO",
        date(1984, 9, 3),
        tipo_prestacion=TipoPrestacion.AFILIADO_CESANTE,
    ),
    _person(
        "2459999070",
        "APARENTE YÁNEZ",
        "LUCÍA BELÉN",
        date(1979, 12, 11),
        tipo_prestacion=TipoPrestacion.AFILIADO_VOLUNTARIO,
    ),
    _person(
        "2459999088",
        "HIPOTÉTICA VILLACÍS",
        "DIANA CAROLINA",
        date(1991, 6, 25),
        tipo_prestacion=TipoPrestacion.AFILIADO_DEPENDENCIA,
        ruc_empleador="1799999999001",
    ),
    _person(
        "2465999999",
        "SIMULADO IBÁÑEZ",
        "ANDRÉS FELIPE",
        date(2008, 4, 18),
        tipo_prestacion=TipoPrestacion.MONTEPIO_HIJO,
    ),
)
