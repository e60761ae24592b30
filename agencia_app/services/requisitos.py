"""Reading requirement profiles: a TOML says what it asks, or every reason why it cannot be used."""

from __future__ import annotations

from pathlib import Path

from agencia_app.models.domain.calidad import CALIDAD_TEXT, Calidad
from agencia_app.models.domain.errors import KnownError
from agencia_app.models.domain.requisitos import (
    CEDULA,
    NO_EXIGIBLE,
    PRESENTACION,
    SOLICITUD,
    VOTACION,
    Alternativa,
    Condicion,
    Copia,
    Dato,
    Firma,
    Perfil,
    Requisito,
    Via,
)
from agencia_app.services.toml_check import Checked, Place, check, sure

_PERFIL_JOINER, _JOINER = "-", "_"
_PERFIL_LENGTH, _LENGTH = 30, 24  # as the tables have them
_ARTICLES = ("el ", "la ", "un ", "una ")
_DE_VOTACION = ("certificado", PRESENTACION, "justificativo", "sancion")  # as the reviews of papers know them
_NO_EXIGIBLE_KEY = "N"  # of the certificado de votación, on every checklist


def load_profiles(folder: Path) -> dict[str, Perfil]:
    """Read every profile of a folder, by id.

    Raises KnownError ``perfil.invalid`` with the file's name and the reasons.
    """
    profiles = {}
    for path in sorted(folder.glob("*.toml")):
        perfil = sure(check_profile(text_of(path)), path.name)
        if perfil.id in profiles:
            raise KnownError("perfil.invalid", file=path.name, reason=f"el id «{perfil.id}» está repetido")
        profiles[perfil.id] = perfil
    return profiles


