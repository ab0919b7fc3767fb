// What changed from one edition to another: classes are filters, old lines are dashed, a rename is never drawn as a move.
import { useState } from "preact/hooks";
import { lang } from "../../app/looks";
import { changes, type Change, type Changes } from "../../data/editions";
import { layerName } from "../../data/catalogue";
import { boxOf, lookAt } from "../../map/boxes";
import { shapes, type Drawn } from "../../map/style/editions";
import { useGroup } from "../../map/style/groups";
import { colours } from "../../map/tokens";
import { Await, useAsked } from "../../parts/await";
import { VirtualList } from "../../parts/virtual";
import { useWalk } from "../../parts/walk";
import { t, tOf } from "../../words";

const GROUND = ["split", "merge", "mixed", "new", "gone", "moved"];

function drawn(c: Change, i: number): Drawn[] {
  const shape = c.new ?? c.old;
  if (!shape || !GROUND.includes(c.kind)) return [];
  return [{ id: String(i), look: c.kind, shape }];
}

export function Compare({ before, after }: { before: string; after: string }) {
  const asked = useAsked(() => changes(before, after), [before, after]);
  return (
    <>
      <p class="muted pad">{t("ed.against", { before, after })}</p>
      <Await asked={asked}>{(found) => <List found={found} />}</Await>
    </>
  );
}

function List({ found }: { found: Changes }) {
  const [kind, setKind] = useState<string | null>(null);
  const [active, setActive] = useState<string | null>(null);
  const all = found.changes;
  const ids = all.flatMap((c, i) => ((kind === null ? c.real : c.kind === kind) ? [String(i)] : []));
  const current = active === null ? undefined : all[Number(active)];
  const choose = (id: string) => {
    setActive(id);
    const c = all[Number(id)];
    if (c) lookAt(boxOf([c.old, c.new]));
  };
  const step = (by: number) => {
    const next = ids[Math.max(0, Math.min(ids.length - 1, (active === null ? -1 : ids.indexOf(active)) + by))];
    if (next !== undefined) choose(next);
  };
  useWalk(step);
  const shown = ids.map((id) => all[Number(id)]!);
  const picked = current?.new ?? current?.old;
  useGroup("shapes", shapes(
    colours.value, shown.flatMap(drawn), shown.flatMap((c, i) => (c.old && GROUND.includes(c.kind) ? [{ id: String(i), look: c.kind, shape: c.old }] : [])),
    picked ? [{ id: "chosen", look: "other", shape: picked }] : [],
  ), [found, active, kind, colours.value]);
  const rows = Object.entries(found.tables).map(([name, x]) => [name, x.added.length, x.removed.length, Object.keys(x.changed).length] as const);
  return (
    <div class="findings">
      <div class="row filters">
        {Object.entries(found.counts).map(([k, n]) => (
          <button key={k} class="chip" aria-pressed={kind === k} onClick={() => setKind(kind === k ? null : k)}>{tOf("ed.kind", k)} {n}</button>
        ))}
      </div>
      {ids.length === 0 && <p class="empty">{t("ed.no_change")}</p>}
      {ids.length > 0 && (
        <VirtualList
          label={t("ed.changes")} ids={ids} total={ids.length} row_px={56} active={active} activate={choose} open={choose}
          render={(id) => {
            const c = all[Number(id)]!;
            return (
              <div class="finding">
                <p><strong>{tOf("ed.kind", c.kind)}</strong> <span class="muted">{layerName(c.layer)}</span></p>
                <p class="muted">{said(c)}</p>
              </div>
            );
          }}
        />
      )}
      {current && <section class="card detail" aria-live="polite"><p>{said(current)}</p></section>}
      {rows.length > 0 && (
        <details class="pad">
          <summary>{t("ed.tables", { n: rows.reduce((sum, [, a, r, c]) => sum + a + r + c, 0) })}</summary>
          <table>
            <thead><tr><th>{t("ed.table")}</th><th class="n">{t("ed.added")}</th><th class="n">{t("ed.removed")}</th><th class="n">{t("ed.changed")}</th></tr></thead>
            <tbody>{rows.map(([name, a, r, c]) => <tr key={name}><td>{name}</td><td class="n">{a}</td><td class="n">{r}</td><td class="n">{c}</td></tr>)}</tbody>
          </table>
        </details>
      )}
    </div>
  );
}

const said = (c: Change) => (lang.value === "zh" ? c.zh : c.en);
