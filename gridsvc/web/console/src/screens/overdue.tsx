// What is late, with whom, and how long.
import { useState } from "preact/hooks";
import { go, place } from "../app/route";
import type { Screen } from "../app/screens";
import type { Case } from "../data/cases";
import { unitName } from "../data/catalogue";
import { OPEN } from "../data/filters";
import { minute, nextClock } from "../data/lights";
import { CasePanel } from "../parts/case-panel";
import { Empty } from "../parts/empty";
import { CaseRow } from "../parts/case-row";
import { readCases, useRead, useWalk } from "../parts/queue";
import { VirtualList } from "../parts/virtual";
import { duration } from "../words/format";
import { t } from "../words";

const late_s = (one: Case): number => (minute.value.getTime() - Date.parse(nextClock(one)?.due_at ?? "")) / 1000;
const DAY_S = 86_400;

function List() {
  const { found, fault, again } = useRead(() => readCases({ clock: undefined, light: "red", order: "due", status: OPEN.join(",") }));
  const [unit, setUnit] = useState<string | null>(null);
  const all = (found ?? []).filter((one) => late_s(one) >= 0);
  const rows = all.filter((one) => unit === null || (one.decision.accountable?.unit ?? "") === unit);
  const { at, open } = useWalk("overdue", rows.map((one) => one.number));
  const byId = new Map(all.map((one) => [one.id, one]));
  const by = new Map<string, Case[]>();
  for (const one of all) by.set(one.decision.accountable?.unit ?? "", [...(by.get(one.decision.accountable?.unit ?? "") ?? []), one]);
  const units = [...by.entries()].sort((a, b) => b[1].length - a[1].length);
  const count = (of: readonly Case[], from: number, to: number) => of.filter((one) => late_s(one) >= from && late_s(one) < to).length || "";
  return (
    <>
      <h2 class="screen-title">{t("nav.overdue")}{unit !== null && <button class="chip applied" onClick={() => setUnit(null)}>{unit ? unitName(unit) : t("case.nobody_yet")} {"\u00D7"}</button>}</h2>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      {!found && !fault && <p class="empty slow">{t("part.loading")}</p>}
      {found && all.length === 0 && <Empty words={t("overdue.empty")} to={t("overdue.soon")} run={() => go("live", [], { clock: "amber" })} />}
      {units.length > 0 && (
        <div class="late">
          <table>
            <thead><tr><th>{t("filter.unit")}</th><th class="n">{t("overdue.day")}</th><th class="n">{t("overdue.days")}</th><th class="n">{t("overdue.more")}</th><th class="n">{t("overdue.all")}</th></tr></thead>
            <tbody>
              {units.map(([code, of]) => (
                <tr key={code} aria-selected={unit === code}>
                  <td><button class="plain small" onClick={() => setUnit(unit === code ? null : code)}>{code ? unitName(code) : t("case.nobody_yet")}</button></td>
                  <td class="n">{count(of, 0, DAY_S)}</td><td class="n">{count(of, DAY_S, 3 * DAY_S)}</td><td class="n">{count(of, 3 * DAY_S, Infinity)}</td><td class="n"><strong>{of.length}</strong></td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="muted small">{t("overdue.worst", { time: duration(Math.max(...all.map(late_s))) })}</p>
        </div>
      )}
      {rows.length > 0 && (
        <VirtualList
          label={t("nav.overdue")} ids={rows.map((one) => one.id)} total={rows.length} row_px={56} active={rows.find((one) => one.number === at)?.id ?? null}
          activate={(id) => open(byId.get(id)?.number ?? "", "replace")} open={(id) => open(byId.get(id)?.number ?? "")} render={(id) => <CaseRow id={id} />}
        />
      )}
    </>
  );
}

const Panel = () => (place.value.args[0] ? <CasePanel close={() => go("overdue")} /> : <p class="empty">{t("overdue.choose")}</p>);

export default { List, Panel } satisfies Screen;
