"""What of a trámite needs a second person, and which papers are missing once that is weighed. Pure.

An approval covers the very facts that it names: ``alcance`` is canonical JSON of them, and any change
of one makes another text. So nothing has to be remembered when facts change back and forth.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from agencia_app.models.domain import numero as numeros
from agencia_app.models.domain import requisitos as rules
from agencia_app.models.domain.autorizacion import Asunto, Exigencia
from agencia_app.models.domain.candado import Candado
from agencia_app.models.domain.fechas import day, local_date
from agencia_app.models.domain.fechas import moment as shown
from agencia_app.models.domain.requisitos import Contexto, Documento, Falta, FormatoCedula, Perfil
from agencia_app.models.domain.tramite import Identidad, Tramite
from agencia_app.services import recibos

_Facts = tuple[str, str]  # what is approved (alcance), and in words (texto)


def needed(
    tramite: Tramite, perfil: Perfil, context: Contexto, dias_segunda_clave: int, now: datetime
) -> tuple[Exigencia, ...]:
    """Return everything of a trámite that needs a second person, covered or not.

    What Identidad tells counts once it was confirmed. After the issuance nothing does.
    """
    if tramite.emision is not None:
        return ()
    finders: tuple[tuple[Asunto, Callable[[], _Facts | None]], ...] = (
        (Asunto.DOCUMENTO_FALTANTE, lambda: _documents(tramite, perfil, context)),
        (Asunto.CEDULA_VENCIDA, lambda: _expired(context)),
        (Asunto.CEDULA_ANTIGUA, lambda: _old_format(tramite)),
        (Asunto.SEGUNDA_CLAVE, lambda: _second(tramite, timedelta(days=dias_segunda_clave), now)),
        (Asunto.CONTACTO_CAMBIADO, lambda: _contact(tramite)),
        (Asunto.APODERADO, lambda: _apoderado(tramite)),
        (Asunto.CANDADO, lambda: _locked(tramite, now)),
    )
    found = ((asunto, find()) for asunto, find in finders)
    return tuple(
        Exigencia(asunto, facts[0], facts[1], approved(tramite, asunto, facts[0]))
        for asunto, facts in found
        if facts is not None
    )


def missing(
    tramite: Tramite, perfil: Perfil, documentos: tuple[Documento, ...], context: Contexto
) -> tuple[Falta, ...]:
    """Return what is missing from a checklist that no second person admitted as it is."""
    admitted = replace(context, vencida_admitida=True)
    besides = rules.missing(perfil, documentos, admitted)
    if besides and approved(tramite, Asunto.DOCUMENTO_FALTANTE, _documents_scope(besides, documentos)):
        besides = ()
    if not context.cedula_vencida or approved(tramite, Asunto.CEDULA_VENCIDA, _expiry_scope(context)):
        return besides
    everything = rules.missing(perfil, documentos, context)
    return everything if besides else tuple(each for each in everything if each.requisito == rules.CEDULA)


def approved(tramite: Tramite, asunto: Asunto, alcance: str) -> bool:
    """Tell whether a second person approved these very facts for this trámite."""
    return any(each.asunto is asunto and each.alcance == alcance for each in tramite.aprobadas)


def lifting(candado: Candado) -> _Facts:
    """Return what lifting a lock asks approval of, and in words."""
    return _written(
        candado=candado.id
    ), f"Levantar el candado que la persona pidió el {_on(candado.puesto_en)}."


def clock(now: datetime, recorded: datetime) -> _Facts:
    """Return what accepting the hour of a clock that lags asks approval of, and in words."""
    texto = f"El reloj marca {shown(now)} y lo último se registró el {shown(recorded)}."
    return _written(registrado=recibos.written(recorded)), texto


def _documents(tramite: Tramite, perfil: Perfil, context: Contexto) -> _Facts | None:
    if not tramite.documentos:
        return None  # nobody has looked at the papers yet
    faltas = rules.missing(perfil, tramite.documentos, replace(context, vencida_admitida=True))
    if not faltas:
        return None
    listed = "; ".join(falta.text for falta in faltas)
    return _documents_scope(faltas, tramite.documentos), f"Falta {listed}."


def _documents_scope(faltas: tuple[Falta, ...], documentos: tuple[Documento, ...]) -> str:
    """Name each paper that lacks something, what it lacks, and what was shown in its place."""
    lacking = dict.fromkeys(falta.requisito for falta in faltas)
    return _written(
        faltan=[falta.text for falta in faltas],
        presentados=recibos.facts(tuple(each for each in documentos if each.requisito in lacking)),
    )


def _expired(context: Contexto) -> _Facts | None:
    if not context.cedula_vencida or context.vencimiento_cedula is None:
        return None
    return _expiry_scope(context), f"La cédula venció el {day(context.vencimiento_cedula)}."


def _expiry_scope(context: Contexto) -> str:
    return _written(vencimiento=recibos.written(context.vencimiento_cedula))


def _old_format(tramite: Tramite) -> _Facts | None:
    identidad = _confirmed(tramite)
    if identidad is None or identidad.formato is not FormatoCedula.ANTIGUA or identidad.comprobada:
        return None
    alcance = _written(formato=identidad.formato.value, vencimiento=recibos.written(identidad.vencimiento))
    return alcance, "La cédula es antigua y sus datos no se comprobaron en el Registro Civil."


def _second(tramite: Tramite, within: timedelta, now: datetime) -> _Facts | None:
    before = tramite.anterior
    if before is None or now - before.emitida_en >= within:
        return None
    alcance = _written(recibo=before.recibo, emitida_en=recibos.written(before.emitida_en))
    recibo = numeros.shown(before.recibo)
    return alcance, f"Ya se le emitió una clave el {_on(before.emitida_en)} (recibo {recibo})."


def _contact(tramite: Tramite) -> _Facts | None:
    identidad = _confirmed(tramite)
    if identidad is None:
        return None
    pairs = {
        "correo": (tramite.correo_antes, identidad.correo),
        "celular": (tramite.celular_antes, identidad.celular),
    }
    changes = [
        f"el {name} «{before}» cambia a «{after}»" if after else f"el {name} «{before}» se quita"
        for name, (before, after) in pairs.items()
        if before and before != after
    ]
    if not changes:
        return None
    words = " y ".join(changes)
    return _written(**pairs), f"{words[:1].upper()}{words[1:]}."


def _apoderado(tramite: Tramite) -> _Facts | None:
    identidad = _confirmed(tramite)
    if identidad is None or identidad.apoderado is None:
        return None
    who = identidad.apoderado
    alcance = _written(
        cedula=who.cedula,
        nombre=who.nombre,
        documento=who.documento,
        notaria=who.notaria,
        fecha=recibos.written(who.fecha),
    )
    return alcance, f"En nombre de la persona viene {who.masked.text}."


def _locked(tramite: Tramite, now: datetime) -> _Facts | None:
    candado = tramite.candado
    if candado is None:
        return None
    if candado.tramite == tramite.numero and local_date(candado.puesto_en) == local_date(now):
        return None  # the person who asked for it stands there still: it is for later issuances
    return _written(candado=candado.id), (
        f"La persona pidió un candado el {_on(candado.puesto_en)}: la entrega necesita a un supervisor."
    )


def _confirmed(tramite: Tramite) -> Identidad | None:
    return tramite.identidad if tramite.identidad_en is not None else None


def _on(moment: datetime) -> str:
    return day(local_date(moment))


def _written(**facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
