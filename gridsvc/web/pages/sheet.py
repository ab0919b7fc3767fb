"""The page of a sheet of assessment: what is hung up and handed round, on screen and on A4; it has no script."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gridsvc.values import Lang
from gridsvc.web.assets import asset, version
from gridsvc.web.offline import FILE_CSP
from gridsvc.web.pages.sheet_words import WORDS, followed

PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
Sheet = Mapping[str, Any]
_CSS = "own/sheet.css"


def sheet_page(sheet: Sheet, lang: Lang, *, inline: bool = False) -> str:
    """Write the page of a sheet as ``GET /v1/assessments/{sheet}`` gives it; ``inline`` for a file to send round."""
    words = WORDS[lang]
    title = words["title"].format(title=sheet[f"title_{lang}"], period=sheet[f"period_{lang}"])
    if inline:
        head = f'<meta http-equiv="Content-Security-Policy" content="{FILE_CSP}"><style>{asset(_CSS).decode()}</style>'
        links = ""
    else:
        style = f"/static/{_CSS}?v={version(_CSS)}"
        head = f'<link rel="icon" href="/static/own/favicon.svg"><link rel="stylesheet" href="{style}">'
        other, tag = ("en", "en") if lang == "zh" else ("zh", "zh-CN")
        book = f"/v1/assessments/{sheet['id']}/workbook?lang={lang}"
        links = f'<nav><a href="{book}">{words["workbook"]}</a> '
        links += f'<a href="/sheets/{sheet["id"]}?lang={other}" lang="{tag}">{words["other"]}</a></nav>'
    lists = _deductions(sheet, words, lang) + _entered(sheet, words)
    body = _ranking(sheet, words, lang) + lists + _notes(sheet, words, lang)
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>{head}</head>
<body><header>{links}<p class="state {sheet["state"]}">{words[sheet["state"]]}</p>
<h1>{escape(title)}</h1><p>{escape(sheet["city"] or sheet["district"])}</p></header>
<main>{body}</main><footer>{_footer(sheet, words)}</footer></body></html>"""


