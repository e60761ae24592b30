"""The rules a row of a padrón file must meet, by table: an import asks them a million times.

Source of the rules: the columns of the padrón (DESIGN, section 2) and the widths of its table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from operator import itemgetter

from agencia_app.models.domain import cedula as cedula_rules
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.persona import EstadoPersona, Persona, TipoPrestacion, fold
from agencia_app.services.padron_files import Block, Source

COLUMNS = tuple(Persona.__slots__)

# The cells of a person as the table keeps them, in the order of COLUMNS, and the file's line.
Row = tuple[str, str, str, str, str, str, str, str | None, int, str, str, str, int]
Reject = Callable[[int, str, str], None]  # line, reason, cédula as it was written

_EARLIEST = "1900-01-01"
_NAME_WIDTH = 120
_CORREO, _CELULAR, _RUC = 120, 20, 13  # widths
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
# The usual name, told apart quickly; any other goes through _name.
_PLAIN_NAME = re.compile(r"[A-ZÁÉÍÓÚÜÑ]+(?: [A-ZÁÉÍÓÚÜÑ]+)*").fullmatch
_PLAIN_TEXT = re.compile(r"[!-~]*").fullmatch
# Latin letters (to the end of Extended-A) and what joins the parts of a name.
_NAME_MARKS = frozenset(" '’´`.-‐–ª")  # Mª is how some write María
_LAST_LATIN = "\u017f"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SI_NO = {
    "si": 1,
    "s": 1,
    "true": 1,
    "verdadero": 1,
    "1": 1,
    "no": 0,
    "n": 0,
    "false": 0,
    "falso": 0,
    "0": 0,
    "": 0,
}
_CEDULA_TEXT = {
    "cedula.empty": "falta la cédula",
    "cedula.letters": "la cédula tiene letras u otros signos",
    "cedula.province": "la cédula empieza con una provincia que no existe",
    "cedula.third_digit": "el tercer dígito de la cédula no es de una persona",
    "cedula.check_digit": "el dígito verificador de la cédula no corresponde",
}


class _RejectedError(Exception):
    """Why a row cannot be taken, in words."""


class _Dates(dict[str, str]):
    """Dates as written → ISO. Only a day that existed by today, from 1900 on, is kept."""

    def __init__(self, name: str, today: date) -> None:
        super().__init__()
        self._name = name
        self._today = today.isoformat()

    def __missing__(self, text: str) -> str:
        iso = _iso(text.strip())
        if not text.strip():
            raise _RejectedError(f"falta la {self._name}")
        if iso is None:
            raise _RejectedError(f"la {self._name} no es una fecha (se espera dd/mm/aaaa o aaaa-mm-dd)")
        if iso > self._today:
            raise _RejectedError(f"la {self._name} es futura")
        if iso < _EARLIEST:
            raise _RejectedError(f"la {self._name} es anterior a 1900")
        self[text] = iso
        return iso


def _iso(text: str) -> str | None:
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


class _Choices(dict[str, str]):
    """Values of a list, as written → as kept: accents, case and spaces aside."""

    def __init__(self, name: str, values: type[TipoPrestacion | EstadoPersona]) -> None:
        super().__init__()
        self._name = name
        self._values = {each.value for each in values}

    def __missing__(self, text: str) -> str:
        value = re.sub(r"[^a-z]+", "_", fold(text))
        if not value.strip("_"):
            raise _RejectedError(f"falta {self._name}")
        if value not in self._values:
            raise _RejectedError(f"{self._name} no es de la lista")
        self[text] = value
        return value


class _YesNo(dict[str, int]):
    def __missing__(self, text: str) -> int:
        value = _SI_NO.get(fold(text))
        if value is None:
            raise _RejectedError("discapacidad se escribe «sí» o «no»")
        self[text] = value
        return value


class _Provincias(dict[str, str]):
    _width = 40
    _most = 1_000  # different spellings worth keeping

    def __missing__(self, text: str) -> str:
        value = _text(text, self._width, "la provincia")
        if len(self) < self._most:
            self[text] = value
        return value


def _text(text: str, width: int, name: str) -> str:
    value = unicodedata.normalize("NFC", text.strip())
    if _CONTROL.search(value):
        raise _RejectedError(f"{name} tiene caracteres de control")
    if len(value) > width:
        raise _RejectedError(f"{name} pasa de {width} caracteres")
    return value


def _name(text: str, name: str) -> str:
    value = " ".join(_text(text, _NAME_WIDTH * 4, name).split())
    if not any(char.isalpha() for char in value):
        raise _RejectedError(f"faltan {name}")
    if not all(_is_letter(char) or char in _NAME_MARKS for char in value):
        raise _RejectedError(f"{name} tienen signos que no son letras")
    if len(value) > _NAME_WIDTH:
        raise _RejectedError(f"{name} pasan de {_NAME_WIDTH} caracteres")
    return value


def _is_letter(char: str) -> bool:
    """Tell a Latin letter from look-alikes and ligatures, which the name search could not fold."""
    return char.isalpha() and char <= _LAST_LATIN and not unicodedata.decomposition(char).startswith("<")


def _cedula_tables() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return three tables whose sum is a multiple of ten exactly for a valid cédula.

    Keyed by its first three digits (province and third digit, only those that exist), the next
    three and the last four.
    """
    weigh = cedula_rules.check_digit
    heads = {
        f"{province}{third}": -weigh(f"{province}{third}000000")
        for province in cedula_rules.PROVINCES
        for third in range(int(cedula_rules.FOREIGN_RESIDENT_DIGIT) + 1)
    }
    middles = {f"{part:03d}": -weigh(f"000{part:03d}000") for part in range(1_000)}
    tails = {
        f"{part:03d}{check}": check - weigh(f"000000{part:03d}")
        for part in range(1_000)
        for check in range(10)
    }
    return heads, middles, tails


