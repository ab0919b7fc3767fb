// One table of a sheet: rank and how it moved, score, the mark of each part with what it rests on, and the trend.
import { go } from "../../app/route";
import { filterOf, inWords, type Line, type Mark, type Part, type Sheet } from "../../data/board";
import { OPEN } from "../../data/filters";
import { Glyph } from "../../parts/glyph";
import { number } from "../../words/format";
import { t } from "../../words";

const ALL = [...OPEN, "closed", "archived", "void"].join(",");
const said = (points: number | null): string => (points === null ? "\u2013" : number(points, Number.isInteger(points) ? 0 : 2));

/** What a mark rests on: so many of so many; in the name of its cell too, for whoever does not hover. */
function ground(part: Part, mark: Mark | undefined): string {
  if (!mark || mark.missing) return t("board.missing", { part: inWords(part) });
  const of = mark.rate;
  return of ? t("board.rate", { part: inWords(part), good: number(of.good), of: number(of.of), percent: of.percent ?? 0 }) : t("board.mark", { part: inWords(part), n: said(mark.points), of: part.weight });
}

export function Ranking({ sheet, before }: { sheet: Sheet; before: readonly Sheet[] }) {
  const lines = [...sheet.lines].sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.code.localeCompare(b.code));
  const open = (line: Line) => {
    const filter = filterOf(sheet.subject, line.code);
    if (filter) go("live", [], { ...filter, status: ALL, from: sheet.start, to: sheet.end, sort: "newest" });
  };
  const drills = filterOf(sheet.subject, "") !== null;
  return (
    <div class="board-table" tabIndex={0} role="region" aria-label={inWords(sheet)}>
      <table>
        <thead>
          <tr>
            <th class="n">{t("board.rank")}</th><th>{t("board.who")}</th><th>{t("board.total", { full: sheet.full })}</th>
            {sheet.parts.map((p) => <th key={p.part} class="n">{inWords(p)}<small class="muted"> {p.weight}</small></th>)}
            <th class="n">{t("board.n")}</th><th>{t("board.trend")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.code}>
              <td class="n">{line.rank ?? "\u2013"} <Moved line={line} before={before[0]} /></td>
              <th scope="row">{line.name || line.code}{line.consequences.map((c, i) => <span key={i} class="chip">{inWords(c)}</span>)}</th>
              <td class="total"><s style={{ inlineSize: `${(100 * Math.max(line.total ?? 0, 0)) / Math.max(sheet.full, 1)}%` }} aria-hidden="true" /><b>{said(line.total)}</b>{line.too_few && <small class="muted"> {t("board.few")}</small>}</td>
              {sheet.parts.map((p) => {
                const mark = line.marks[p.part];
                const words = ground(p, mark);
                const shown = <>{said(mark?.points ?? null)}{mark?.rate && <small class="muted"> {mark.rate.percent ?? "\u2013"}%</small>}</>;
                return <td key={p.part} class="n">{drills && mark?.rate ? <button class="plain" title={words} aria-label={words} onClick={() => open(line)}>{shown}</button> : <span title={words}>{shown}</span>}</td>;
              })}
              <td class="n">{drills ? <button class="plain" aria-label={t("board.open", { n: line.n_cases, who: line.name })} onClick={() => open(line)}>{number(line.n_cases)}</button> : number(line.n_cases)}</td>
              <td><Trend of={[sheet, ...before].map((s) => s.lines.find((l) => l.code === line.code)?.total ?? null).reverse()} full={sheet.full} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Moved({ line, before }: { line: Line; before: Sheet | undefined }) {
  const was = before?.lines.find((l) => l.code === line.code)?.rank;
  if (!was || !line.rank || was === line.rank) return null;
  const up = was - line.rank;
  return <small class="muted" aria-label={t(up > 0 ? "board.up" : "board.down", { n: Math.abs(up) })}><Glyph name={up > 0 ? "up" : "down"} size={10} />{Math.abs(up)}</small>;
}

function Trend({ of, full }: { of: readonly (number | null)[]; full: number }) {
  const known = of.flatMap((v, i) => (v === null ? [] : [[i, v] as const]));
  if (known.length < 2) return <span class="muted">{"\u2013"}</span>;
  const step = 72 / Math.max(of.length - 1, 1);
  const path = known.map(([i, v], k) => `${k ? "L" : "M"}${4 + i * step} ${20 - (16 * Math.max(v, 0)) / Math.max(full, 1)}`).join("");
  return (
    <svg class="trend" width="80" height="24" role="img" aria-label={known.map(([, v]) => said(v)).join(", ")}>
      <path d={path} fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}
