"""Every fault of a TOML of rules, with the line it is in. ``#!`` marks the lines that are expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from agencia_app import settings
from agencia_app.models.domain.reglamento import Fallo
from agencia_app.services.agencias import check_agencies
from agencia_app.services.elecciones import check_elections
from agencia_app.services.requisitos import check_profile

PROFILE = """\
id = "prueba"
nombre = "Prueba"
fuente = "Una prueba"
desde = 2020-01-01

[[requisito]]
id = "solicitud"
titulo = "Solicitud"
nombre = "la solicitud"
copia = "no"
donde = "Su empleador."
calidades = ["afiliado_dependencia"]

[[requisito]]
id = "cedula"
titulo = "Cédula"
nombre = "la cédula"
copia = "color"
donde = "Registro Civil."

[[requisito]]
id = "votacion"
titulo = "Votación"
nombre = "el certificado de votación"
copia = "color"
donde = "CNE."

[[requisito.alternativa]]
id = "certificado"
titulo = "Certificado"
nombre = "el certificado"
tecla = "C"

[[requisito.alternativa]]
id = "sancion"
titulo = "Sanción"
nombre = "el comprobante"
tecla = "S"
numero = "obligatorio"

[[calidad]]
id = "jubilacion"
solicitud = "directa"
firmas = ["persona"]
texto = "Aquí."

[[calidad]]
id = "montepio"
solicitud = "directa"
firmas = ["persona"]
texto = "Aquí."

[[calidad]]
id = "afiliado_dependencia"
solicitud = "empleador"
firmas = ["persona", "empleador"]
texto = "Su empleador."

[[calidad]]
id = "afiliado_cesante"
solicitud = "directa"
firmas = ["persona"]
texto = "Aquí."