def text_of(path: Path) -> str:
    """Return the text of a file. Raises KnownError ``perfil.invalid`` for what is no UTF-8 or not there."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise KnownError("perfil.invalid", file=path.name, reason="no está en UTF-8") from error
    except OSError as error:
        raise KnownError("perfil.invalid", file=path.name, reason="no se pudo leer") from error


def check_profile(text: str) -> Checked[Perfil]:
    """Return the profile of a TOML, or every fault of it."""
    return check(text, _perfil)


def _perfil(root: Place) -> Perfil | None:
    root.known("id", "nombre", "fuente", "desde", "hasta", "requisito", "calidad")
    name = root.word("id", _PERFIL_JOINER, _PERFIL_LENGTH)
    nombre, fuente = root.text("nombre"), root.text("fuente")
    desde = root.day("desde")
    hasta = root.day("hasta") if "hasta" in root.raw else None
    if desde and hasta and hasta < desde:
        root.fault("«hasta» es anterior a «desde»", "hasta")
    owed = [(place, _requisito(place)) for place in root.tables("requisito")]
    asked = [(place, _condicion(place)) for place in root.tables("calidad")]
    requisitos = tuple(each for _, each in owed)
    condiciones = tuple(each for _, each in asked if each is not None)
    root.once([(place, each.id) for place, each in owed], "id", "el requisito")
    root.once([(place, str(place.raw.get("id", ""))) for place, _ in asked], "id", "la calidad")
    ids = [place.raw.get("id") for place, _ in asked]
    missing = [each.value for each in Calidad if each.value not in ids]
    if asked and missing:
        root.fault(f"falta decir cómo pide cada calidad: {', '.join(missing)}", "calidad")
    _check_keys(owed)
    _check_solicitud(asked, requisitos)
    if not root.faults:  # what is not well written is told first
        _check_known(root, owed)
    if root.faults or desde is None:
        return None
    return Perfil(name, nombre, fuente, desde, hasta, requisitos, condiciones)


def _requisito(place: Place) -> Requisito:
    place.known("id", "titulo", "nombre", "copia", "donde", "detalle", "alternativa", "calidades")
    name = place.word("id", _JOINER, _LENGTH)
    calidades = place.choices("calidades", Calidad) if "calidades" in place.raw else tuple(Calidad)
    return Requisito(
        id=name,
        titulo=place.text("titulo"),
        nombre=_noun(place),
        copia=place.choice("copia", Copia) or Copia.NO,
        donde=place.text("donde"),
        detalle=place.text("detalle", ""),
        alternativas=_alternativas(place, name),
        calidades=frozenset(calidades),
    )


def _alternativas(place: Place, requisito: str) -> tuple[Alternativa, ...]:
    if "alternativa" not in place.raw:
        return ()
    found = [(each, _alternativa(each)) for each in place.tables("alternativa")]
    place.once([(each, alternativa.id) for each, alternativa in found], "id", "la alternativa")
    if len(found) == 1:
        found[0][0].fault("es la única alternativa: ponga otra, o quítela y deje solo el requisito")
    for each, alternativa in found:
        if requisito == VOTACION and alternativa.id == NO_EXIGIBLE:
            each.fault(f"«{NO_EXIGIBLE}» es del programa: no se escribe", "id")
        if requisito == VOTACION and alternativa.tecla == _NO_EXIGIBLE_KEY:
            each.fault(f"la tecla «{_NO_EXIGIBLE_KEY}» ya es la de «No exigible»", "tecla")
    return tuple(alternativa for _, alternativa in found)


def _alternativa(place: Place) -> Alternativa:
    place.known("id", "titulo", "nombre", "tecla", "numero", "fecha")
    tecla = place.text("tecla", "")
    if tecla and not (len(tecla) == 1 and tecla.isascii() and tecla.isupper()):
        place.fault("«tecla» debe ser una letra mayúscula de la A a la Z", "tecla")
    return Alternativa(
        id=place.word("id", _JOINER, _LENGTH),
        titulo=place.text("titulo"),
        nombre=_noun(place),
        numero=place.choice("numero", Dato, Dato.NO) or Dato.NO,
        fecha=place.choice("fecha", Dato, Dato.NO) or Dato.NO,
        tecla=tecla,
    )


def _condicion(place: Place) -> Condicion | None:
    place.known("id", "solicitud", "firmas", "texto")
    calidad, via = place.choice("id", Calidad), place.choice("solicitud", Via)
    firmas, texto = place.choices("firmas", Firma), place.text("texto")
    if calidad is None or via is None or not firmas:
        return None
    if Firma.PERSONA not in firmas:
        place.fault("la persona firma siempre su solicitud: falta «persona»", "firmas")
    if via is Via.EMPLEADOR and Firma.EMPLEADOR not in firmas:
        place.fault("la solicitud va por el empleador: falta su firma, «empleador»", "firmas")
    if via is Via.DIRECTA and Firma.EMPLEADOR in firmas:
        place.fault("la solicitud es directa: el empleador no la firma", "firmas")
    return Condicion(calidad, via, firmas, texto)


def _noun(place: Place) -> str:
    # What is missing is said with it: «Falta la copia *de la planilla de luz*».
    nombre = place.text("nombre")
    if nombre and not nombre.startswith(_ARTICLES):
        place.fault("«nombre» debe empezar con su artículo: el, la, un o una", "nombre")
    return nombre


def _check_keys(owed: list[tuple[Place, Requisito]]) -> None:
    """Tell of a letter that chooses two papers on one checklist."""
    taken: dict[str, list[Requisito]] = {}
    for place, requisito in owed:
        for position, each in enumerate(requisito.alternativas):
            if not each.tecla:
                continue
            before = taken.setdefault(each.tecla, [])
            if any(other.calidades & requisito.calidades for other in before):
                place.fault(f"la tecla «{each.tecla}» ya es de otra", "alternativa", position, "tecla")
            before.append(requisito)


def _check_known(root: Place, owed: list[tuple[Place, Requisito]]) -> None:
    """Tell where what the program's own rules hang on is gone, or under a name that they do not know."""
    if frozenset(Calidad) not in (each.calidades for _, each in owed if each.id == CEDULA):
        root.fault(f"el requisito «{CEDULA}» se pide a cada calidad", "requisito")
    for place, requisito in owed:
        for position, each in enumerate(requisito.alternativas):
            if requisito.id == VOTACION and each.id not in _DE_VOTACION:
                reason = f"«{each.id}» no es uno de {', '.join(_DE_VOTACION)}"
                place.fault(reason, "alternativa", position, "id")


def _check_solicitud(asked: list[tuple[Place, Condicion | None]], requisitos: tuple[Requisito, ...]) -> None:
    """Tell where the way of a solicitud and the paper that is asked for contradict each other."""
    owing = {calidad for each in requisitos if each.id == SOLICITUD for calidad in each.calidades}
    for place, each in asked:
        if each is None:
            continue
        who = CALIDAD_TEXT[each.calidad]
        if each.solicitud is Via.EMPLEADOR and each.calidad not in owing:
            place.fault(f"{who}: la solicitud va por el empleador y ningún requisito «{SOLICITUD}» la pide")
        if each.solicitud is Via.DIRECTA and each.calidad in owing:
            place.fault(f"{who}: la solicitud es directa y el requisito «{SOLICITUD}» la pide ya firmada")
