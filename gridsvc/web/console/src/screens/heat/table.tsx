// The same numbers as a table: whatever the map can say, a list can.
import { setQuery } from "../../app/route";
import { cellName, titleOfScheme, type Heat } from "../../data/heat";
import type { View } from "../../data/heat-classes";
import { number } from "../../words/format";
import { t } from "../../words";
import { change, ordered, valueOf } from "./top";

const MOST = 500;

export function Table({ heat, view }: { heat: Heat; view: View }) {
  const cells = ordered(heat, view);
  return (
    <div class="full heat-table" tabIndex={0} role="region" aria-label={t("heat.table")}>
      <div class="row between">
        <h2>{titleOfScheme(heat)}</h2>
        <button onClick={() => setQuery({ table: null })}>{t("heat.map")}</button>
      </div>
      {cells.length > MOST && <p class="muted">{t("heat.first", { n: MOST, of: number(cells.length) })}</p>}
      <table>
        <thead>
          <tr>
            <th>{t("heat.col.area")}</th><th class="n">{t("heat.col.n")}</th><th class="n">{t("heat.col.value")}</th>
            {heat.vs && <><th class="n">{t("heat.col.vs_n")}</th><th class="n">{t("heat.col.vs_value")}</th><th>{t("heat.col.ratio")}</th></>}
            <th>{t("heat.col.note")}</th>
          </tr>
        </thead>
        <tbody>
          {cells.slice(0, MOST).map((cell) => (
            <tr key={cell.code}>
              <td>{cellName(cell)} {cellName(cell) !== cell.code && <code class="muted">{cell.code}</code>}</td>
              <td class="n">{number(cell.n)}</td><td class="n">{valueOf(cell.value)}</td>
              {heat.vs && <><td class="n">{number(cell.vs_n ?? 0)}</td><td class="n">{valueOf(cell.vs_value)}</td><td>{change(cell)}</td></>}
              <td>{cell.value === null ? t("heat.unknown") : (heat.vs ? cell.ratio_few : cell.few) ? t("heat.few") : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
