"""A sheet of assessment as an Excel workbook: ranks, marks, deductions with their cases, scores, the scheme's parts."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gridsvc.values import Lang
from gridsvc.web.pages.sheet_words import WORDS, followed

Sheet = Mapping[str, Any]
Cell = str | float | int | None


def workbook_of(sheet: Sheet, lang: Lang) -> bytes:
    """Write a sheet as ``GET /v1/assessments/{sheet}`` gives it; numbers are numbers, and no text is a formula."""
    import openpyxl  # slow to load, and few need it

    words, book = WORDS[lang], openpyxl.Workbook()
    title = words["title"].format(title=sheet[f"title_{lang}"], period=sheet[f"period_{lang}"])
    pages: tuple[tuple[str, list[list[str]], Sequence[str], Iterable[Sequence[Cell]]], ...] = (
        ("ranking", [[title], [_about(sheet, words)]], *_ranking(sheet, words, lang)),
        ("deductions", [], *_deductions(sheet, words, lang)),
        ("rates", [], *_rates(sheet, words, lang)),
        ("inputs", [], *_inputs(sheet, words)),
        ("scheme", [], *_scheme(sheet, words, lang)),
        ("notes", [], (words["notes"],), [[text] for text in _notes(sheet, words, lang)]),
    )
    book.remove(book.worksheets[0])
    for name, above, head, rows in pages:
        _fill(book.create_sheet(words[name]), above, head, rows)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _fill(page: Any, above: Sequence[Sequence[str]], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    thin = Side(style="thin", color="9AA6B2")
    border, grey = Border(thin, thin, thin, thin), PatternFill("solid", fgColor="EEF1F4")
    top, widths = len(above) + 1, [4.0] * len(head)
    for line, cells in enumerate([*above, head, *rows], start=1):
        for column, value in enumerate(cells, start=1):
            text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:32_000] if isinstance(value, str) else value
            cell = page.cell(line, column, text)
            if isinstance(text, str):
                cell.data_type = "s"
            cell.alignment = Alignment("center" if line <= top else None, "center", wrap_text=line >= top)
            if line >= top:
                cell.border = border
                shown = text if isinstance(text, str) else "" if text is None else f"{text:.2f}"
                width = max((sum(2 if ord(c) > 0x2E80 else 1 for c in part) for part in shown.split("\n")), default=0)
                widths[column - 1] = min(60.0, max(widths[column - 1], width + 2.0))
            if isinstance(text, float):
                cell.number_format = "0.00"
    for column in range(1, len(head) + 1):
        page.cell(top, column).font, page.cell(top, column).fill = Font(bold=True), grey
        page.column_dimensions[get_column_letter(column)].width = widths[column - 1]
    for line in range(1, top):
        page.merge_cells(start_row=line, end_row=line, start_column=1, end_column=max(2, len(head)))
        page.cell(line, 1).font = Font(bold=line == 1, size=16 if line == 1 else 10)
    page.freeze_panes = page.cell(top + 1, 1)
    page.print_title_rows = f"{top}:{top}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _about(sheet: Sheet, words: Mapping[str, str]) -> str:
    told = [str(sheet["city"] or sheet["district"]), words[sheet["state"]], words["basis"].format(**sheet)]
    told.append(words["known"].format(at=str(sheet["known_at"])[:16].replace("T", " ")))
    return "　".join(told)


def _ranking(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> tuple[Sequence[str], list[list[Cell]]]:
    parts = sheet["parts"]
    head = [words["rank"], words["code"], words["name"]]
    head += [f"{p[f'title_{lang}']}\n{words['points'].format(n=p['weight'])}" for p in parts]
    head += [words["total"], words["cases"], words["follows"]]
    rows: list[list[Cell]] = []
    for line in sheet["lines"]:
        marks = [line["marks"][p["part"]] for p in parts]
        told = [followed(c, lang) for c in line["consequences"]] + ([words["too_few"]] if line["too_few"] else [])
        rows.append([
            line["rank"], line["code"], line["name"], *(_points(mark, words) for mark in marks), _float(line["total"]),
            line["n_cases"], "\n".join(told),
        ])  # fmt: skip
    return head, rows


def _points(mark: Mapping[str, Any], words: Mapping[str, str]) -> Cell:
    """The points of a part with what a rank in it added; else why there are none."""
    if mark["missing"]:
        return words["missing"]
    return words["nothing"] if mark["points"] is None else float(mark["points"] + mark["bonus"])


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _deductions(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> tuple[Sequence[str], list[list[Cell]]]:
    titles = {(d["part"], d["id"]): d[f"title_{lang}"] for d in sheet["deductions"]}
    names = {p["part"]: p[f"title_{lang}"] for p in sheet["parts"]}
    rows: list[list[Cell]] = [
        [line["name"], names[part], titles[part, off["id"]], off["n"], _float(off["points"]),
         "\n".join(words["joint"].join(group) for group in off["cases"])]
        for line in sheet["lines"] for part, mark in line["marks"].items() for off in mark.get("off", ())
    ]  # fmt: skip
    return [words[w] for w in ("name", "part", "item", "n", "off", "numbers")], rows


def _rates(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> tuple[Sequence[str], list[list[Cell]]]:
    names = {p["part"]: p[f"title_{lang}"] for p in sheet["parts"]}
    rows: list[list[Cell]] = [
        [line["code"], line["name"], names[part], mark["rate"]["good"], mark["rate"]["of"],
         _float(mark["rate"]["percent"]), _float(mark["points"])]
        for line in sheet["lines"] for part, mark in line["marks"].items() if "rate" in mark
    ]  # fmt: skip
    return [words[w] for w in ("code", "name", "part", "good", "of", "percent", "got")], rows


def _inputs(sheet: Sheet, words: Mapping[str, str]) -> tuple[Sequence[str], list[list[Cell]]]:
    names = {line["code"]: line["name"] for line in sheet["lines"]}
    rows: list[list[Cell]] = [
        [i["subject"], names.get(i["subject"], ""), i["code"], i["giver"], _float(i["value"]), i["actor"], i["at"],
         i["note"]]
        for i in sheet["inputs"]
    ]  # fmt: skip
    return [words[w] for w in ("code", "name", "part", "giver", "value", "by", "at", "note")], rows


def _scheme(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> tuple[Sequence[str], list[list[Cell]]]:
    rows: list[list[Cell]] = [
        [p[f"title_{lang}"], p["weight"], p["measure"], words.get(p["by"], p["by"])] for p in sheet["parts"]
    ]
    return [words[w] for w in ("part", "weight", "measure", "giver")], rows


def _notes(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> list[str]:
    made = words["made"].format(who=sheet["made_by"], at=sheet["made_at"])
    froze = [words["froze"].format(who=sheet["frozen_by"], at=sheet["frozen_at"])] if sheet["frozen_at"] else []
    said = [note[lang] for note in sheet["notes"]]
    return [words["ranked_by"], *said, made, *froze, f"{words['hash']} {sheet['hash']}"]
