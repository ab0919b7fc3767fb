"""What cases hold of private people, apart from their history, and no telephone number whole where it need not be.

Chiefs' numbers are masked in the decisions of cases and in the answers kept for keys; in these also the numbers that
descriptions mention. What histories said before this step
stays as it was said, because they cannot be changed without breaking their seals: their first entries hold description
and address, their decisions the numbers of chiefs in full. They are masked where they are shown, but an erasure does
not reach them. Whoever has such histories and must be rid of them brings the cases in anew.

Taking the step back loses the reporters of cases for good.
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.masking import mask_phone, mask_text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLES = ("grid_chief", "street_chief")
BATCH = 1000


def upgrade():
    op.create_table(
        "case_private",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("reporter", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "erased_at IS NULL OR (salt IS NULL AND reporter IS NULL)", name=op.f("ck_case_private_erased")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_private")),
    )
    op.create_index("ix_idempotency_case_id", "idempotency", ["case_id"], unique=False)
    for role in ROLES:
        mask_decisions(op.get_bind(), role)
    mask_answers(op.get_bind())


def mask_decisions(connection, role):
    """A district has few chiefs and many cases: each number is masked once."""
    told = f"decision->'{role}'->>'phone'"
    numbers = connection.execute(sa.text(f"SELECT DISTINCT {told} FROM case_ WHERE {told} IS NOT NULL")).scalars()
    masks = {number: mask_phone(number) for number in numbers}
    change = sa.text(
        f"UPDATE case_ SET decision = jsonb_set(decision, '{{{role},phone}}', "
        f"coalesce(to_jsonb(CAST(:masks AS jsonb)->>({told})), 'null')) WHERE {told} IS NOT NULL"
    )
    if masks:
        connection.execute(change, {"masks": json.dumps(masks)})


def mask_answers(connection):
    """Answers are kept as text, field by field in their order; other requests' keys are none of ours."""
    page = sa.text(
        "SELECT actor, key, answer FROM idempotency WHERE (actor, key) > (:actor, :key) ORDER BY actor, key LIMIT :most"
    )
    change = sa.text("UPDATE idempotency SET answer = CAST(:answer AS json) WHERE actor = :actor AND key = :key")
    actor = key = ""
    while rows := connection.execute(page, {"actor": actor, "key": key, "most": BATCH}).all():
        changes = []
        for actor, key, answer in rows:
            if (masked := mask_answer(answer)) != answer:
                text = json.dumps(masked, ensure_ascii=False, separators=(",", ":"))
                changes.append({"actor": actor, "key": key, "answer": text})
        if changes:
            connection.execute(change, changes)


def mask_answer(answer):
    """An answer that shows a case, masked as it would be today; any other as it is."""
    decision = answer.get("decision")
    if decision is None:
        return answer
    chiefs = {role: decision.get(role) for role in ROLES}
    told = {role: chief | {"phone": mask_phone(chief["phone"])} for role, chief in chiefs.items() if chief}
    return answer | {"description": mask_text(answer.get("description")), "decision": decision | told}


def downgrade():
    op.drop_index("ix_idempotency_case_id", table_name="idempotency")
    op.drop_table("case_private")
