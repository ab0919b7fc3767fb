"""What each case has come to, in its own row: a city's cases are counted without reading their histories."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    # Nothing is to be filled in: until now no case was ever disposed of or closed.
    column = sa.Column("tally", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("case_", column)


def downgrade():
    op.drop_column("case_", "tally")
