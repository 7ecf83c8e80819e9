"""What staff say of attributes, foreign keys of their values, and videos of other sites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.online import add_index, drop_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FLAGS = {"filterable_in_dashboard": True, "available_in_grid": True, "is_variant_only": False}
_REFERENCES = ("product", "page")


def upgrade() -> None:
    for name, default in _FLAGS.items():
        given = sa.true() if default else sa.false()
        op.add_column(
            "attribute", sa.Column(name, sa.Boolean, nullable=False, server_default=given), if_not_exists=True
        )
    for name in ("oembed", "private_meta"):
        empty = sa.text("'{}'::jsonb")
        op.add_column("product_media", sa.Column(name, JSONB, nullable=False, server_default=empty), if_not_exists=True)
    op.add_column("attribute_value", sa.Column("external_reference", sa.Text), if_not_exists=True)
    for kind in _REFERENCES:
        table = f"attribute_{kind}_reference"
        op.create_table(
            table,
            sa.Column("attribute_id", sa.BigInteger, nullable=False, autoincrement=False),
            sa.Column(f"{kind}_type_id", sa.BigInteger, nullable=False, autoincrement=False),
            sa.PrimaryKeyConstraint("attribute_id", f"{kind}_type_id", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(
                ["attribute_id"], ["attribute.id"], name=f"fk_{table}_attribute_id_attribute", ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [f"{kind}_type_id"],
                [f"{kind}_type.id"],
                name=f"fk_{table}_{kind}_type_id_{kind}_type",
                ondelete="CASCADE",
            ),
            if_not_exists=True,
        )
        op.create_index(f"ix_{table}_{kind}_type_id", table, [f"{kind}_type_id"], if_not_exists=True)
    add_index(
        "ix_attribute_value_external_reference",
        "attribute_value",
        ["external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )


def downgrade() -> None:
    drop_index("ix_attribute_value_external_reference", "attribute_value")
    for kind in _REFERENCES:
        op.drop_table(f"attribute_{kind}_reference", if_exists=True)
    op.drop_column("attribute_value", "external_reference", if_exists=True)
    for name in ("oembed", "private_meta"):
        op.drop_column("product_media", name, if_exists=True)
    for name in _FLAGS:
        op.drop_column("attribute", name, if_exists=True)