class Checks:
    """The rules for one file, on one day. Counts the leading zeros it put back."""

    def __init__(self, source: Source, today: date, reject: Reject, note: Reject) -> None:
        """``reject`` hears of every row not taken, ``note`` of every cédula completed."""
        self.restored = 0
        self._reject = reject
        self._note = note
        self._width = source.width
        absent = source.width  # every row gets an empty cell there
        self._pick = itemgetter(*(source.positions.get(column, absent) for column in COLUMNS))
        self._all_present = len(source.positions) == len(COLUMNS)
        self._births = _Dates("fecha de nacimiento", today)
        self._deaths = _Dates("fecha de defunción", today)
        self._tipos = _Choices("tipo_prestacion", TipoPrestacion)
        self._estados = _Choices("estado", EstadoPersona)
        self._yes_no = _YesNo()
        self._provincias = _Provincias()
        self._tables = _cedula_tables()

    def check(self, block: Block) -> list[Row]:  # noqa: C901, PLR0912 - one row's rules, side by side for speed
        """Return the rows of a block that can be taken. Empty rows are passed over."""
        for line, reason in block.rejected:
            self._reject(line, reason, "")
        taken: list[Row] = []
        take = taken.append
        width, all_present, pick = self._width, self._all_present, self._pick
        heads, middles, tails = self._tables
        births, deaths, tipos, estados = self._births, self._deaths, self._tipos, self._estados
        yes_no, provincias = self._yes_no, self._provincias
        plain_name, plain_text = _PLAIN_NAME, _PLAIN_TEXT
        for line, cells in zip(block.lines, block.rows, strict=True):
            row, cedula, restored = cells, "", False
            try:
                if len(row) != width:
                    row = _fitted(row, width)
                if not all_present:
                    row.append("")
                (cedula, apellidos, nombres, birth, tipo, provincia, estado, death, disabled, correo, celular,
                 ruc) = pick(row)  # fmt: skip
                try:
                    right = not (heads[cedula[:3]] + middles[cedula[3:6]] + tails[cedula[6:]]) % 10
                except KeyError:
                    right = False
                if not right:
                    cedula, restored = _mended(cedula)
                if plain_name(apellidos) is None or len(apellidos) > _NAME_WIDTH:
                    apellidos = _name(apellidos, "los apellidos")
                if plain_name(nombres) is None or len(nombres) > _NAME_WIDTH:
                    nombres = _name(nombres, "los nombres")
                born = births[birth]
                died = deaths[death] if death and not death.isspace() else None
                if died is not None and died < born:
                    raise _RejectedError("la fecha de defunción es anterior a la de nacimiento")  # noqa: TRY301
                take(
                    (
                        cedula, apellidos, nombres, born, tipos[tipo], provincias[provincia], estados[estado],
                        died, yes_no[disabled],
                        correo if plain_text(correo) and len(correo) <= _CORREO else _text(correo, _CORREO, "el correo"),
                        celular if plain_text(celular) and len(celular) <= _CELULAR else _text(celular, _CELULAR, "el celular"),
                        ruc if plain_text(ruc) and len(ruc) <= _RUC else _text(ruc, _RUC, "el RUC del empleador"),
                        line,
                    ),
                )  # fmt: skip
            except _RejectedError as error:
                if any(cell.strip() for cell in cells):
                    self._reject(line, str(error), cedula)
            else:
                if restored:
                    self.restored += 1
                    self._note(line, "se restauró el cero inicial de la cédula", cedula)
        return taken


def _fitted(row: list[str], width: int) -> list[str]:
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return row[:width]
    raise _RejectedError(f"tiene {len(row)} columnas y la cabecera {width}")


def _mended(text: str) -> tuple[str, bool]:
    """Return the cédula in ten digits, and whether its leading zero had to be put back."""
    number = cedula_rules.clean(text)
    restored = cedula_rules.restore_leading_zero(number)
    if restored is not None:
        return restored, True
    try:
        return cedula_rules.validate(number), False
    except KnownError as error:
        if error.code == "cedula.length":
            digits = error.data["digits"]
            raise _RejectedError(f"la cédula tiene {digits} dígitos y deben ser 10") from None
        raise _RejectedError(_CEDULA_TEXT[error.code]) from None
