// The ten areas with most, each with how it changed and how sure that is.
import { query, setQuery } from "../../app/route";
import { cellName, type Heat } from "../../data/heat";
import { NEW, type Cell, type Shown, type View } from "../../data/heat-classes";
import { flyTo } from "../../map/stage";
import { number } from "../../words/format";
import { t } from "../../words";
import { bound } from "./legend";

const TOP = 10;

export const valueOf = (value: number | null | undefined): string => (value === null || value === undefined ? "\u2013" : number(value, value < 10 ? 1 : 0));

/** How a cell changed, with the 95 % interval; where only one period has cases there is no number. */
export function change(cell: Cell): string {
  if (cell.ratio === undefined) return "";
  if (cell.ratio === null) return t("heat.new");
  const ends = cell.low !== null && cell.high !== null ? ` (${bound(cell.low ?? 0, true)} \u2013 ${bound(cell.high ?? 0, true)})` : "";
  return `${bound(cell.ratio, true)}${ends}`;
}

export function ordered(heat: Heat, view: View): readonly Cell[] {
  if (view === "this") return heat.cells;
  const by = (cell: Cell) => (view === "that" ? (cell.vs_value ?? -1) : cell.ratio === null ? cell.n : Math.abs(Math.log(Math.max(cell.ratio ?? 1, 1e-9))));
  // Of ratios those that rest on few cases come after those that do not, and what has nothing to compare with last.
  const weak = (cell: Cell) => (view !== "difference" ? 0 : cell.ratio === null ? 2 : Number(cell.ratio_few));
  return [...heat.cells].sort((a, b) => weak(a) - weak(b) || by(b) - by(a));
}

export function Top({ heat, view, shown }: { heat: Heat; view: View; shown: ReadonlyMap<string, Shown> }) {
  const cells = ordered(heat, view).slice(0, TOP);
  const most = Math.max(...cells.map((c) => c.value ?? 0), 1e-9);
  const ramp = view === "difference" ? "difference" : "heat";
  return (
    <section aria-label={t("heat.top")}>
      <h2>{t(view === "difference" ? "heat.top_change" : "heat.top")}</h2>
      {cells.length === 0 && <p class="empty">{t("heat.nothing")}</p>}
      <ol class="heat-top">
        {cells.map((cell) => {
          const sel = `area:${heat.by}:${cell.code}`;
          const at = shown.get(cell.code)?.at ?? -1;
          return (
            <li key={cell.code}>
              <button class="plain" aria-pressed={query.value["sel"] === sel} onClick={() => (cell.x !== undefined && cell.y !== undefined ? flyTo(cell.x, cell.y) : setQuery({ sel }))}>
                <i class="swatch" data-colour={at === NEW ? "new" : at < 0 ? "none" : `${ramp}-${at}`} aria-hidden="true" />
                <span class="name">{cellName(cell)}</span>
                <b>{valueOf(view === "that" ? cell.vs_value : cell.value)}</b>
                <small class="muted">{t("heat.n", { n: (view === "that" ? cell.vs_n : cell.n) ?? 0 })}{cell.few && ` \u00B7 ${t("heat.few_mark")}`}</small>
                {heat.vs && <small class="change">{change(cell)}</small>}
                <s style={{ inlineSize: `${(100 * (cell.value ?? 0)) / most}%` }} aria-hidden="true" />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
