"""Each event of the bitácora in Spanish: what its actor did, to stand after their name or alone.

Timelines, *Accesos a una persona* and the doctor's report say the same words.
"""

from __future__ import annotations

from agencia_app.models.domain.evento import Evento

EVENTO_TEXT: dict[Evento, str] = {
    Evento.AGENCIA_INICIADA: "Preparó los datos de la agencia",
    Evento.AGENCIA_MIGRADA: "Pasó la agencia a un servidor",
    Evento.INGRESO: "Ingresó",
    Evento.INGRESO_FALLIDO: "Falló al ingresar",
    Evento.INGRESO_DESCONOCIDO: "Intentó ingresar con un usuario que no existe",
    Evento.SALIDA: "Salió",
    Evento.USUARIO_CREADO: "Creó un usuario",
    Evento.USUARIO_BLOQUEADO: "Quedó bloqueado por varios intentos fallidos",
    Evento.USUARIO_DESBLOQUEADO: "Desbloqueó a un usuario",
    Evento.USUARIO_DESACTIVADO: "Desactivó a un usuario",
    Evento.USUARIO_REACTIVADO: "Reactivó a un usuario",
    Evento.CONTRASENA_CAMBIADA: "Cambió su contraseña",
    Evento.CONTRASENA_RESTABLECIDA: "Restableció la contraseña de un usuario",
    Evento.CONSULTA_BUSQUEDA: "Vio a la persona en una búsqueda",
    Evento.CONSULTA_PERSONA: "Consultó a la persona por su cédula",
    Evento.CONSULTA_SIN_PADRON: "Consultó una cédula que no está en el padrón",
    Evento.CONSULTA_DETENIDA: "Consultó a la persona, que no puede ser atendida",
    Evento.CONSULTA_TRAMITE: "Abrió el detalle del trámite",
    Evento.CONSULTA_ACCESOS: "Pidió el informe de accesos a la persona",
    Evento.KIOSCO_CONSULTA: "Consultó en el quiosco",
    Evento.KIOSCO_SOLICITUD: "Generó su solicitud en el quiosco",
    Evento.TRAMITE_ABIERTO: "Abrió el trámite",
    Evento.TRAMITE_RETOMADO: "Retomó el trámite",
    Evento.TRAMITE_PENDIENTE: "Dejó el trámite pendiente",
    Evento.TRAMITE_CANCELADO: "Canceló el trámite",
    Evento.TRAMITE_TERMINADO: "Terminó el trámite",
    Evento.IDENTIDAD_CONFIRMADA: "Confirmó la identidad",
    Evento.CONTACTO_CAMBIADO: "Cambió los datos de contacto",
    Evento.APODERADO_REGISTRADO: "Registró al apoderado",
    Evento.REQUISITOS_CUMPLIDOS: "Dio los requisitos por cumplidos",
    Evento.CONSIDERACIONES_ACEPTADAS: "Registró que la persona aceptó las condiciones",
    Evento.SOLICITUD_GENERADA: "Imprimió la solicitud para el empleador",
    Evento.SOLICITUD_REGISTRADA: "Registró la solicitud del portal",
    Evento.SOLICITUD_CALIFICADA: "Registró la calificación del empleador",
    Evento.SOLICITUD_FIRMADA: "Registró la firma de la solicitud",
    Evento.SOLICITUD_REIMPRESA: "Imprimió otra vez la solicitud",
    Evento.CANDADO_PUESTO: "Puso el candado que pidió la persona",
    Evento.CANDADO_LEVANTADO: "Levantó el candado",
    Evento.CLAVE_EMITIDA: "Emitió la clave",
    Evento.CLAVE_REEMPLAZADA: "Reemplazó la clave de una hoja dañada",
    Evento.CLAVE_ANULADA: "Anuló la clave",
    Evento.HOJA_ENTREGADA: "Entregó la hoja de clave",
    Evento.HOJA_DANADA: "Indicó que la hoja de clave se dañó",
    Evento.RECIBO_ANULADO: "Anuló el recibo",
    Evento.PAPEL_CONFIRMADO: "Confirmó que el papel salió",
    Evento.PAPEL_REINTENTADO: "Mandó el papel otra vez a la impresora",
    Evento.PAPEL_DUPLICADO: "Imprimió un duplicado",
    Evento.PAPELES_RELEVADOS: "Trajo los papeles que dejó otro equipo",
    Evento.IMPRESORA_PROBADA: "Probó una impresora",
    Evento.IMPRESORAS_CAMBIADAS: "Cambió las impresoras",
    Evento.AUTORIZACION_PEDIDA: "Pidió autorización",
    Evento.AUTORIZACION_APROBADA: "Aprobó la autorización",
    Evento.AUTORIZACION_NEGADA: "Negó la autorización",
    Evento.AUTORIZACION_RETIRADA: "Retiró el pedido de autorización",
    Evento.AUTORIZACION_EMERGENCIA: "Autorizó por emergencia lo que había pedido",
    Evento.RELOJ_ACEPTADO: "Dio por buena la hora del reloj",
    Evento.HOJAS_RECIBIDAS: "Recibió hojas de clave numeradas",
    Evento.HOJAS_ASIGNADAS: "Entregó hojas numeradas a una ventanilla",
    Evento.HOJA_NUMERADA_DANADA: "Registró una hoja numerada dañada",
    Evento.REVISION_HECHA: "Revisó",
    Evento.DIA_CERRADO: "Cerró el día",
    Evento.DIA_EXPORTADO: "Exportó los datos del día",
    Evento.BITACORA_VERIFICADA: "Verificó la bitácora",
    Evento.PADRON_LOTE: "Cargó una parte del padrón",
    Evento.PADRON_IMPORTADO: "Cargó el padrón",
    Evento.LLAVE_CREADA: "Creó la llave de los recibos",
    Evento.LLAVE_RETIRADA: "Retiró la llave de los recibos",
    Evento.BASE_CIFRADA: "Cifró la base de datos",
    Evento.LLAVE_BASE_COPIADA: "Copió la llave de la base de datos",
    Evento.RESPALDO_LLAVE: "Cambió la llave que abre los respaldos",
    Evento.RESPALDO_CREADO: "Hizo un respaldo",
    Evento.RESPALDO_RESTAURADO: "Recuperó un respaldo",
    Evento.EQUIPO_UNIDO: "Unió un equipo a la agencia",
    Evento.EQUIPO_RETIRADO: "Retiró un equipo de la agencia",
    Evento.AJUSTE_CAMBIADO: "Cambió un ajuste de la agencia",
    Evento.RETENCION_EXCEPTUADA: "Exceptuó a la persona de la depuración",
    Evento.RETENCION_EXCEPCION_LEVANTADA: "Levantó la excepción de depuración",
    Evento.RETENCION_DEPURADA: "Depuró datos vencidos",
}


def words(accion: str) -> str:
    """Return an event's words, or its own name for one that an earlier version recorded."""
    try:
        return EVENTO_TEXT[Evento(accion)]
    except ValueError:
        return accion
