"""What every applicant is told before asking for a clave.

Source: the procedure for the clave personal, in "Qué hacer para la obtención de las
prestaciones que brinda la seguridad social IESS" (its considerations, in its order).
"""

from __future__ import annotations

CONSIDERACIONES = (
    "La clave personal es universal: es una sola y sirve para todos los servicios del instituto.",
    "Al pedir una clave nueva, la clave anterior queda desactivada.",
    "La clave es personal. Cuidarla y mantenerla en reserva es responsabilidad de su dueño.",
    "Los jubilados, cesantes y afiliados voluntarios imprimen directamente su solicitud. Con relación de dependencia, la solicitud va al empleador, que la califica, la imprime, la firma y la entrega.",
)
