"""What became of each area from one edition to the next."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from gridsvc.api.deps import CallerDep, CursorDep, LimitDep, PartsDep, from_cursor, set_of, to_cursor
from gridsvc.api.schemas.common import PROBLEMS
from gridsvc.errors import BadInput, FieldError
from gridsvc.services.succession import page_of_successors

router = APIRouter(tags=["map"], responses=PROBLEMS)


@router.get("/v1/editions/{code}/successors")
def successors(
    code: Annotated[str, Path(max_length=200, description="code of the later edition")],
    parts: PartsDep,
    caller: CallerDep,
    layer: Annotated[str | None, Query(description="code of a layer")] = None,
    limit: LimitDep = 100,
    cursor: CursorDep = None,
) -> dict[str, Any]:
    """Give what became of the areas of the edition before, as stored on publication; areas that were kept are left out.

    The ``before`` of the answer is the edition that holds until this one begins, as is known now; the rows are of the
    edition ``compared``, which did when this one was published. Where these differ, or nothing could be compared, the
    rows do not say what became of the areas of ``before``. In a row ``before`` is null for a new area and ``after`` for
    one that is gone; the shares are of the ground of either.
    """
    edition = set_of(parts, caller, code)
    before, compared, rows = page_of_successors(parts.engine, edition, layer, _row(cursor), limit)
    following = to_cursor(rows[limit - 1][0]) if len(rows) > limit else None
    items = [row._asdict() for _, row in rows[:limit]]
    return {"edition": edition.code, "before": before, "compared": compared, "items": items, "next": following}


def _row(cursor: str | None) -> int:
    """The number of the last row on the page before."""
    text = (from_cursor(cursor, 1) or ["0"])[0]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        mend = ("原样使用上一页的 next", "use the next of the page before as it is")
        raise BadInput("游标无效", "the cursor is not usable", [FieldError("cursor", cursor, *mend)])
    return int(text)