[[calidad]]
id = "afiliado_voluntario"
solicitud = "directa"
firmas = ["persona"]
texto = "Aquí."
"""
SANCION = PROFILE[PROFILE.index('[[requisito.alternativa]]\nid = "sancion"') : PROFILE.index("[[calidad]]")]
MONTEPIO = PROFILE[
    PROFILE.index('[[calidad]]\nid = "montepio"') : PROFILE.index('[[calidad]]\nid = "afiliado_d')
]
DEPENDENCIA = PROFILE[
    PROFILE.index('[[calidad]]\nid = "afiliado_d') : PROFILE.index('[[calidad]]\nid = "afiliado_c')
]
TO_CEDULA = PROFILE[PROFILE.index("[[requisito]]") : PROFILE.index('\ntitulo = "Cédula"')]
ASKED = TO_CEDULA.replace("[[requisito]]", "[[requisito]] #!", 1)


def marked(text: str) -> list[int]:
    return [number for number, row in enumerate(text.split("\n"), 1) if "#!" in row]


def told(faults: tuple[Fallo, ...], text: str, *reasons: str) -> None:
    """Each fault in a marked line, with something of its reason, and nothing else."""
    assert [each.linea for each in faults] == marked(text), faults
    for fault, reason in zip(faults, reasons, strict=True):
        assert reason in fault.razon


def test_a_good_profile_has_no_fault() -> None:
    perfil, faults = check_profile(PROFILE)
    assert (perfil is not None, faults) == (True, ())


@pytest.mark.parametrize(
    "path", sorted((settings.RESOURCES / "requisitos").glob("*.toml")), ids=lambda path: path.stem
)
def test_what_is_shipped_passes_the_same_check(path: Path) -> None:
    assert check_profile(path.read_text("utf-8"))[1] == ()


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        # unknown and missing keys
        ('tecla = "S"', 'teclas = "S" #!', "no se conoce la clave «teclas»"),
        ('fuente = "Una prueba"', 'fuente = "Una prueba"\ncolor = 3 #!', "no se conoce la clave «color»"),
        ('[[requisito]]\nid = "cedula"\ntitulo = "Cédula"\n', '[[requisito]] #!\nid = "cedula"\n', "falta «titulo»"),
        ('id = "prueba"\nnombre = "Prueba"\n', 'id = "prueba" #!\n', "falta «nombre»"),
        # wrong types and values
        ('donde = "CNE."', "donde = 7 #!", "«donde» debe ser un texto"),
        ('donde = "CNE."', 'donde = "  " #!', "«donde» debe ser un texto"),
        ("desde = 2020-01-01", 'desde = "ayer" #!', "«desde» debe ser una fecha"),
        ("desde = 2020-01-01", "desde = 2020-01-01T10:00:00 #!", "«desde» debe ser una fecha"),
        ('donde = "CNE."', 'donde = "CNE."\ncalidades = "jubilacion" #!', "«calidades» debe ser una lista"),
        ('copia = "no"', 'copia = "azul" #!', "no «azul»"),
        ('copia = "no"', "copia = [] #!", "no «[]»"),
        ('numero = "obligatorio"', "numero = true #!", "no «True»"),
        ('id = "prueba"', 'id = "Otra Prueba" #!', "minúsculas"),
        ('id = "prueba"', 'id = "otra@2" #!', "minúsculas"),
        ('id = "prueba"', f'id = "{"a" * 31}" #!', "hasta 30"),
        ('id = "sancion"', f'id = "{"a" * 25}" #!', "hasta 24"),
        ('nombre = "la cédula"', 'nombre = "cédula" #!', "artículo"),
        ('tecla = "S"', 'tecla = "s" #!', "letra mayúscula"),
        ('tecla = "S"', 'tecla = "7" #!', "letra mayúscula"),
        # an alternative of nothing
        ('donde = "Registro Civil."', 'donde = "Registro Civil."\nalternativa = [] #!', "no tiene nada"),
        ('donde = "Registro Civil."', 'donde = "Registro Civil."\nalternativa = 3 #!', "no tiene nada"),
        ('donde = "Registro Civil."', 'donde = "Registro Civil."\nalternativa = ["a", #!\n"b"] #!', "va bajo"),
        (
            'donde = "Registro Civil."\n',
            'donde = "Registro Civil."\n[[requisito.alternativa]] #!\n',
            "falta «id»",
        ),
        # what is there twice
        ('id = "votacion"', 'id = "cedula" #!', "«cedula» está dos veces"),
        ('id = "sancion"', 'id = "certificado" #!', "«certificado» está dos veces"),
        ('tecla = "S"', 'tecla = "C" #!', "ya es de otra"),
        ('tecla = "S"', 'tecla = "N" #!', "No exigible"),
        ('id = "sancion"', 'id = "no_exigible" #!', "es del programa"),
        (MONTEPIO, "", "montepio"),
        (MONTEPIO, MONTEPIO + MONTEPIO.replace('"montepio"', '"montepio" #!'), "«montepio» está dos veces"),
        # what the program's own rules hang on
        ('id = "sancion"', 'id = "sancion2" #!', "no es uno de certificado, presentacion"),
        (TO_CEDULA, f'{ASKED[:-1]}2"', "se pide a cada calidad"),
        (TO_CEDULA, f'{ASKED}\ncalidades = ["jubilacion"]', "se pide a cada calidad"),
        # dates
        ("desde = 2020-01-01", "desde = 2020-01-01\nhasta = 2019-12-31 #!", "anterior"),
        # a requisito that nobody owes, and one of nobody who is
        ('donde = "CNE."', 'donde = "CNE."\ncalidades = [] #!', "lista con algo"),
        ('donde = "CNE."', 'donde = "CNE."\ncalidades = ["afiliado"] #!', "no «afiliado»"),
        ('donde = "CNE."', 'donde = "CNE."\ncalidades = ["montepio",\n"montepio"] #!', "dos veces «montepio»"),
        # the employer
        ('solicitud = "empleador"\nfirmas = ["persona", "empleador"]', 'solicitud = "empleador"\nfirmas = ["persona"] #!', "falta su firma"),
        ('["persona", "empleador"]', '["empleador"] #!', "falta «persona»"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line_and_its_reason(before: str, after: str, reason: str) -> None:
    assert before in PROFILE
    text = PROFILE.replace(before, after, 1)
    _, faults = check_profile(text)
    lines = marked(text) or [text.split("\n").index("[[calidad]]") + 1]
    assert {each.linea for each in faults} == set(lines), faults
    assert reason in faults[0].razon


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        # one alternative alone is none
        (PROFILE.replace(SANCION, "").replace("[[requisito.alternativa]]", "[[requisito.alternativa]] #!"), ["única"]),
        # the way through the employer, and no paper of his; the other way round
        (
            PROFILE.replace('calidades = ["afiliado_dependencia"]', 'calidades = ["montepio"]')
            .replace(MONTEPIO, MONTEPIO.replace("[[calidad]]", "[[calidad]] #!"))
            .replace(DEPENDENCIA, DEPENDENCIA.replace("[[calidad]]", "[[calidad]] #!")),
            ["la pide ya firmada", "ningún requisito «solicitud»"],
        ),
        # every fault at once, in the order of the lines
        (
            PROFILE.replace('id = "prueba"', "id = 3 #!")
            .replace('titulo = "Sanción"', "titulo = [] #!")
            .replace('firmas = ["persona", "empleador"]', 'firmas = ["rey"] #!'),
            ["«id»", "«titulo»", "no «rey»"],
        ),
    ],
)  # fmt: skip
def test_contradictions_and_several_faults(text: str, reasons: list[str]) -> None:
    told(check_profile(text)[1], text, *reasons)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id = 'a'\nid = 'b' #!", "ya tiene un valor"),
        ("id = 'a'\n[[requisito #!", "«]»"),
        ("id = 'a'\nnombre 'b' #!", "«=»"),
        ("id = 'a'\nnombre = b #!", "no se entiende"),
        ("id = 'a'\ndesde = 2026-02-30 #!", "fecha"),
        ("id = 'a'\nnombre = 'b\ndesde = 2026-01-01 #!", "comillas"),
        ("id = 'a' nombre = 'b' #!", "sobra"),
        ("", "falta «id»"),
        ("esto no es TOML #!", "«=»"),
    ],
)
def test_what_is_no_toml_says_where(text: str, reason: str) -> None:
    perfil, faults = check_profile(text)
    assert perfil is None
    assert faults[0].linea == (marked(text) or [1])[0]
    assert reason in faults[0].razon


@pytest.mark.parametrize(
    "text", ["id = " + "[" * 50_000, f"id = {'1' * 5_000}", "id = '\x00'", "\ufeffid = 1"]
)
def test_what_no_reader_takes_is_a_fault_as_well(text: str) -> None:
    (fault,) = check_profile(text)[1]
    assert fault.linea == 1


ROWS = PROFILE.split("\n")


@pytest.mark.parametrize(
    "said", ["", "x = 1", "id = [[1], {a = 2}]", "[requisito.x]", "[[calidad.id]]", "= 3", '"""']
)
def test_whatever_a_line_becomes_every_fault_has_a_line_of_the_file(said: str) -> None:
    for number in range(len(ROWS)):
        for rows in (
            [*ROWS[:number], said, *ROWS[number + 1 :]],
            [*ROWS[: number + 1], said, *ROWS[number:]],
        ):
            perfil, faults = check_profile("\n".join(rows))
            assert (perfil is None) == bool(faults)
            assert all(1 <= each.linea <= len(rows) and each.razon for each in faults)


