// What was found on an edition, one by one: J and K walk, the map follows, and each says how it is mended.
import { useEffect, useState } from "preact/hooks";
import { lang } from "../../app/looks";
import { query } from "../../app/route";
import { report, type EditionAbout, type Finding } from "../../data/editions";
import { layerName } from "../../data/catalogue";
import { boxOf, inView, lookAt, type Box } from "../../map/boxes";
import { shapes, type Drawn } from "../../map/style/editions";
import { useGroup } from "../../map/style/groups";
import { colours } from "../../map/tokens";
import { Await, useAsked } from "../../parts/await";
import { VirtualList } from "../../parts/virtual";
import { useWalk } from "../../parts/walk";
import { t, tOf } from "../../words";

const box = (f: Finding): Box | null => boxOf([f.geometry]) ?? (f.lon != null && f.lat != null ? [f.lon, f.lat, f.lon, f.lat] : null);

function drawn(f: Finding, i: number): Drawn[] {
  if (f.geometry) return [{ id: String(i), look: f.severity, shape: f.geometry }];
  return f.lon != null && f.lat != null ? [{ id: String(i), look: f.severity, shape: { type: "Point", coordinates: [f.lon, f.lat] } }] : [];
}

export function Check({ one, again }: { one: EditionAbout; again: () => void }) {
  const asked = useAsked(() => report(one.code), [one.code]);
  useEffect(() => {
    // A draft that was drawn in is checked by asking; its state is another one then.
    if (asked.value && one.counts === null) again();
  }, [asked.value]);
  return <Await asked={asked}>{(found) => <Findings all={[...found.findings, ...found.rules]} />}</Await>;
}

const said = (f: Finding) => (lang.value === "zh" ? f.zh : f.en);
const where = (f: Finding) => (f.layer ? layerName(f.layer) : [f.table, f.line].filter(Boolean).join(" "));

function Findings({ all }: { all: readonly Finding[] }) {
  const [active, setActive] = useState<string | null>(null);
  const [severity, setSeverity] = useState<"error" | "warning" | null>(null);
  const [near, setNear] = useState(false);
  // Anew where the camera has gone.
  void query.value["m"];
  const ids = all.flatMap((f, i) => ((severity === null || f.severity === severity) && (!near || inView(box(f))) ? [String(i)] : []));
  const outside = all.filter((f) => box(f) && !inView(box(f))).length;
  const current = active === null ? undefined : all[Number(active)];
  const choose = (id: string) => {
    setActive(id);
    const found = all[Number(id)];
    if (found) lookAt(box(found));
  };
  const step = (by: number) => {
    const next = ids[Math.max(0, Math.min(ids.length - 1, (active === null ? -1 : ids.indexOf(active)) + by))];
    if (next !== undefined) choose(next);
  };
  useWalk(step);
  useGroup("shapes", shapes(colours.value, all.flatMap(drawn), [], current ? drawn(current, Number(active)) : []), [all, active, colours.value]);
  const count = (of: string) => all.filter((f) => f.severity === of).length;
  if (all.length === 0) return <p class="empty">{t("ed.sound")}</p>;
  return (
    <div class="findings">
      <div class="row filters">
        {(["error", "warning"] as const).map((s) => (
          <button key={s} class="chip" aria-pressed={severity === s} onClick={() => setSeverity(severity === s ? null : s)}>{t(`ed.${s}`)} {count(s)}</button>
        ))}
        <button class="chip" aria-pressed={near} onClick={() => setNear(!near)}>{t("ed.in_view")}</button>
        <span class="muted">{t("ed.outside", { n: outside })} <kbd>J</kbd> <kbd>K</kbd></span>
      </div>
      <VirtualList
        label={t("ed.findings")} ids={ids} total={ids.length} row_px={56} active={active} activate={choose} open={choose}
        render={(id) => {
          const f = all[Number(id)]!;
          return (
            <div class="finding" data-severity={f.severity}>
              <p><strong>{tOf("ed.find", f.id)}</strong> <span class="muted">{where(f)}</span> {f.waived && <span class="chip">{t("ed.waived")}</span>}</p>
              <p class="muted">{said(f)}</p>
            </div>
          );
        }}
      />
      {current && (
        <section class="card detail stack" aria-live="polite">
          <p><strong>{t(`ed.${current.severity}`)} {tOf("ed.find", current.id)}</strong></p>
          <p>{said(current)}</p>
          {mend(current.id) && <p>{t("ed.mend", { how: mend(current.id) })}</p>}
          {current.waived && <p class="muted">{t("ed.waived_why", { why: current.waived })}</p>}
        </section>
      )}
    </div>
  );
}

function mend(id: string): string {
  const told = tOf("ed.mend", id);
  return told === id ? "" : told;
}
