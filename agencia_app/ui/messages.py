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
    "accesos.folder": "No se pudo guardar el informe en {path}. Revise el espacio y los permisos de la carpeta.",
    "accesos.range": "La fecha «desde» es posterior a la fecha «hasta». Corrija una de las dos.",
    "agencia.code": "El código de la agencia son tres dígitos, como 017.",
    "agencia.name": "Escriba el nombre de la agencia, de hasta {maximum} letras.",
    "agencia.unknown": "La agencia {codigo} no está en la lista. Escriba también su nombre con --nombre.",
    "ajustes.invalid": "El archivo de ajustes {path} no se puede usar: {reason}. Corríjalo y vuelva a abrir.",
    "ajustes.in_file": "Los ajustes de esta agencia, de una sola ventana, están en {path}: cámbielos ahí.",
    "ajustes.value": "Ese ajuste no se puede poner así: {reason}. Vea los que hay con «agencia ajustes».",
    "anulacion.done": "La emisión del recibo {recibo} ya estaba anulada. Si la persona necesita otra clave, atiéndala "
    "desde su cédula.",
    "apoderado.future": "La fecha del poder es futura. Revísela en el documento.",
    "apoderado.incomplete": "Faltan datos del apoderado: nombre, número del poder, notaría y fecha. Complételos.",
    "apoderado.same": "Esa es la cédula de la misma persona. Escriba la del apoderado.",
    "apoderado.too_long": "Ese dato del apoderado tiene más de {maximum} letras. Abrévielo.",
    "autorizacion.approver": "Usted autorizó algo de este trámite: tiene que atenderlo otra persona.",
    "autorizacion.changed": "Los datos cambiaron desde que se pidió la autorización, y ya no vale. Si todavía hace "
    "falta, pídala de nuevo.",
    "autorizacion.comment": "Escriba por qué no la autoriza, para que lo lea quien la pidió.",
    "autorizacion.motivo": "Escriba por qué no hay otra persona que autorice, en {minimum} letras o más.",
    "autorizacion.needed": "Hace falta la autorización de un supervisor. {falta} Pídala antes de seguir.",
    "autorizacion.not_found": "Ese pedido de autorización no existe. Actualice la lista.",
    "autorizacion.not_yours": "Ese pedido lo hizo otra persona. Lo retira quien lo pidió, o quien atiende el trámite.",
    "autorizacion.reason": "Escriba por qué pide la autorización.",
    "autorizacion.self": "Quien pide o atiende no autoriza. Llame a otro supervisor.",
    "autorizacion.settled": "Ese pedido ya fue respondido o retirado. Actualice la lista.",
    "autorizacion.too_long": "Escríbalo en {maximum} letras o menos.",
    "base.away": "No se pudo llegar a la base de datos. Lo que ve y lo que escribió se conserva: espere un momento y "
    "repita; si no vuelve, avise al administrador.",
    "base.cannot_open": "No se pudo abrir la base de datos. Revise que la carpeta de datos exista y que usted "
    "tenga permiso de escribir en ella.",
    "base.copy": "No se pudo guardar la copia previa a la actualización en {path}; no se cambió nada. Libere "
    "espacio o revise los permisos, y vuelva a abrir.",
    "base.empty": "La base de datos del servidor está vacía. Prepárela con: agencia iniciar",
    "base.older": "La base de datos es de una versión anterior del programa. Ábrala primero en el equipo que guarda la "
    "cuenta propietaria (propietario.toml), que la actualiza, y repita.",
    "base.damaged": "La base de datos está dañada. No siga trabajando: avise al administrador para que "
    "recupere el último respaldo con «agencia respaldo restaurar».",
    "base.full_house": "La base de datos no admite más ventanas. Cierre una que no se use, o pida al administrador que "
    "suba el límite de conexiones.",
    "base.refused": "La base de datos no aceptó la cuenta de este equipo. Pida al administrador que revise «base» en "
    "los ajustes.",
    "base.rights": "La cuenta de este programa no puede hacer eso en la base de datos. No se guardó nada: avise al "
    "administrador.",
    "base.disk_full": "No hay espacio en el disco. No se guardó nada de este paso: libere espacio y repita.",
    "base.key": "La base de datos está cifrada y no se abre con la llave de {path}: falta, o es de otra. Pida al "
    "administrador que devuelva a su lugar la llave guardada; si es la correcta, que recupere el último respaldo con "
    "«agencia respaldo restaurar».",
    "base.key_open": "Otros usuarios del equipo pueden leer la llave de la base de datos, {path}. Pida al administrador "
    "que deje ese archivo solo para la cuenta que usa el programa (permisos 600).",
    "base.no_cipher": "La base de datos está cifrada y a este programa le falta con qué abrirla. Pida al administrador "
    "que instale el paquete sqlcipher3.",
    "base.locked": "Otro programa está usando la base de datos. No se guardó nada: espere un momento y repita.",
    "base.migrated": "Esta base de datos quedó atrás: la agencia pasó a un servidor. Ponga en «base» de ajustes.toml la "
    "dirección de la agencia en el servidor, y vuelva a abrir.",
    "base.newer": "La base de datos es de una versión más nueva de este programa. Actualice el programa en "
    "este equipo y vuelva a abrir.",
    "base.read_only": "No hay permiso para escribir en la base de datos. Pida al administrador que revise los "
    "permisos de la carpeta de datos.",
    "bitacora.head": "La huella del certificado son números y letras de la «a» a la «f»: escriba al menos los primeros "
    "{minimum}, hasta {maximum}.",
    "calificacion.before": "El empleador calificó antes del {desde}: esa fecha no puede ser de esta solicitud. Revísela "
    "en el papel.",
    "calificacion.future": "La fecha en que el empleador calificó es futura. Revísela en la solicitud.",
    "calificacion.incomplete": "Faltan datos del empleador: la razón social y quién calificó. Cópielos de la solicitud.",
    "calificacion.too_long": "Ese dato del empleador tiene más de {maximum} letras. Abrévielo.",
    "calificacion.unseen": "Compruebe que la solicitud tenga la firma y el sello del empleador, y márquelo. Si le falta "
    "alguno, la persona debe volver con su empleador: entréguele la hoja de pendientes.",
    "candado.already": "La persona ya tiene un candado puesto.",
    "candado.ended": "El candado se pone y se levanta con la persona presente. Atiéndala con su cédula.",
    "candado.identity": "Confirme primero la identidad de la persona.",
    "candado.in_person": "El candado lo pone y lo levanta la persona misma, no su apoderado.",
    "candado.none": "La persona no tiene un candado puesto.",
    "cedula.check_digit": "El número de cédula no es correcto.{swapped} Compárelo dígito por dígito con la cédula.",
    "cedula.empty": "Pase la cédula por el lector o escriba sus diez dígitos.",
    "cedula.length": "La cédula tiene diez dígitos y hay {digits}. Revise si falta o sobra alguno.",
    "cedula.letters": "La cédula lleva solo números. Revise lo escrito, o busque por apellidos y nombres.",
    "cedula.name": "Elija a la persona en la lista, o escriba su número de cédula.",
    "cedula.other_person": "Esa cédula es de otra persona. Pase la de quien está en la ventanilla, o cancele y empiece "
    "con ella.",
    "cedula.province": "Ninguna cédula empieza con {province}: las provincias van de 01 a 24, y 30 en el exterior. "
    "Revise los dos primeros dígitos.",
    "cedula.third_digit": "El tercer dígito de una cédula no puede ser {digit}. Revise el número; si es un RUC, "
    "pida la cédula.",
    "cierre.altered": "El cierre del {dia} guardado en la base de datos no es el que se escribió: alguien lo cambió. "
    "Compárelo con el certificado impreso y avise al administrador.",
    "cierre.blocked": "El {dia} no se puede cerrar todavía: quedan {que}. Termínelos o cancélelos y cierre de nuevo.",
    "cierre.closed": "El {dia} ya se cerró: lo cerró {usuario} el {cerrado}. Un día cerrado no se abre otra vez.",
    "cierre.file": "El {dia} quedó cerrado, pero no se pudo escribir todo en {path}. Libere espacio o revise los permisos, "
    "y guarde el certificado desde Cierre del día.",
    "cierre.future": "El {dia} todavía no llega. Elija hoy o un día anterior.",
    "cierre.not_closed": "El {dia} no está cerrado. Ciérrelo para tener su certificado.",
    "cifrado.already": "La base de datos de esta agencia ya está cifrada.",
    "cifrado.copy": "No se pudo escribir la llave en {path}. Indique un archivo nuevo, en una carpeta donde pueda escribir.",
    "cifrado.failed": "No se pudo cifrar la base de datos en {path}, que queda como estaba. Libere espacio o revise los "
    "permisos, y repita.",
    "cifrado.impossible": "En este equipo la base de datos no se puede cifrar: falta el paquete sqlcipher3.",
    "cifrado.no_key": "La base de datos de esta agencia no está cifrada: no hay llave que copiar.",
    "cifrado.server": "La base de datos de esta agencia está en un servidor: su cifrado lo pone quien lo administra.",
    "clave.annulled": "La clave de esa hoja quedó anulada y el trámite, cerrado. Para emitir otra, atienda a la "
    "persona de nuevo desde su cédula.",
    "clave.in_doubt": "Se perdió la conexión justo al registrar, y no se sabe si la clave quedó registrada. No repita "
    "nada: en cuanto vuelva la base de datos se averigua, y esta pantalla dice cómo quedó.",
    "clave.slip_changed": "Otra ventanilla ya emitió otra hoja de este trámite: la que usted vio no vale. Rómpala y "
    "retome el trámite.",
    "clave.slip_settled": "La hoja de clave de este trámite ya fue confirmada. Continúe con el recibo.",
    "contacto.celular": "El celular tiene diez dígitos y empieza con 09.",
    "contacto.correo": "Revise el correo: falta algo, como «@» o el punto.",
    "correccion.age": "Con esa fecha la persona tendría más de {maximum} años. Revise el año.",
    "correccion.closed": "El ticket {numero} ya se cerró. Actualice la lista.",
    "correccion.future": "La fecha de nacimiento no puede ser futura. Revísela en el documento.",
    "correccion.not_found": "El ticket {numero} no existe en esta agencia. Actualice la lista.",
    "correccion.nothing": "No hay tickets que exportar con ese filtro. Cambie las fechas o el estado.",
    "correccion.open": "De ese dato la persona ya tiene un ticket abierto: el {numero}. Espere a que se cierre.",
    "correccion.same": "El padrón ya dice eso mismo. Escriba cómo debe decir.",
    "correccion.text": "Escríbalo en {maximum} letras o menos, sin dejarlo vacío.",
    "data.exists": "La carpeta {path} ya tiene datos. Use otra carpeta, o siga trabajando con esta.",
    "data.in_use": "Ya hay una ventana o un kiosco abiertos sobre estos datos, en {path}. Ciérrelos y repita.",
    "data.missing": "La carpeta de datos {path} no está preparada. Prepárela con: agencia iniciar",
    "data.real": "La carpeta {path} tiene datos reales: la demostración no se abre sobre ellos. Ábrala sin "
    "«--demostracion» y revise que ajustes.toml diga «demostracion = false».",
    "data.rights": "No hay permiso para escribir en {path}. Pida al administrador que revise los permisos.",
    "simular.real": "Esta base es de una agencia real: la simulación emite claves ficticias y solo trabaja sobre "
    "una demostración. Indique otra carpeta en AGENCIA_DATOS u otra base en AGENCIA_BASE.",
    "demo.folder": "La carpeta {path} ya tiene algo, o no se puede crear. Elija una carpeta nueva o vacía.",
    "equipo.name": "Ponga al equipo un nombre de hasta {maximum} letras con --equipo.",
    "equipo.not_found": "Ningún equipo en uso se llama «{equipo}». Véalos con «agencia equipos».",
    "equipo.taken": "Ya hay un equipo llamado «{equipo}». Retírelo con «agencia equipos retirar», o ponga otro nombre con "
    "--equipo.",
    "equipo.unknown": "Este equipo («{equipo}») no está unido a la agencia, o un administrador lo retiró. Únalo con: "
    "agencia unirse",
    "export.exists": "Ya existe {path} y no se reemplaza. Elija otra carpeta, o quite ese archivo.",
    "export.folder": "No se pudo escribir en {path}. Libere espacio o revise los permisos, y exporte otra vez.",
    "export.order": "La primera fecha debe ser anterior a la última. Corríjalas y exporte otra vez.",
    "export.too_many": "Son más de {maximum} trámites. Exporte menos días a la vez.",
    "fecha.invalid": "Esa fecha no existe. Escriba día, mes y año, como 04/01/2035.",
    "hoja.issued": "La hoja {hoja} lleva una clave. Si se dañó, dígalo en su trámite; si ya se entregó, pida anular la "
    "emisión.",
    "hoja.motivo": "Escriba por qué se daña la hoja, en hasta {maximum} letras.",
    "hoja.needed": "Pase por el lector el número de la hoja, o escríbalo. La siguiente de esta ventanilla es la "
    "{siguiente}.",
    "hoja.none_left": "A la ventanilla {ventanilla} no le quedan hojas numeradas. Pida más al supervisor.",
    "hoja.not_next": "La hoja {hoja} no es la siguiente: use la {siguiente}. Si esa se dañó, pida al supervisor que lo "
    "registre en Hojas (F4).",
    "hoja.other_window": "La hoja {hoja} es de la ventanilla {ventanilla}. Devuélvala y use una de esta ventanilla.",
    "hoja.spoiled": "La hoja {hoja} está registrada como dañada. Use otra.",
    "hoja.unassigned": "La hoja {hoja} todavía no está entregada a ninguna ventanilla. Pida al supervisor que la entregue "
    "en Hojas (F4).",
    "hoja.unknown": "La hoja {hoja} no consta entre las recibidas. Revise el número.",
    "hoja.used": "La hoja {hoja} ya se usó. Revise el número y use la siguiente.",
    "hojas.elsewhere": "La hoja {hoja} está en la ventanilla {ventanilla}. Recójala primero y después entréguela.",
    "hojas.nothing_back": "De esas hojas no queda ninguna por recoger en una ventanilla. Revise los números.",
    "hojas.order": "Escriba primero el número menor y después el mayor, con hasta doce dígitos cada uno.",
    "hojas.overlap": "Parte de esas hojas ya se recibió: de la {desde} a la {hasta}. Revise los números.",
    "hojas.too_many": "Se reciben hasta {maximum} hojas a la vez. Divida el rango en partes.",
    "feriados.invalid": "El archivo de feriados {file} no se puede usar: {reason}. Avise al administrador.",
    "impresion.broken": "El papel no se pudo preparar por una falla del programa{message}. Avise al administrador con "
    "ese número.",
    "impresion.busy": "Ese papel se está enviando ahora mismo. Espere un momento y mire de nuevo.",
    "impresion.closed": "Ese papel ya no hace falta.",
    "impresion.done": "Ese papel ya salió. Si hace falta otro, pida un duplicado.",
    "impresion.elsewhere": "Ese papel está en una impresora del equipo {equipo}. Mire allí si salió; si ese equipo no "
    "funciona, un supervisor puede traer sus papeles desde Impresoras (F8).",
    "impresion.machine_there": "El equipo {equipo} está abierto: sus papeles salen allí. Ciérrelo primero si hay que traerlos.",
    "impresion.motivo": "Escriba por qué se imprime otra vez, en hasta {maximum} letras.",
    "impresion.nothing": "De ese trámite no hay un papel así que se pueda imprimir otra vez.",
    "impresion.slip": "Una hoja de clave no se imprime otra vez. Si no salió bien, indíquelo y se emite otra clave.",
    "impresora.copies": "De la hoja de clave no se imprimen copias; de los demás papeles, de 1 a {maximum}.",
    "impresora.in_use": "La impresora {printer} tiene un papel en camino. Espere a que salga, o páselo a otra.",
    "impresora.name": "Ponga a la impresora un nombre de hasta {maximum} letras que no tenga otra.",
    "impresora.settings": "No se pudieron guardar los ajustes en {path}. Revise el espacio y los permisos de la carpeta.",
    "kiosco.account": "La cuenta de este kiosco no tiene en el servidor los permisos que debe: {cuales}. Prepárela otra vez "
    "con «agencia kiosco preparar --admin URL».",
    "kiosco.admin": "Diga qué administrador prepara este kiosco: «agencia kiosco preparar --admin USUARIO».",
    "kiosco.birth_date": "Revise la fecha: dos números para el día, dos para el mes y cuatro para el año.",
    "kiosco.cedula": "Ese no es un número de cédula correcto. Compárelo con su cédula, dígito por dígito.",
    "kiosco.exit": "Esa no es la contraseña con la que se cierra este kiosco. Escríbala otra vez.",
    "kiosco.exit_wait": "Hubo varias contraseñas equivocadas. Espere {segundos} s y escríbala otra vez.",
    "kiosco.late": "Pasó mucho tiempo desde su consulta. Escriba otra vez su cédula.",
    "kiosco.printer": "Este kiosco imprime por las impresoras de la ventana de este equipo. Repita sin «--impresora».",
    "kiosco.unprepared": "Este equipo no está preparado como kiosco. Prepárelo con «agencia kiosco preparar».",
    "kiosco.version": "La base de datos es de una versión anterior del programa. Abra una vez la ventana del programa de "
    "esta versión, que la actualiza, y repita.",
    "kiosco.zone": "No se pudo leer la cédula. Pásela otra vez, o escriba su número.",
    "llave.folder": "No se pudo escribir la llave de los recibos en {path}; no se cambió nada. Libere espacio o "
    "revise los permisos, y repita.",
    "llave.missing": "No se encuentra la llave con que se sellan los recibos, o está dañada, y sin ella no se emite "
    "nada. Pida al administrador que la cambie con «agencia llaves rotar».",
    "migracion.address": "Esa dirección no sirve. Escríbala como postgresql://CUENTA@SERVIDOR/BASE y repita.",
    "migracion.broken": "Los datos de esta agencia no están íntegros ({cuales}), y así no se pasan. Recórralos con «agencia "
    "auditoria verificar» y «agencia doctor», y avise a quien mantiene el programa.",
    "migracion.different": "Lo que llegó al servidor no es igual a lo que hay aquí (tabla {tabla}). No se cambió nada: la "
    "agencia sigue en este equipo. Repita; si vuelve a pasar, avise a quien mantiene el programa.",
    "migracion.row": "El servidor no aceptó algo de la tabla {tabla}{message}. No se cambió nada: la agencia sigue en este "
    "equipo. Avise a quien mantiene el programa.",
    "migracion.server": "Esta agencia ya trabaja en un servidor: no hay nada que pasar.",
    "mrz.characters": "La lectura trae caracteres que la cédula no tiene. Pase la cédula otra vez, o escriba "
    "el número.",
    "mrz.check_digit": "La lectura de la cédula no cuadra ({field}). Pásela otra vez, o escriba el número.",
    "mrz.country": "El documento no es una cédula ecuatoriana. Pida la cédula de identidad.",
    "mrz.date": "La lectura trae una fecha que no existe. Pase la cédula otra vez, o escriba el número.",
    "mrz.length": "La lectura quedó incompleta ({characters} de 90 caracteres). Pase la cédula otra vez, "
    "o escriba el número.",
    "numero.check_digit": "El número del papel no es correcto. Páselo otra vez por el lector, o atienda por cédula.",
    "numero.exhausted": "Se agotaron los números de este año ({year}). Avise al administrador.",
    "numero.shape": "Ese no es el número de un papel de la agencia. Páselo otra vez por el lector.",
    "padron.empty": "El archivo está vacío. Pida uno nuevo a quien se lo envió.",
    "padron.header": "Al archivo le falta la columna {missing}. La primera fila debe tener los nombres de las "
    "columnas: corríjala y cargue otra vez.",
    "padron.header_repeated": "La columna {column} está dos veces en la primera fila. Deje una sola y cargue otra vez.",
    "padron.not_csv": "El archivo no es un CSV ni un Excel (XLSX). Guárdelo con uno de esos formatos y cargue otra vez.",
    "padron.not_found_file": "No existe ese archivo. Revise la ruta o elíjalo de nuevo.",
    "padron.importing": "Otra persona está cargando un padrón en esta agencia. Espere a que termine y cargue el suyo.",
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
    "perfil.ended": "Los requisitos «{perfil}» rigieron hasta el {hasta}. Pida al administrador que ponga una versión "
    "nueva (agencia reglamento poner), u otros en el ajuste «perfil».",
    "perfil.invalid": "El archivo {file} no se puede usar: {reason}. Avise al administrador.",
    "perfil.not_yet": "Los requisitos «{perfil}» todavía no rigen. Pida al administrador que ponga otros en el ajuste "
    "«perfil», o una versión que rija desde hoy.",
    "perfil.unknown": "Los requisitos «{perfil}» no están instalados. Avise al administrador.",
    "portal.check_digit": "El número del portal no es correcto: revise que ninguna cifra esté cambiada y escríbalo otra vez.",
    "portal.shape": "El número de una solicitud del portal tiene doce cifras. Escríbalo como está en la hoja.",
    "portal.year": "Ese número no es de una solicitud de este año ni del pasado. Compárelo con la hoja, o pase la cédula "
    "de la persona: aquí se le hace una nueva.",
    "printer.address": "La dirección de la impresora {printer} no se puede usar{message}. Corríjala en Impresoras (F8).",
    "printer.closed": "La impresora {printer} no recibe trabajos{message}. Elija otra, o pida que la habiliten.",
    "printer.doubtful": "No se sabe si el papel salió de {printer}{message}. Mire en la impresora: si salió completo, "
    "indíquelo; si no, imprímalo otra vez.",
    "printer.failed": "La impresora {printer} no imprimió el papel{message}. Revísela y reintente, o elija otra.",
    "printer.folder": "No se pudo escribir en la carpeta de papeles{message}. Libere espacio o revise los permisos, y "
    "reintente.",
    "printer.lost": "La hoja no llegó a la impresora {printer}. Emita otra: la que no salió se anula.",
    "printer.no_paper": "La impresora {printer} no tiene papel. Póngale un rollo: lo que espera sale solo.",
    "printer.no_spooler": "Este equipo no tiene en marcha el servicio de impresión, y la impresora {printer} lo "
    "necesita{message}. Avise al administrador, o elija otra.",
    "printer.offline": "La impresora {printer} está en pausa o tiene la tapa abierta{message}. Ciérrela: lo que espera "
    "sale solo.",
    "printer.refused": "La impresora {printer} no responde{message}. Revise que esté encendida y conectada: lo que "
    "espera sale solo.",
    "printer.silent": "La impresora {printer} no respondió a tiempo{message}. Revise que esté encendida; se intenta "
    "de nuevo.",
    "printer.slip_needs_paper": "La hoja de clave solo sale en papel. Pida al administrador que indique su impresora "
    "en Impresoras (F8).",
    "printer.stopped": "La impresora {printer} está detenida{message}. Pida que la reanuden: lo que espera sale solo.",
    "printer.unknown": "No hay una impresora llamada {printer}. Elija otra, o corrija el nombre en Impresoras (F8).",
    "printer.untold": "Se envió a {printer}, que no avisa cuando termina. Compruebe que el papel salió.",
    "printer.waiting": "La impresora {printer} lo tiene y no ha terminado{message}.",
    "printer.wrong_paper": "La impresora {printer} no imprime este papel. Elija otra.",
    "recibo.altered_content": "El recibo {recibo} consta, pero sus datos guardados no cuadran con su sello: alguien los "
    "cambió. Avise al administrador.",
    "recibo.altered_pdf": "El PDF no es el del recibo {recibo} que se emitió: se cambió, o se guardó de nuevo con otro "
    "programa. No lo dé por bueno: avise al supervisor.",
    "recibo.annulled": "El recibo {recibo} es de esta agencia, pero su clave fue anulada.",
    "recibo.authentic": "El recibo {recibo} es auténtico: se emitió el {emitido} en la ventanilla {ventanilla}. Compare "
    "con el papel.",
    "recibo.authentic_number": "El número {recibo} consta: se emitió el {emitido} en la ventanilla {ventanilla}. "
    "Para comprobar también el papel, escanee su código QR.",
    "recibo.bad_signature": "La firma del código QR no es de esta agencia. No dé el recibo por bueno: avise al "
    "supervisor.",
    "recibo.empty": "Escanee el código QR del recibo, o escriba su número.",
    "recibo.not_here": "La firma es buena, pero el recibo {recibo} no consta en esta base de datos. Si se recuperó un "
    "respaldo, avise al administrador.",
    "recibo.number_check": "Ese número de recibo no es correcto. Compárelo dígito por dígito con el papel, o "
    "escanee el código QR.",
    "recibo.number_shape": "El número de un recibo tiene catorce dígitos. Revise si falta o sobra alguno, o escanee el "
    "código QR.",
    "recibo.other_agency": "El recibo {recibo} es de otra agencia ({agencia}). Verifíquelo en esa agencia.",
    "recibo.pdf_before_seals": "El recibo {recibo} es de antes de que se sellaran: su PDF no se puede comprobar. "
    "Verifique su número.",
    "recibo.pdf_many": "El PDF trae los códigos de más de un recibo. Verifique un recibo por archivo.",
    "recibo.pdf_no_code": "El PDF no trae el código de un recibo. Revise que sea el archivo correcto.",
    "recibo.pdf_scan": "El PDF es una imagen escaneada y no se puede comparar. Escanee el código QR del papel.",
    "recibo.pdf_unreadable": "No se pudo leer el archivo: no existe, no es un PDF, está dañado o tiene contraseña. "
    "Pida el PDF de nuevo, o escanee el código QR del papel.",
    "recibo.qr_shape": "Ese código no es el de un recibo, o está alterado. Páselo otra vez; si dice lo mismo, no lo dé "
    "por bueno.",
    "recibo.qr_torn": "El código QR llegó incompleto. Páselo otra vez con el lector, o escriba el número del recibo.",
    "recibo.replaced": "El recibo {recibo} es auténtico, pero después se emitió otra clave y la suya quedó "
    "desactivada.",
    "recibo.tramite_number": "Ese es el número de un trámite, no de un recibo. Escriba el que dice «Recibo n.º».",
    "recibo.unknown": "El recibo {recibo} no consta en esta agencia.",
    "recibo.voided": "El recibo {recibo} es de esta agencia, pero su emisión fue anulada.",
    "reglamento.file": "No se pudo leer {file}. Revise la ruta, y que sea un texto en UTF-8 de menos de {kilos} kB.",
    "reglamento.invalid": "El archivo no se puede usar. El primer error, {fallo}. Corríjalo y revíselo otra vez: se dice "
    "cada error con su línea.",
    "reglamento.past": "Una versión no rige hacia atrás. Elija hoy, {hoy}, o una fecha posterior.",
    "reglamento.taken": "Ya hay una versión que rige desde el {desde}. Elija otra fecha.",
    "reglamento.unknown": "No hay una versión {version}. Vea sus números con «agencia reglamento lista».",
    "reloj.back": "El reloj marca {ahora}, antes de lo último que se registró ({registrado}): no se emite con la hora "
    "cambiada. Llame al supervisor para que la revise.",
    "reloj.right": "El reloj está bien: no hace falta que nadie lo autorice.",
    "requisitos.missing": "Todavía falta algún documento. Complételo o imprima la hoja de pendientes.",
    "respaldo.broken": "El respaldo se abrió, pero lo que guarda no está íntegro ({cuales}). No se recuperó nada: use un "
    "respaldo anterior.",
    "respaldo.cancelled": "El respaldo se interrumpió y no quedó nada de él. Vuelva a hacerlo.",
    "respaldo.damaged": "El respaldo está dañado, incompleto o fue cambiado. No se recuperó nada: use otra copia de ese "
    "archivo, o un respaldo anterior.",
    "respaldo.dump": "No se pudo copiar la base de datos{message}. No quedó ningún respaldo: avise a quien mantiene el "
    "servidor.",
    "respaldo.engine": "Ese respaldo es de una agencia en {motor}. Recupérelo en {motor}; después puede pasarla con "
    "«agencia migrar».",
    "respaldo.exists": "Ya existe {path}, y no se escribe encima. Indique otro nombre.",
    "respaldo.here": "La llave que abre los respaldos no se guarda en la carpeta de datos ({path}): quien la tuviera los "
    "leería todos. Indique una memoria USB.",
    "respaldo.identity": "Ese archivo no es una llave de respaldos. Indique el que hizo «agencia respaldo llave».",
    "respaldo.key": "La llave no abre este respaldo: se hizo para otra, o el archivo está dañado. Pruebe con la llave que "
    "valía en esa fecha.",
    "respaldo.later": "El respaldo es de una versión más nueva de este programa. Actualice el programa en este equipo y "
    "repita.",
    "respaldo.no_recipient": "Todavía no hay una llave para los respaldos. Pida al administrador que la haga con «agencia "
    "respaldo llave».",
    "respaldo.program": "En este equipo falta el programa {programa} de PostgreSQL, y sin él no se copia su base de datos. "
    "Instale los programas cliente de PostgreSQL, de la versión del servidor o posterior, y repita.",
    "respaldo.recipient": "La llave pública de los respaldos, en ajustes.toml, no se puede usar. Haga otra con «agencia "
    "respaldo llave».",
    "respaldo.restore": "El servidor no aceptó lo que guarda el respaldo{message}. No se recuperó nada: avise a quien "
    "mantiene el servidor.",
    "respaldo.rows": "El respaldo se abrió, pero no guarda lo que dice ({cuales}). No se recuperó nada: use un respaldo "
    "anterior.",
    "respaldo.unreadable": "No se pudo leer {path}. Revise la ruta y los permisos, y repita.",
    "respaldo.write": "No se pudo escribir en {path}. Revise el espacio y los permisos de esa carpeta, y repita.",
    "revision.approved": "Usted autorizó algo en este trámite: lo revisa otro supervisor.",
    "revision.comment": "Escriba qué comprobó, en hasta {maximum} letras.",
    "revision.done": "Ya lo revisó {usuario}.",
    "revision.own": "Esto es sobre lo que usted hizo: lo revisa otro supervisor.",
    "retencion.changed": "Lo que vio ya no es lo que toca depurar. Mírelo de nuevo y decida.",
    "retencion.held": "Esa persona ya está exceptuada de la depuración.",
    "retencion.motivo": "Escriba el motivo, en hasta {maximum} letras.",
    "retencion.not_held": "Esa persona no está exceptuada de la depuración.",
    "retencion.nothing": "No hay nada que depurar de ese dato.",
    "ruc.shape": "El RUC tiene trece números. Revise si falta o sobra alguno.",
    "servidor.accounts": "En el servidor ya están las cuentas {cuentas}. Quítelas, o use otro nombre de base de datos.",
    "servidor.admin": "La cuenta de administración no puede crear bases y cuentas en ese servidor. Use una con CREATEDB y "
    "CREATEROLE, o la de superusuario.",
    "servidor.application": "Ese equipo entra con la cuenta de la aplicación, no con la propietaria. Use la dirección que "
    "quedó en ajustes.toml del primer equipo.",
    "servidor.base": "Falta la dirección de la base de datos. Póngala en la variable AGENCIA_BASE y repita.",
    "servidor.not_empty": "La base de datos de esa dirección ya tiene algo. Use una vacía, o una que todavía no exista.",
    "servidor.owner_file": "El archivo {path} no se puede usar. Recupere el que escribió «agencia iniciar», o quítelo de "
    "ahí.",
    "servidor.version": "El servidor es anterior a PostgreSQL {minimum}. Actualícelo y repita.",
    "solicitud.direct": "Esta persona no necesita a un empleador: su solicitud se imprime y se firma aquí.",
    "solicitud.employer_expired": "La solicitud {solicitud} venció el {vence_el}. Vuelva a Requisitos con Alt+←, quite la "
    "marca de la solicitud e imprima con E una nueva para el empleador.",
    "solicitud.employer_used": "La solicitud {solicitud} ya se usó, y sirve una sola vez. Vuelva a Requisitos con Alt+←, "
    "quite la marca de la solicitud e imprima con E una nueva para el empleador.",
    "solicitud.expired": "La solicitud {solicitud} venció el {vence_el}. Pase la cédula de la persona: aquí se le hace "
    "una nueva.",
    "solicitud.not_found": "La solicitud {solicitud} no consta en esta agencia. Compárela con el papel, o pase la cédula "
    "de la persona: aquí se le hace una nueva.",
    "solicitud.other_person": "Esa solicitud es de otra persona. Revise el número del portal y de quién es la cédula.",
    "solicitud.unqualified": "Esa solicitud todavía no está calificada por el empleador. Registre sus datos, con la firma "
    "y el sello vistos, antes de seguir.",
    "solicitud.used": "La solicitud {solicitud} ya se usó en el trámite {tramite}, y sirve una sola vez. Pase la cédula "
    "de la persona para hacerle otra.",
    "tramite.ended": "El trámite {numero} ya terminó. Para atender de nuevo a la persona, pase su cédula.",
    "tramite.issued": "La clave de este trámite ya quedó registrada y no se puede cancelar. Confirme la hoja.",
    "tramite.not_accepted": "Antes de firmar, la persona debe aceptar las condiciones de la clave.",
    "tramite.not_found": "El trámite {numero} no existe en esta agencia. Atienda a la persona con su cédula.",
    "tramite.not_ready": "Al trámite le falta un paso anterior. Vuelva atrás y complételo.",
    "tramite.slip_pending": "Falta confirmar la hoja de clave. Diga si salió bien o se dañó.",
    "tramite.stopped": "No se puede emitir la clave. {title}.",
    "usuario.admin_missing": "En una agencia de varias ventanillas esto lo hace un administrador. Repita con --admin USUARIO.",
    "usuario.already": "El usuario ya está {estado}: otra persona se adelantó. Actualice la lista.",
    "usuario.exists": "El usuario {usuario} ya existe. Elija otro nombre.",
    "usuario.inactive": "Su usuario está desactivado y ya no puede trabajar aquí. Hable con el administrador.",
    "usuario.last_admin": "Es el único administrador activo. Antes de desactivarlo, cree otro administrador.",
    "usuario.locked": "El usuario quedó bloqueado por varios intentos fallidos. Pruebe de nuevo a las {until}.",
    "usuario.must_change": "La contraseña es temporal. Su dueño debe ingresar en la ventanilla y cambiarla primero.",
    "usuario.name": "El usuario se escribe con letras minúsculas, números, punto o guion, y empieza con letra.",
    "usuario.password_differs": "Las dos contraseñas no son iguales. Escríbalas de nuevo.",
    "usuario.password_repeated": "La contraseña nueva es igual a la anterior. Elija otra.",
    "usuario.password_text": "La contraseña trae caracteres que no son texto. Escríbala en UTF-8.",
    "usuario.password_same": "La contraseña no puede ser igual al usuario. Elija otra.",
    "usuario.password_short": "La contraseña debe tener al menos {minimum} caracteres.",
    "usuario.role": "Su usuario no puede hacer esto. Pídalo a un {roles}.",
    "usuario.self": "Esto no se hace con el propio usuario. Pídalo a otro administrador.",
    "usuario.similar": "Ya existe el usuario {usuario}, que se escribe casi igual. Elija un nombre que no se confunda.",
    "usuario.unknown": "No existe el usuario {usuario}. Revise cómo se escribe.",
    "usuario.ventanilla": "La ventanilla es un número de 1 a {maximum}.",
    "usuario.ventanilla_taken": "En la ventanilla {ventanilla} ya trabaja el equipo {equipo}. Escriba el número de la "
    "suya, o cierre la sesión en ese equipo.",
    "usuario.ventanilla_lost": "Mientras no hubo conexión, otro equipo ocupó la ventanilla {ventanilla}. Ingrese otra vez "
    "en la que le corresponde; lo que estaba a medias se retoma.",
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
    if name == "message":
        return f" ({value})" if value else ""
    if name == "roles" and isinstance(value, tuple):
        return " o a un ".join(value)
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
