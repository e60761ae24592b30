"""Say of keys and of print jobs which machine they are of, where an agency has many."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_EQUIPO = 60  # characters of a machine's name


def upgrade() -> None:
    for table in ("llave", "impresion"):
        op.add_column(table, sa.Column("equipo", sa.String(_EQUIPO), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("impresion", "llave"):
        op.drop_column(table, "equipo")
