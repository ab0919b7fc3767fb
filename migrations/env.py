"""Alembic's entry: runs on the connection that ``gridsvc.store.migrate`` hands over."""

import re

from alembic import context
from geoalchemy2 import alembic_helpers

# Tables that stand in files of their own are known once these are imported.
from gridsvc.store import (  # noqa: F401
    actor_tables,
    assessment_tables,
    attachment_tables,
    event_tables,
    modes,
    place_tables,
    replay_jobs,
    ruleset_tables,
    successors,
)
from gridsvc.store.tables import metadata

# Monthly partitions are made as months come, not by migrations.
PARTITION = re.compile(r"(case_|case_history)_\d{6}")


def include_name(name, type_, parent_names):
    """Leave partitions and whatever hangs on them out of the comparison."""
    table = name if type_ == "table" else parent_names.get("table_name")
    return not (table and PARTITION.fullmatch(table))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
