"""Rulesets: what there is, what each says, drafts made of JSON tables, and their publication."""

from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field

from gridsvc.api.auth import Caller
from gridsvc.api.deps import CallerDep, Parts, PartsDep, named
from gridsvc.api.routes.areas import permitted
from gridsvc.api.routes.attachments import FORM
from gridsvc.api.schemas.common import PROBLEMS, Instant, Strict, documented
from gridsvc.api.upload import receive
from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.masking import mask_phone
from gridsvc.rights import forbidden
from gridsvc.services import rulesets as service
from gridsvc.services.catalogue import editions_of
from gridsvc.spatial.rule_tables import read_rule_tables
from gridsvc.store.blobs import incoming_folder
from gridsvc.tables import COLUMNS, OF_RULESET, Row, check_header, gathered
from gridsvc.values import LONGEST_REASON, reason_of, storable

router = APIRouter(tags=["rules"], responses=PROBLEMS)
Code = Annotated[str, Path(max_length=200, description="code of a ruleset")]
HOLIDAY: dict[str, Any] = {"date": "2024-10-01", "day": "off"}
Cell = Annotated[str, Field(max_length=10_000)]


class RulesetIn(Strict):
    """A draft: tables of rows of text by column; a table that is missing is taken from the base."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "2024-3", "tables": {"calendar": [HOLIDAY]}}]})
    code: str = Field(min_length=1, max_length=200)
    title: str = Field("", max_length=200)
    base: str | None = Field(None, max_length=200, description="else the ruleset that holds")
    tables: dict[str, list[dict[str, Cell]]]


class PublishIn(Strict):
    """From when a ruleset holds, and what is waived of its errors: names and reasons."""

    start: Instant | None = Field(None, alias="from")
    waive: dict[str, Cell] = Field(default_factory=dict)
    correction: str | None = Field(None, max_length=1000, description="why what is on record is rewritten")
    reason: str | None = Field(None, max_length=LONGEST_REASON, description="why it is published; kept in the audit")


@router.get("/v1/rulesets")
def rulesets(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """List rulesets, newest first; drafts only to who may know of them."""
    return {"items": permitted(caller, editions_of(parts.engine, "ruleset"))}


@router.get("/v1/rulesets/{code}")
def ruleset(code: Code, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Give a ruleset: when it holds, how many rows its tables have, and the report of its check.

    The report is for who may see drafts.
    """
    found = named(parts, caller, "ruleset", code)
    items = permitted(caller, editions_of(parts.engine, "ruleset"))
    about = next(i for i in items if (i["code"], i["district"]) == (found.code, found.district))
    tables = service.read_contents(parts.engine, code, found.district)[3]
    report = service.stored_report(parts.engine, found) if caller.may("draft:read") else None
    return about | {"tables": {name: len(rows) for name, rows in tables.items()}, "report": report}


@router.get("/v1/rulesets/{code}/tables/{table}")
def table(code: Code, table: Annotated[str, Path(max_length=40)], parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Give the rows of one table as text, in their order; telephone numbers are masked."""
    found = named(parts, caller, "ruleset", code)
    _refuse_unknown(table, "table", NotFound)
    rows = service.read_contents(parts.engine, code, found.district)[3].get(table, [])
    items = [dict(row) for row in rows]
    for item in items if table == "people" else ():
        item["phone"] = mask_phone(item["phone"]) or ""
    return {"ruleset": found.code, "table": table, "columns": list(COLUMNS[table]), "items": items}


@router.post("/v1/rulesets", status_code=201)
def load(body: RulesetIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Store a draft, checked against the edition that holds; a draft of that name is replaced.

    Rows that cannot be used are refused with table, line (the first row is line 2, as in a file) and column.
    """
    _refuse_part(parts, caller)
    tables: dict[str, list[Row]] = {}
    for name in body.tables:
        _refuse_unknown(name, f"tables.{name}", BadInput)
    with gathered() as faults:
        for name, rows in body.tables.items():
            with faults.at(name):
                if rows:
                    check_header(name, list(dict.fromkeys(column for row in rows for column in row)))
                tables[name] = [Row(row, line) for line, row in enumerate(rows, start=2)]
    done = service.load_ruleset(
        parts.engine, body.code, tables, caller.at, district=caller.district, title=body.title, base=body.base,
        by=caller.actor.name,
    )  # fmt: skip
    return {"code": body.code, "outcome": done.outcome, "state": done.ruleset.state, "report": done.report}


@router.post(
    "/v1/rulesets/workbook", status_code=201, openapi_extra=FORM,
    responses={413: documented("the file is larger than the service takes")},
)  # fmt: skip
async def load_workbook(
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    code: Annotated[str, Query(min_length=1, max_length=200, description="code of the draft")],
    title: Annotated[str, Query(max_length=200)] = "",
    base: Annotated[str | None, Query(max_length=200, description="else the ruleset that holds")] = None,
) -> dict[str, Any]:
    """Store a draft made of an Excel workbook with a sheet a table; a sheet that is missing is taken from the base."""
    _refuse_part(parts, caller)
    parts.doorkeeper.pace_uploads(caller)
    if not storable(code + title + (base or "")):
        mend = ("去掉不可用字符", "leave out the character that cannot be stored")
        raise BadInput("版次号不可用", "the code cannot be used", [FieldError("code", None, *mend)])
    with TemporaryDirectory(dir=incoming_folder(parts.settings.state_dir)) as folder:
        file = FilePath(folder) / "tables.xlsx"
        await receive(request, file)
        return await run_sync(_load_workbook, parts, caller, file, code, title, base)


def _load_workbook(
    parts: Parts, caller: Caller, file: FilePath, code: str, title: str, base: str | None
) -> dict[str, Any]:  # fmt: skip
    done = service.load_ruleset(
        parts.engine, code, read_rule_tables(file), caller.at, district=caller.district, title=title, base=base,
        by=caller.actor.name,
    )  # fmt: skip
    return {"code": code, "outcome": done.outcome, "state": done.ruleset.state, "report": done.report}


@router.post("/v1/rulesets/{code}/publish")
def publish(code: Code, body: PublishIn, parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """Let a draft hold from an instant on, else from now; refused with its findings while errors are not waived."""
    named(parts, caller, "ruleset", code)
    _refuse_part(parts, caller)
    done = service.publish_ruleset(
        parts.engine, code, caller.at, body.start, correction=body.correction, waived=body.waive,
        reason=None if body.reason is None else reason_of(body.reason), by=caller.actor.name, district=caller.district,
    )  # fmt: skip
    return {"code": done.code, "from": done.start, "to": done.end, "waived": list(done.waived)}


def _refuse_part(parts: Parts, caller: Caller) -> None:
    """Rules are for the whole district: who may write them for an area or a unit alone may not."""
    if not caller.reach("rule:write", parts.current.get()).is_whole:
        raise forbidden("rule:write", caller.district)


def _refuse_unknown(table: str, field: str, error: type[BadInput] | type[NotFound]) -> None:
    if table not in OF_RULESET:
        mend = ("可用：" + "、".join(OF_RULESET), "one of " + ", ".join(OF_RULESET))
        raise error("没有这张表", "there is no such table", [FieldError(field, table, *mend)])
