"""How a bitácora can be broken, and the words for it."""

from __future__ import annotations

from enum import StrEnum


class Rotura(StrEnum):
    """What is wrong at the first row that does not hold."""

    CAMBIADA = "cambiada"  # its fields do not give its hash, or its detail not its digest
    FALTA = "falta"
    SOBRA = "sobra"  # the head does not know it
    ENLACE = "enlace"  # sealed over another row than the one before
    DEPURADA = "depurada"  # its detail is gone, and no purge took it
    CABEZA = "cabeza"  # the head has another hash for it, or there is no head
    CIERRE = "cierre"  # a closed day has another hash for it
    DIA = "dia"  # it closed a day, and that close is gone or is another
    ACCESO = "acceso"  # the people it showed are not those that the accesos have


ROTURA_TEXT = {
    Rotura.CAMBIADA: "La fila {fila} fue cambiada.",
    Rotura.FALTA: "Falta la fila {fila}: fue borrada.",
    Rotura.SOBRA: "La fila {fila} fue agregada por fuera del programa.",
    Rotura.ENLACE: "La fila {fila} no sigue a la anterior: una de las dos fue cambiada o puesta allí.",
    Rotura.DEPURADA: "El detalle de la fila {fila} fue borrado sin que conste una depuración.",
    Rotura.CABEZA: "La fila {fila}, la última, no es la que el programa anotó.",
    Rotura.CIERRE: "La fila {fila} no es la que quedó anotada al cerrar un día.",
    Rotura.DIA: "El cierre que anota la fila {fila} fue cambiado o borrado.",
    Rotura.ACCESO: "Los accesos a personas que anota la fila {fila} fueron cambiados.",
}
