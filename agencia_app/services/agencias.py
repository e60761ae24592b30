"""Reading the table of agencies: the name of each code, and the province it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agencia_app.services.toml_check import Checked, Place, check

# As the padrón writes them.
PROVINCIAS = (
    "AZUAY", "BOLÍVAR", "CAÑAR", "CARCHI", "CHIMBORAZO", "COTOPAXI", "EL ORO", "ESMERALDAS", "GALÁPAGOS", "GUAYAS",
    "IMBABURA", "LOJA", "LOS RÍOS", "MANABÍ", "MORONA SANTIAGO", "NAPO", "ORELLANA", "PASTAZA", "PICHINCHA",
    "SANTA ELENA", "SANTO DOMINGO DE LOS TSÁCHILAS", "SUCUMBÍOS", "TUNGURAHUA", "ZAMORA CHINCHIPE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agencias:
    """Names and provinces, by code."""

    nombres: dict[str, str]
    provincias: dict[str, str]


def check_agencies(text: str) -> Checked[Agencias]:
    """Return the agencies of a TOML, or every fault of it."""
    return check(text, _agencias)


def _agencias(root: Place) -> Agencias:
    root.known("agencias", "provincias")
    nombres = _codes(root, "agencias")
    provincias = _codes(root, "provincias") if "provincias" in root.raw else {}
    for code, provincia in provincias.items():
        if code not in nombres:
            root.fault(f"la agencia {code} no tiene nombre en [agencias]", "provincias", code)
        if provincia not in PROVINCIAS:
            root.fault(
                f"no hay provincia «{provincia}»: va en mayúsculas y con acentos, como MANABÍ",
                "provincias",
                code,
            )
    return Agencias(nombres, provincias)


def _codes(root: Place, name: str) -> dict[str, str]:
    table = root.raw.get(name)
    if not isinstance(table, dict) or not table:
        root.fault(f"falta la tabla [{name}], con un texto por código", name)
        return {}
    found = {}
    for code, value in table.items():
        if not re.fullmatch("[0-9]{3}", code):
            root.fault(f"el código «{code}» debe tener tres cifras", name, code)
        if not isinstance(value, str) or not value.strip():
            root.fault(f"{code} debe tener un texto entre comillas", name, code)
        else:
            found[code] = value
    return found