def _table(name: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    table = f'<table class="{name}"><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<div class="wide">{table}</div>'


def _td(text: object, of: str = "") -> str:
    return f'<td class="{of}">{escape(str(text))}</td>' if of else f"<td>{escape(str(text))}</td>"


def _ranking(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> str:
    if not sheet["lines"]:
        return f"<p>{words['none']}</p>"
    parts = sheet["parts"]
    head = [words["rank"], words["name"]]
    for part in parts:
        given = escape(words.get(part["by"], part["by"]))
        weight = ("±" if part["direction"] == "add" else "") + words["points"].format(n=part["weight"])
        head.append(f"{escape(part[f'title_{lang}'])}<small>{weight} · {given}</small>")
    some = any(line["consequences"] or line["too_few"] for line in sheet["lines"])
    head += [words["total"], words["follows"]] if some else [words["total"]]
    rows = []
    for line in sheet["lines"]:
        total = "—" if line["total"] is None else f"{line['total']:.2f}"
        rank = "—" if line["rank"] is None else str(line["rank"])
        name = f'<th scope="row">{escape(line["name"])}<small>{escape(line["code"])}</small></th>'
        marks = [_mark(line["marks"][part["part"]], words) for part in parts]
        rows.append([_td(rank, "rank"), name, *marks, _td(total, "total")])
        rows[-1] += [_follows(line, words, lang)] if some else []
    return _table("ranking", head, rows)


def _mark(mark: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if mark["missing"]:
        return f'<td class="points missing">{words["missing"]}</td>'
    if mark["points"] is None:
        return f'<td class="points"><small>{words["nothing"]}</small></td>'
    under = []
    if rate := mark.get("rate"):
        under.append(f"{rate['good']:,} / {rate['of']:,} = {rate['percent']:.2f} %")
    if offs := mark.get("off"):
        under.append("−" + f"{sum(off['points'] for off in offs):g}")
    if given := mark.get("given"):
        under.append(" · ".join(f"{one['value']:g}" for one in given[:6]) + (" …" if len(given) > 6 else ""))
    if mark["bonus"]:
        under.append(f"{words['bonus']} {mark['bonus']:+g}".replace("-", "−"))
    small = "".join(f"<small>{escape(text)}</small>" for text in under)
    return f'<td class="points">{mark["points"]:.2f}{small}</td>'


def _follows(line: Mapping[str, Any], words: Mapping[str, str], lang: Lang) -> str:
    told = [
        f'<span class="{escape(str(c["what"]).replace(":", " "))}">{escape(followed(c, lang))}</span>'
        for c in line["consequences"]
    ]
    told += [f"<small>{words['too_few']}</small>"] if line["too_few"] else []
    return f'<td class="follows">{"".join(told)}</td>'


def _deductions(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> str:
    titles = {(d["part"], d["id"]): d[f"title_{lang}"] for d in sheet["deductions"]}
    names = {p["part"]: p[f"title_{lang}"] for p in sheet["parts"]}
    rows = []
    for line in sheet["lines"]:
        for part, mark in line["marks"].items():
            for off in mark.get("off", ()):
                # What belongs together is in one place, as the stalls of a market.
                between = words["apart"] if any(len(group) > 1 for group in off["cases"]) else words["joint"]
                whole = [[f"<span>{escape(number)}</span>" for number in group] for group in off["cases"]]
                numbers = between.join(words["joint"].join(group) for group in whole)
                rows.append([
                    f'<th scope="row">{escape(line["name"])}</th>', _td(names[part]), _td(titles[part, off["id"]]),
                    _td(f"{off['n']:g}", "number"), _td(f"{off['points']:g}", "number"),
                    f'<td class="numbers">{numbers}</td>',
                ])  # fmt: skip
    if not rows:
        return ""
    head = [words[w] for w in ("name", "part", "item", "n", "off", "numbers")]
    return f"<h2>{words['deductions']}</h2>" + _table("plain", head, rows)


def _entered(sheet: Sheet, words: Mapping[str, str]) -> str:
    if not sheet["inputs"]:
        return ""
    names = {line["code"]: line["name"] for line in sheet["lines"]}
    rows = [
        [f'<th scope="row">{escape(names.get(one["subject"], one["subject"]))}</th>', _td(one["code"]),
         _td(one["giver"]), _td(f"{one['value']:g}", "number"), _td(one["actor"]),
         _td((one["at"] or "")[:16].replace("T", " ")), _td(one["note"])]
        for one in sheet["inputs"]
    ]  # fmt: skip
    head = [words[w] for w in ("name", "part", "giver", "value", "by", "at", "note")]
    return f"<h2>{words['inputs']}</h2>" + _table("plain", head, rows)


def _notes(sheet: Sheet, words: Mapping[str, str], lang: Lang) -> str:
    notes = [words["ranked_by"], *(note[lang] for note in sheet["notes"])]
    if sheet["fund_yuan"]:
        notes.append(words["fund_note"].format(fund=f"{sheet['fund_yuan']:,}", paid=f"{sheet['paid_yuan']:,}"))
    if sheet["reason"]:
        notes.append(words["reason"].format(reason=sheet["reason"], revises=sheet["revises"]))
    return f"<h2>{words['notes']}</h2><ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _footer(sheet: Sheet, words: Mapping[str, str]) -> str:
    def at(name: str) -> str:
        return str(sheet[name])[:16].replace("T", " ")

    told = [words["basis"].format(**sheet), words["known"].format(at=at("known_at"))]
    told.append(words["made"].format(who=sheet["made_by"], at=at("made_at")))
    if sheet["frozen_at"]:
        told.append(words["froze"].format(who=sheet["frozen_by"], at=at("frozen_at")))
    lines = "".join(f"<span>{escape(text)}</span>" for text in told)
    return f"<p>{lines}</p><p>{words['hash']} <code>{sheet['hash']}</code></p>"