def test_lines_go_on_after_texts_and_lists_of_several() -> None:
    text = PROFILE.replace('nombre = "Prueba"', 'nombre = """Prueba\n[[calidad]]\nid = 3"""').replace(
        'calidades = ["afiliado_dependencia"]',
        'calidades = [ # quiénes\n  "afiliado_dependencia",\n\n  "=", #!\n]\n\'otra = clave\' = 3 #!',
    )
    told(check_profile(text.replace("\n", "\r\n"))[1], text, "no «=»", "«otra = clave»")


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("fecha = [2025-02-09] #!", ["no se conoce"]),
        ("fechas = [] #!", ["lista de fechas"]),
        ("fechas = 2025-02-09 #!", ["lista de fechas"]),
        ("fechas = [\n2025-02-09,\n'2025-04-13', #!\n2025-11-16]", ["no es una fecha"]),
        ("fechas = [\n2025-02-09,\n2025-02-09, #!\n]", ["dos veces"]),
        (
            "fechas = [\n2025-04-13,\n2025-02-09, #!\n2025-11-16,\n7, #!\n]",
            ["va antes de 2025-04-13", "no es"],
        ),
    ],
)
def test_elections(text: str, reasons: list[str]) -> None:
    found, faults = check_elections(text)
    assert found is None
    if reasons == ["no se conoce"]:
        faults = faults[:1]
    told(faults, text, *reasons)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("[agencias]\n17 = 'Norte' #!", ["tres cifras"]),
        ("[agencias]\n017 = 3 #!", ["un texto"]),
        ("[agencias]\n017 = 'Norte'\n[provincias]\n017 = 'Pichincha' #!", ["no hay provincia"]),
        ("[agencias]\n017 = 'Norte'\n[provincias]\n018 = 'LOJA' #!", ["no tiene nombre"]),
        ("[agencias]\n017 = 'Norte'\n[cantones] #!\n017 = 'Quito'", ["no se conoce"]),
        ("agencias = 'Norte' #!", ["falta la tabla"]),
        ("[agencias] #!", ["falta la tabla"]),
    ],
)
def test_agencies(text: str, reasons: list[str]) -> None:
    found, faults = check_agencies(text)
    assert found is None
    told(faults, text, *reasons)


def test_a_list_without_end_is_told_of_at_once() -> None:
    rows = ["fechas = [", *["2025-02-09,"] * 15_000, "]"]  # as much as a file may be
    _, faults = check_elections("\n".join(rows))
    told = {each.linea for each in faults}
    assert (min(told), max(told)) == (1, 201)  # further down, the line where the list begins
