"""What a person reads when something foreseen went wrong: one sentence a code, and what to do.

No Qt here: the command line says the same sentences.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agencia_app.models.domain.fechas import local

if TYPE_CHECKING:
    from agencia_app.models.domain.errors import KnownError

SENTENCES: dict[str, str] = {
    "agencia.code": "El código de la agencia son tres dígitos, como 017.",
    "agencia.name": "Escriba el nombre de la agencia, de hasta {maximum} letras.",
    "agencia.unknown": "La agencia {codigo} no está en la lista. Escriba también su nombre con --nombre.",
    "ajustes.invalid": "El archivo de ajustes {path} no se puede usar: {reason}. Corríjalo y vuelva a abrir.",
    "base.cannot_open": "No se pudo abrir la base de datos. Revise que la carpeta de datos exista y que usted "
    "tenga permiso de escribir en ella.",
    "base.copy": "No se pudo guardar la copia previa a la actualización en {path}; no se cambió nada. Libere "
    "espacio o revise los permisos, y vuelva a abrir.",
    "base.damaged": "La base de datos está dañada. No siga trabajando: avise al administrador para que "
    "recupere el último respaldo.",
    "base.disk_full": "No hay espacio en el disco. No se guardó nada de este paso: libere espacio y repita.",
    "base.locked": "Otro programa está usando la base de datos. No se guardó nada: espere un momento y repita.",
    "base.newer": "La base de datos es de una versión más nueva de este programa. Actualice el programa en "
    "este equipo y vuelva a abrir.",
    "base.read_only": "No hay permiso para escribir en la base de datos. Pida al administrador que revise los "
    "permisos de la carpeta de datos.",
    "cedula.check_digit": "El número de cédula no es correcto.{swapped} Compárelo dígito por dígito con la cédula.",
    "cedula.empty": "Pase la cédula por el lector o escriba sus diez dígitos.",
    "cedula.length": "La cédula tiene diez dígitos y hay {digits}. Revise si falta o sobra alguno.",
    "cedula.letters": "La cédula lleva solo números. Revise lo escrito, o busque por apellidos y nombres.",
    "cedula.name": "Elija a la persona en la lista, o escriba su número de cédula.",
    "cedula.province": "Ninguna cédula empieza con {province}: las provincias van de 01 a 24, y 30 en el exterior. "
    "Revise los dos primeros dígitos.",
    "cedula.third_digit": "El tercer dígito de una cédula no puede ser {digit}. Revise el número; si es un RUC, "
    "pida la cédula.",
    "clave.annulled": "La clave de esa hoja quedó anulada y el trámite, cerrado. Para emitir otra, atienda a la "
    "persona de nuevo desde su cédula.",
    "clave.slip_changed": "Otra ventanilla ya emitió otra hoja de este trámite: la que usted vio no vale. Rómpala y "
    "retome el trámite.",
    "clave.slip_settled": "La hoja de clave de este trámite ya fue confirmada. Continúe con el recibo.",
    "data.exists": "La carpeta {path} ya tiene datos. Use otra carpeta, o siga trabajando con esta.",
    "data.missing": "La carpeta de datos {path} no está preparada. Prepárela con: agencia iniciar",
    "data.real": "La carpeta {path} tiene datos reales: la demostración no se abre sobre ellos. Ábrala sin "
    "«--demostracion» y revise que ajustes.toml diga «demostracion = false».",
    "data.rights": "No hay permiso para escribir en {path}. Pida al administrador que revise los permisos.",
    "demo.folder": "La carpeta {path} ya tiene algo, o no se puede crear. Elija una carpeta nueva o vacía.",
    "fecha.invalid": "Esa fecha no existe. Escriba día, mes y año, como 04/01/2035.",
    "mrz.characters": "La lectura trae caracteres que la cédula no tiene. Pase la cédula otra vez, o escriba "
    "el número.",
    "mrz.check_digit": "La lectura de la cédula no cuadra ({field}). Pásela otra vez, o escriba el número.",
    "mrz.country": "El documento no es una cédula ecuatoriana. Pida la cédula de identidad.",
    "mrz.date": "La lectura trae una fecha que no existe. Pase la cédula otra vez, o escriba el número.",
    "mrz.length": "La lectura quedó incompleta ({characters} de 90 caracteres). Pase la cédula otra vez, "
    "o escriba el número.",
    "numero.check_digit": "El número del papel no es correcto. Páselo otra vez por el lector, o atienda por cédula.",
    "numero.exhausted": "Se agotaron los números de este año ({year}). Avise al administrador.",
    "numero.shape": "Ese no es el número de un trámite ni de un recibo. Páselo otra vez por el lector.",
    "padron.empty": "El archivo está vacío. Pida uno nuevo a quien se lo envió.",
    "padron.header": "Al archivo le falta la columna {missing}. La primera fila debe tener los nombres de las "
    "columnas: corríjala y cargue otra vez.",
    "padron.header_repeated": "La columna {column} está dos veces en la primera fila. Deje una sola y cargue otra vez.",
    "padron.not_csv": "El archivo no es un CSV ni un Excel (XLSX). Guárdelo con uno de esos formatos y cargue otra vez.",
    "padron.not_found_file": "No existe ese archivo. Revise la ruta o elíjalo de nuevo.",
    "padron.interrupted": "La carga se interrumpió: la base de datos no respondió o no hay espacio en el disco. "
    "Ya se guardaron {saved} filas. Resuelva el problema y repita la carga: no duplica a nadie.",
    "padron.utf16": "El archivo está en UTF-16 («texto Unicode» de Excel). Guárdelo como «CSV UTF-8» y cárguelo de "
    "nuevo.",
    "padron.nul": "El archivo está dañado: tiene caracteres nulos. Pida una copia nueva a quien se lo envió.",
    "padron.report": "No se pudo escribir el informe de la carga. Revise el espacio y los permisos de la carpeta "
    "de papeles y cargue otra vez; repetir no duplica a nadie.",
    "padron.too_large": "La hoja de cálculo es demasiado grande. Guárdela como CSV y cargue ese archivo.",
    "padron.unreadable": "No se pudo leer el archivo. Revise que no esté abierto en otro programa y que usted tenga "
    "permiso.",
    "perfil.invalid": "El archivo de requisitos {file} no se puede usar: {reason}. Avise al administrador.",
    "perfil.unknown": "Los requisitos «{perfil}» no están instalados. Avise al administrador.",
    "printer.broken": "La hoja no salió por una falla del programa (informe {report}). Emita otra: la que no salió "
    "se anula.",
    "printer.closed": "La impresora {printer} no recibe trabajos ({message}). Pida que la habiliten y repita.",
    "printer.failed": "La impresora {printer} no tomó el papel: {message}. Revísela y repita.",
    "printer.folder": "No se pudo escribir en la carpeta de papeles {path}: {message}. Libere espacio o revise "
    "los permisos, y repita.",
    "printer.no_spooler": "Este equipo no tiene en marcha el servicio de impresión, y la impresora {printer} lo "
    "necesita. Avise al administrador.",
    "printer.silent": "La impresora {printer} no respondió en {seconds} segundos. Revise que esté encendida y repita.",
    "printer.slip_needs_paper": "La hoja de clave solo sale en papel. Pida al administrador que indique su "
    "impresora en los ajustes.",
    "printer.stopped": "La impresora {printer} está detenida ({message}). Pida que la reanuden y repita.",
    "printer.unknown": "No hay una impresora llamada {printer}. Revise el nombre en los ajustes.",
    "requisitos.missing": "Todavía falta algún documento. Complételo o imprima la hoja de pendientes.",
    "tramite.ended": "El trámite {numero} ya terminó. Para atender de nuevo a la persona, pase su cédula.",
    "tramite.issued": "La clave de este trámite ya quedó registrada y no se puede cancelar. Confirme la hoja.",
    "tramite.not_accepted": "Antes de firmar, la persona debe aceptar las condiciones de la clave.",
    "tramite.not_found": "El trámite {numero} no existe en esta agencia. Atienda a la persona con su cédula.",
    "tramite.not_ready": "Al trámite le falta un paso anterior. Vuelva atrás y complételo.",
    "tramite.slip_pending": "Falta confirmar la hoja de clave. Diga si salió bien o se dañó.",
    "tramite.stopped": "No se puede emitir la clave. {title}.",
    "usuario.exists": "El usuario {usuario} ya existe. Elija otro nombre.",
    "usuario.locked": "El usuario quedó bloqueado por varios intentos fallidos. Pruebe de nuevo a las {until}.",
    "usuario.name": "El usuario se escribe con letras minúsculas, números, punto o guion, y empieza con letra.",
    "usuario.password_differs": "Las dos contraseñas no son iguales. Escríbalas de nuevo.",
    "usuario.password_text": "La contraseña trae caracteres que no son texto. Escríbala en UTF-8.",
    "usuario.password_same": "La contraseña no puede ser igual al usuario. Elija otra.",
    "usuario.password_short": "La contraseña debe tener al menos {minimum} caracteres.",
    "usuario.role": "Su usuario no puede hacer esto. Pídalo a un administrador.",
    "usuario.ventanilla": "La ventanilla es un número de 1 a {maximum}.",
    "usuario.wrong": "El usuario o la contraseña no son correctos. Después de {tries} intentos fallidos, el "
    "usuario se bloquea unos minutos.",
}


def sentence(error: KnownError) -> str:
    """Return the sentence of a known error, in plain text.

    Raises KeyError for a code without a sentence, or a sentence whose facts were not given:
    both are bugs, and a test looks for them.
    """
    return SENTENCES[error.code].format(**{name: _said(name, value) for name, value in error.data.items()})


def bug_sentence(report: str) -> str:
    """Return what to say of a bug: its report number, and that nothing was lost."""
    return (
        f"Algo falló en el programa. Lo que ya estaba guardado sigue guardado. "
        f"Avise al administrador con este número de informe: {report}."
    )


def _said(name: str, value: object) -> object:
    if name == "swapped" and isinstance(value, tuple):
        return _swapped(value)
    if isinstance(value, datetime):
        return f"{local(value):%H:%M}" if value.tzinfo is not None else f"{value.replace(tzinfo=UTC):%H:%M}"
    return value


def _swapped(positions: tuple[int, ...]) -> str:
    """Name the likely slip: the neighbours that look swapped, or one digit off."""
    if not positions:
        return " Es probable que un dígito esté cambiado."
    pairs = " o ".join(f"{place} y {place + 1}" for place in positions)
    return f" Es probable que estén intercambiados los dígitos {pairs}."
