"""Every event has its words."""

from __future__ import annotations

from agencia_app.models.domain.evento import Evento
from agencia_app.models.domain.evento_texto import EVENTO_TEXT, words


def test_every_event_has_words_of_its_own() -> None:
    assert list(EVENTO_TEXT) == list(Evento)
    assert len(set(EVENTO_TEXT.values())) == len(Evento)
    assert all(text[0].isupper() and text[-1] not in ".:" for text in EVENTO_TEXT.values())


def test_an_event_of_an_earlier_version_says_its_name() -> None:
    assert words(Evento.CLAVE_EMITIDA) == "Emitió la clave"
    assert words("cosa.antigua") == "cosa.antigua"
