"""Every event of the bitácora. What is not in this list cannot be recorded.

A test runs the real service for each one: an event that nothing emits fails it.
"""

from __future__ import annotations

from enum import StrEnum


class Evento(StrEnum):
    """What happened, as the bitácora's ``accion``."""

    AGENCIA_INICIADA = "agencia.iniciada"
    AGENCIA_MIGRADA = "agencia.migrada"  # to a server; the last row of the file that was left
    # users and sessions
    INGRESO = "ingreso"
    INGRESO_FALLIDO = "ingreso.fallido"
    INGRESO_DESCONOCIDO = "ingreso.desconocido"
    SALIDA = "salida"
    USUARIO_CREADO = "usuario.creado"
    USUARIO_BLOQUEADO = "usuario.bloqueado"
    USUARIO_DESBLOQUEADO = "usuario.desbloqueado"
    USUARIO_DESACTIVADO = "usuario.desactivado"
    USUARIO_REACTIVADO = "usuario.reactivado"
    CONTRASENA_CAMBIADA = "contrasena.cambiada"  # by its owner
    CONTRASENA_RESTABLECIDA = "contrasena.restablecida"  # by an administrador
    # looking somebody up
    CONSULTA_BUSQUEDA = "consulta.busqueda"
    CONSULTA_PERSONA = "consulta.persona"
    CONSULTA_SIN_PADRON = "consulta.sin_padron"
    CONSULTA_DETENIDA = "consulta.detenida"
    CONSULTA_TRAMITE = "consulta.tramite"  # its detail was opened
    CONSULTA_ACCESOS = "consulta.accesos"
    # the kiosk
    KIOSCO_PREPARADO = "kiosco.preparado"  # its account on a server, or its password
    KIOSCO_CONSULTA = "kiosco.consulta"  # a cédula and a birth date, right or wrong
    KIOSCO_SOLICITUD = "kiosco.solicitud"
    # an attention
    TRAMITE_ABIERTO = "tramite.abierto"
    TRAMITE_RETOMADO = "tramite.retomado"
    TRAMITE_PENDIENTE = "tramite.pendiente"
    TRAMITE_CANCELADO = "tramite.cancelado"
    TRAMITE_TERMINADO = "tramite.terminado"
    IDENTIDAD_CONFIRMADA = "identidad.confirmada"
    CONTACTO_CAMBIADO = "contacto.cambiado"
    APODERADO_REGISTRADO = "apoderado.registrado"
    REQUISITOS_CUMPLIDOS = "requisitos.cumplidos"
    CONSIDERACIONES_ACEPTADAS = "consideraciones.aceptadas"
    SOLICITUD_GENERADA = "solicitud.generada"  # for the employer to qualify
    SOLICITUD_REGISTRADA = "solicitud.registrada"  # one of the portal's
    SOLICITUD_RECHAZADA = "solicitud.rechazada"  # used, expired or of another person
    SOLICITUD_CALIFICADA = "solicitud.calificada"  # the employer's block was written down
    SOLICITUD_FIRMADA = "solicitud.firmada"
    SOLICITUD_REIMPRESA = "solicitud.reimpresa"
    CANDADO_PUESTO = "candado.puesto"
    CANDADO_LEVANTADO = "candado.levantado"
    # what the padrón has wrong
    CORRECCION_ABIERTA = "correccion.abierta"
    CORRECCION_CERRADA = "correccion.cerrada"
    CORRECCIONES_EXPORTADAS = "correcciones.exportadas"
    # the clave, its slip and its recibo
    CLAVE_EMITIDA = "clave.emitida"
    CLAVE_REEMPLAZADA = "clave.reemplazada"
    CLAVE_ANULADA = "clave.anulada"
    HOJA_ENTREGADA = "hoja.entregada"
    HOJA_DANADA = "hoja.danada"
    RECIBO_ANULADO = "recibo.anulado"
    # papers and printers
    PAPEL_CONFIRMADO = "papel.confirmado"
    PAPEL_REINTENTADO = "papel.reintentado"
    PAPEL_DUPLICADO = "papel.duplicado"
    PAPELES_RELEVADOS = "papeles.relevados"  # of a machine that left them
    IMPRESORA_PROBADA = "impresora.probada"
    IMPRESORAS_CAMBIADAS = "impresoras.cambiadas"
    # four eyes
    AUTORIZACION_PEDIDA = "autorizacion.pedida"
    AUTORIZACION_APROBADA = "autorizacion.aprobada"
    AUTORIZACION_NEGADA = "autorizacion.negada"
    AUTORIZACION_RETIRADA = "autorizacion.retirada"
    AUTORIZACION_EMERGENCIA = "autorizacion.emergencia"  # a lone supervisor broke the glass
    RELOJ_ACEPTADO = "reloj.aceptado"
    # numbered slips
    HOJAS_RECIBIDAS = "hojas.recibidas"
    HOJAS_ASIGNADAS = "hojas.asignadas"
    HOJA_NUMERADA_DANADA = "hoja_numerada.danada"
    # the supervisor's day
    REVISION_HECHA = "revision.hecha"
    DIA_CERRADO = "dia.cerrado"
    DIA_EXPORTADO = "dia.exportado"
    BITACORA_VERIFICADA = "bitacora.verificada"
    # padrón and keys
    PADRON_LOTE = "padron.lote"
    PADRON_IMPORTADO = "padron.importado"
    LLAVE_CREADA = "llave.creada"
    LLAVE_RETIRADA = "llave.retirada"
    BASE_CIFRADA = "base.cifrada"
    LLAVE_BASE_COPIADA = "llave_base.copiada"
    # backups
    RESPALDO_LLAVE = "respaldo.llave"
    RESPALDO_CREADO = "respaldo.creado"
    RESPALDO_RESTAURADO = "respaldo.restaurado"
    # the machines and the settings of an agency of many windows
    EQUIPO_UNIDO = "equipo.unido"
    EQUIPO_RETIRADO = "equipo.retirado"
    AJUSTE_CAMBIADO = "ajuste.cambiado"
    # the rules
    REGLAMENTO_PUESTO = "reglamento.puesto"
    # retention
    RETENCION_EXCEPTUADA = "retencion.exceptuada"
    RETENCION_EXCEPCION_LEVANTADA = "retencion.excepcion_levantada"
    RETENCION_DEPURADA = "retencion.depurada"
