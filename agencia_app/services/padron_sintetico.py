"""Synthetic people: for the demonstration, the tests and the benchmarks.

Nobody real: the numbers carry a right check digit but lie in ranges the Registro Civil has not
assigned (province 24 with third digit 5; the same far end of the foreign and abroad series).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion

COLUMNS = tuple(field.name for field in fields(Persona))

# Ages are counted from here, so that a seed gives the same people every year.
AS_OF = date(2026, 1, 1)
_BLOCK = 10_000  # people drawn at a time

# 245999xxx is left to the people a test or the demonstration writes by hand.
_SERIES = 999_000
_STEP = 617_717  # shares no factor with the series: numbers come unsorted and never twice
_FAR_SERIES = 90_000
_FAR_STEP = 55_633
_FAR_EVERY = 120  # one person in so many is a foreign resident, and one is registered abroad

# Spelling and weight: how often each is met is a guess, with the accents as people lose them.
SURNAMES = {
    "GARCÍA": 10, "GARCIA": 8, "RODRÍGUEZ": 9, "RODRIGUEZ": 9, "SÁNCHEZ": 10, "SANCHEZ": 11,
    "LÓPEZ": 8, "LOPEZ": 9, "GÓMEZ": 4, "GOMEZ": 5, "PÉREZ": 6, "PEREZ": 7, "MARTÍNEZ": 5,
    "MARTINEZ": 6, "GONZÁLEZ": 6, "GONZALEZ": 6, "ZAMBRANO": 16, "CEDEÑO": 11, "CEDENO": 1,
    "MUÑOZ": 11, "MUNOZ": 1, "ORDÓÑEZ": 3, "ORDOÑEZ": 4, "NÚÑEZ": 3, "NUÑEZ": 4, "NUNEZ": 1,
    "PEÑA": 3, "PEÑAFIEL": 3, "QUIÑONEZ": 6, "QUIÑÓNEZ": 2, "YÁNEZ": 3, "YANEZ": 4, "CASTAÑEDA": 2,
    "ACUÑA": 2, "MONTAÑO": 2, "SALTOS": 3, "VERA": 10, "MENDOZA": 11, "MOREIRA": 8, "ALCÍVAR": 4,
    "ALCIVAR": 4, "BRAVO": 7, "LOOR": 7, "INTRIAGO": 4, "MACÍAS": 4, "MACIAS": 5, "DELGADO": 7,
    "VÉLEZ": 5, "VELEZ": 5, "PONCE": 4, "PÁRRAGA": 2, "PINARGOTE": 2, "QUISHPE": 8, "GUAMÁN": 6,
    "GUAMAN": 7, "CHICAIZA": 5, "TOAPANTA": 5, "CAIZA": 5, "TIPÁN": 2, "TIPAN": 3, "MOROCHO": 6,
    "LEMA": 4, "YUNGA": 2, "SUQUILLANDA": 1, "GUALÁN": 1, "SARANGO": 2, "CANGO": 1, "JARAMILLO": 6,
    "LOAIZA": 3, "CUEVA": 4, "CARRIÓN": 3, "CARRION": 3, "ROMERO": 7, "AGUILAR": 5, "AGUIRRE": 5,
    "ESPINOZA": 8, "ESPINOSA": 4, "TORRES": 10, "FLORES": 7, "MORALES": 7, "REYES": 6, "RAMÍREZ": 4,
    "RAMIREZ": 5, "HERRERA": 6, "CASTRO": 8, "CASTILLO": 8, "VARGAS": 5, "ROJAS": 4, "SUÁREZ": 4,
    "SUAREZ": 5, "ÁLVAREZ": 4, "ALVAREZ": 5, "JIMÉNEZ": 4, "JIMENEZ": 4, "CHÁVEZ": 3, "CHAVEZ": 4,
    "VÁSQUEZ": 3, "VASQUEZ": 4, "VÁZCONEZ": 1, "SALAZAR": 5, "ANDRADE": 6, "CABRERA": 4, "CALDERÓN": 2,
    "CALDERON": 3, "CÁRDENAS": 2, "CARDENAS": 3, "CEVALLOS": 5, "CÓRDOVA": 2, "CORDOVA": 3, "CRUZ": 5,
    "DÁVILA": 2, "DAVILA": 2, "DE LA CRUZ": 3, "DE LA TORRE": 2, "DEL POZO": 1, "ERAZO": 3, "FIGUEROA": 3,
    "FREIRE": 3, "GALARZA": 3, "GALLEGOS": 2, "GUERRERO": 5, "GUEVARA": 3, "HIDALGO": 3, "LARA": 3,
    "LEÓN": 4, "LEON": 4, "LUNA": 3, "MALDONADO": 4, "MEDINA": 4, "MEJÍA": 2, "MEJIA": 2, "MERA": 3,
    "MERCHÁN": 1, "MINA": 2, "MOLINA": 4, "MORA": 4, "MORÁN": 2, "MORAN": 3, "MOYA": 2, "NARANJO": 2,
    "NAVARRETE": 3, "OCHOA": 3, "ORTEGA": 4, "ORTIZ": 6, "PACHECO": 3, "PALACIOS": 3, "PAREDES": 3,
    "PAZMIÑO": 3, "PILCO": 1, "PROAÑO": 2, "QUEZADA": 2, "RAMOS": 4, "RIVERA": 5, "ROSALES": 2,
    "RUIZ": 5, "SALINAS": 3, "SANTANA": 3, "SANTOS": 3, "SOLANO": 2, "SOLÓRZANO": 3, "TAPIA": 3,
    "TENORIO": 1, "TOBAR": 1, "VACA": 2, "VALENCIA": 4, "VALLEJO": 2, "VALVERDE": 2, "VILLACÍS": 1,
    "VILLACIS": 2, "VILLAMAR": 1, "VILLEGAS": 2, "VITERI": 2, "YÉPEZ": 2, "YEPEZ": 2, "ZAMORA": 3,
    "ZURITA": 1, "ÑACATO": 1, "O'NEILL": 1, "WONG": 1, "XIMÉNEZ": 1, "KATZ": 1, "UQUILLAS": 1,
}  # fmt: skip
WOMEN = {
    "MARÍA": 30, "MARIA": 45, "ROSA": 14, "CARMEN": 12, "ANA": 11, "LUZ": 8, "BLANCA": 7, "GLORIA": 7,
    "MARTHA": 7, "OLGA": 5, "LUCÍA": 3, "LUCIA": 4, "ELENA": 6, "ISABEL": 6, "TERESA": 6, "JOSEFINA": 3,
    "MERCEDES": 5, "PIEDAD": 3, "ZOILA": 4, "DOLORES": 4, "NARCISA": 3, "BEATRIZ": 4, "PATRICIA": 6,
    "SUSANA": 3, "GUADALUPE": 3, "ROCÍO": 2, "ROCIO": 3, "FANNY": 3, "INÉS": 2, "INES": 3, "NELLY": 3,
    "NORMA": 3, "SONIA": 3, "TANIA": 1, "VICTORIA": 3, "YOLANDA": 3, "ÁNGELA": 2, "ANGELA": 2,
    "ANGÉLICA": 1, "EULALIA": 1, "HILDA": 2, "JUANA": 3, "LAURA": 3, "MARLENE": 2, "MARGARITA": 4,
    "MARIANA": 3, "MÓNICA": 2, "MONICA": 2, "NANCY": 2, "PILAR": 1, "RAQUEL": 1, "SARA": 1, "TRÁNSITO": 1,
    "XIMENA": 1, "DE LOS ÁNGELES": 2, "DEL CARMEN": 5, "DEL ROCÍO": 2, "BEGOÑA": 1, "JOSÉ": 1,
}  # fmt: skip
MEN = {
    "JOSÉ": 16, "JOSE": 24, "LUIS": 30, "JUAN": 20, "CARLOS": 20, "JORGE": 13, "MANUEL": 16,
    "ÁNGEL": 7, "ANGEL": 9, "SEGUNDO": 8, "VÍCTOR": 5, "VICTOR": 7, "CÉSAR": 4, "CESAR": 5, "MIGUEL": 10,
    "FRANCISCO": 8, "PEDRO": 7, "MARCO": 6, "MARIO": 5, "HUGO": 4, "RAÚL": 2, "RAUL": 3, "JULIO": 6,
    "JAIME": 5, "EDUARDO": 8, "ENRIQUE": 8, "ALBERTO": 8, "ALFONSO": 4, "ANTONIO": 7, "ARTURO": 3,
    "BOLÍVAR": 2, "BOLIVAR": 3, "EDGAR": 2, "ERNESTO": 3, "FAUSTO": 3, "FERNANDO": 6, "GALO": 2,
    "GERMÁN": 1, "GERMAN": 2, "GONZALO": 3, "GUILLERMO": 4, "HÉCTOR": 3, "HECTOR": 3, "HERNÁN": 2,
    "JAVIER": 3, "LEONARDO": 2, "NELSON": 4, "OSWALDO": 3, "PABLO": 4, "RAFAEL": 4, "RAMIRO": 2,
    "RAMÓN": 2, "RAMON": 3, "ROBERTO": 4, "RODRIGO": 2, "SERGIO": 1, "VICENTE": 5, "WASHINGTON": 3,
    "WILSON": 4, "XAVIER": 3, "GUSTAVO": 3, "NICOLÁS": 1, "NICOLAS": 1, "ÍTALO": 1, "IÑAKI": 1,
}  # fmt: skip
_PROVINCIAS = {
    "PICHINCHA": 30, "GUAYAS": 30, "MANABÍ": 12, "AZUAY": 8, "EL ORO": 6, "LOJA": 5, "TUNGURAHUA": 5,
    "CHIMBORAZO": 4, "IMBABURA": 4, "COTOPAXI": 4, "LOS RÍOS": 5, "ESMERALDAS": 4, "CAÑAR": 2,
    "SANTO DOMINGO DE LOS TSÁCHILAS": 3, "SANTA ELENA": 2, "CARCHI": 2, "BOLÍVAR": 2, "PASTAZA": 1,
}  # fmt: skip
# Benefit, weight, and the ages it is met at.
_TIPOS = (
    (TipoPrestacion.JUBILACION_VEJEZ, 70, 60, 95),
    (TipoPrestacion.JUBILACION_INVALIDEZ, 6, 40, 80),
    (TipoPrestacion.JUBILACION_DISCAPACIDAD, 4, 45, 80),
    (TipoPrestacion.MONTEPIO_CONYUGE, 12, 45, 95),
    (TipoPrestacion.MONTEPIO_CONVIVIENTE, 1, 45, 90),
    (TipoPrestacion.MONTEPIO_HIJO, 2, 18, 25),
    (TipoPrestacion.MONTEPIO_PADRE, 1, 60, 95),
    (TipoPrestacion.AFILIADO_DEPENDENCIA, 2, 20, 64),
    (TipoPrestacion.AFILIADO_CESANTE, 1, 25, 64),
    (TipoPrestacion.AFILIADO_VOLUNTARIO, 1, 25, 64),
)
_DEAD = 0.01
_SUSPENDED = 0.01
_DISABLED = 0.04
_CORREO = 0.25
_CELULAR = 0.7


def generate(count: int, seed: int = 17) -> Iterator[Persona]:
    """Yield ``count`` people, always the same for a seed, no cédula twice, in no order.

    Raises ValueError when the unassigned ranges do not hold so many.
    """
    if count > _SERIES:
        raise ValueError(f"there are {_SERIES} synthetic numbers")
    draw = random.Random(seed)  # noqa: S311 - repeatable people, nothing secret
    start = draw.randrange(_SERIES)
    for first in range(0, count, _BLOCK):
        yield from _block(draw, start, range(first, min(first + _BLOCK, count)))


def _block(draw: random.Random, start: int, positions: range) -> Iterator[Persona]:
    size = len(positions)
    surnames = iter(_pick(draw, SURNAMES, 2 * size))
    women = iter(_pick(draw, WOMEN, 2 * size))
    men = iter(_pick(draw, MEN, 2 * size))
    provincias = _pick(draw, _PROVINCIAS, size)
    tipos = draw.choices(_TIPOS, cum_weights=list(accumulate(tipo[1] for tipo in _TIPOS)), k=size)
    chance = draw.random
    for position, (tipo, _weight, youngest, oldest), provincia in zip(
        positions, tipos, provincias, strict=True
    ):
        names = women if chance() < 0.52 else men  # noqa: PLR2004 - the share of women
        born = AS_OF - timedelta(days=int((youngest + (oldest - youngest) * chance()) * 365.25))
        number = _number(start, position)
        yield Persona(
            cedula=number,
            apellidos=f"{next(surnames)} {next(surnames)}",
            nombres=f"{next(names)} {next(names)}",
            fecha_nacimiento=born,
            tipo_prestacion=tipo,
            provincia=provincia,
            estado=EstadoPersona.SUSPENDIDO if chance() < _SUSPENDED else EstadoPersona.ACTIVO,
            fecha_defuncion=AS_OF - timedelta(days=int(chance() * 1500)) if chance() < _DEAD else None,
            discapacidad=tipo is TipoPrestacion.JUBILACION_DISCAPACIDAD or chance() < _DISABLED,
            correo=f"persona{position}@example.com" if chance() < _CORREO else "",
            celular=f"09{position % 10**8:08d}" if chance() < _CELULAR else "",
            ruc_empleador="1799999999001" if tipo is TipoPrestacion.AFILIADO_DEPENDENCIA else "",
        )


def _pick(draw: random.Random, weighted: dict[str, int], count: int) -> list[str]:
    return draw.choices(list(weighted), cum_weights=list(accumulate(weighted.values())), k=count)


def _number(start: int, position: int) -> str:
    far, kind = divmod(position, _FAR_EVERY)
    if kind in {7, 8} and far < _FAR_SERIES:
        series = "2465" if kind == 7 else "3005"  # noqa: PLR2004 - one person of each kind in so many
        nine = f"{series}{(start + far * _FAR_STEP) % _FAR_SERIES:05d}"
    else:
        nine = f"245{(start + position * _STEP) % _SERIES:06d}"
    return nine + str(cedula_rules.check_digit(nine))


def write_csv(people: Iterable[Persona], path: Path) -> None:
    """Write people as the padrón's CSV: UTF-8, commas, ISO dates, one header line."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(
            (
                each.cedula, each.apellidos, each.nombres, each.fecha_nacimiento.isoformat(),
                each.tipo_prestacion.value, each.provincia, each.estado.value,
                each.fecha_defuncion.isoformat() if each.fecha_defuncion else "",
                "sí" if each.discapacidad else "no", each.correo, each.celular, each.ruc_empleador,
            )
            for each in people
        )  # fmt: skip
