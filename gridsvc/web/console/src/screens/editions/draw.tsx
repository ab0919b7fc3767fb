// Drawing in a draft: an area is clicked, its vertices are dragged or stepped by keys, neighbours go along or are caught.
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../../app/keys";
import { tell } from "../../app/announce";
import { areasIn, putArea, type Area, type EditionAbout } from "../../data/editions";
import { layers as layersNow, layerName } from "../../data/catalogue";
import { asProblem, type Problem } from "../../data/problem";
import { boxOf } from "../../map/boxes";
import { flyTo, showIfAway } from "../../map/camera";
import { caught, drawing, stepped, useHand } from "../../map/draw";
import type { LonLat } from "../../map/geo";
import { corners } from "../../map/rings";
import { useGroup } from "../../map/style/groups";
import { colours } from "../../map/tokens";
import { Trouble } from "../../parts/await";
import { Glyph } from "../../parts/glyph";
import { useWalk } from "../../parts/walk";
import { t } from "../../words";
import { AreaForm, NewArea } from "./area-form";
import { goTo } from "./steps";
import { dropped, inserted, keyOf, known, moved, NOTHING, put, type Work } from "./work";

const ROUND = 1e7;
const rounded = ([lon, lat]: LonLat): LonLat => [Math.round(lon * ROUND) / ROUND, Math.round(lat * ROUND) / ROUND];

const EMPTY: Area = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [] } };

export function Draw({ one, again }: { one: EditionAbout; again: () => void }) {
  const offered = layersNow.value.filter((l) => l.geometry === "polygon");
  const [layer, setLayer] = useState(offered.some((l) => l.layer === "grid") ? "grid" : (offered[0]?.layer ?? ""));
  const [{ work, past }, setDrawn] = useState<{ work: Work; past: readonly Work[] }>({ work: NOTHING, past: [] });
  const [chosen, setChosen] = useState<string | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const [together, setTogether] = useState(true);
  const [begun, setBegun] = useState<readonly LonLat[] | null>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const held = useRef<{ from: LonLat; before: Work } | null>(null);
  const clicks = useRef(0);

  const area = chosen ? (work.areas.get(chosen) ?? null) : null;
  const points = area ? corners(area) : [];
  const at = active === null ? null : (points[active]?.at ?? null);
  const others = [...work.edited].filter((k) => k !== chosen).flatMap((k) => work.areas.get(k) ?? []);
  const partitions = offered.filter((l) => l.coverage === "partition").map((l) => l.layer);

  // What is drawn follows from what was drawn before it, however fast keys and hands are.
  const change = (to: (work: Work) => Work) => setDrawn((was) => {
    const now = to(was.work);
    return now === was.work ? was : { work: now, past: [...was.past.slice(-99), was.work] };
  });
  const setWork = (to: (work: Work) => Work) => setDrawn((was) => ({ ...was, work: to(was.work) }));
  const undo = () => setDrawn((was) => (was.past.length ? { work: was.past.at(-1) ?? NOTHING, past: was.past.slice(0, -1) } : was));
  const cornerOf = (w: Work, n: number | null) => (n === null || !chosen ? undefined : corners(w.areas.get(chosen) ?? EMPTY)[n]);
  const choose = async ([lon, lat]: LonLat) => {
    // Of clicks in a row the last one counts, however late the answers to the others come.
    const mine = ++clicks.current;
    try {
      const [found] = (await areasIn(one.code, layer, [lon, lat, lon, lat])).features;
      if (mine !== clicks.current) return;
      if (!found) return setChosen(null);
      const box = boxOf([found.geometry]);
      const around = box ? [box[0] - 1e-4, box[1] - 1e-4, box[2] + 1e-4, box[3] + 1e-4] : [lon, lat, lon, lat];
      const near = await Promise.all([...new Set([layer, ...partitions])].map(async (l) => [l, (await areasIn(one.code, l, around)).features] as const));
      if (mine !== clicks.current) return;
      setWork((w) => near.reduce((sum, [l, areas]) => known(sum, l, areas), w));
      setChosen(keyOf(layer, found));
      setActive(null);
    } catch (e) {
      setProblem(asProblem(e));
    }
  };
  const near = (base: Work) => [...base.areas].filter(([key]) => key !== chosen).map(([, a]) => a);
  const place = (from: LonLat, to: LonLat, base: Work): Work => {
    if (!chosen) return base;
    const found = caught(to, near(base), from);
    const target = rounded(found.at);
    const to_be = found.edge ? inserted(base, chosen, together, found.edge[0], found.edge[1], target) : base;
    return moved(to_be, chosen, together, from, target);
  };

  useHand({
    grab: (n, between) => {
      const corner = points[n];
      if (!corner || !chosen) return;
      if (!between) {
        held.current = { from: corner.at, before: work };
        return setActive(n);
      }
      const middle = rounded([(corner.at[0] + corner.next[0]) / 2, (corner.at[1] + corner.next[1]) / 2]);
      const made = inserted(work, chosen, together, corner.at, corner.next, middle);
      change(() => made);
      held.current = { from: middle, before: made };
      setActive(n + 1);
    },
    drag: (to) => {
      const { from, before } = held.current ?? {};
      if (from && before) setWork(() => place(from, to, before));
    },
    drop: () => {
      const before = held.current?.before;
      held.current = null;
      if (before) setDrawn((was) => (was.work === before ? was : { ...was, past: [...was.past.slice(-99), before] }));
    },
    click: (to) => {
      if (begun) setBegun([...begun, rounded(caught(to, work.areas.values(), null).at)]);
      else void choose(to);
    },
  });
  useGroup("draw", drawing(colours.value, area, active, others, begun ?? []), [area, active, work, begun, colours.value]);

  const walk = (by: number) => {
    if (!points.length) return;
    const next = ((active ?? (by > 0 ? -1 : 0)) + by + points.length) % points.length;
    setActive(next);
    const to = points[next]?.at;
    if (to) showIfAway(to[0], to[1]);
  };
  const step = (east_m: number, north_m: number) => change((w) => {
    const from = cornerOf(w, active)?.at;
    return from && chosen ? moved(w, chosen, together, from, rounded(stepped(from, east_m, north_m))) : w;
  });
  const drop = () => {
    change((w) => {
      const from = cornerOf(w, active)?.at;
      return from && chosen ? dropped(w, chosen, together, from) : w;
    });
    setActive(null);
  };
  const add = () => {
    change((w) => {
      const corner = cornerOf(w, active);
      if (!corner || !chosen) return w;
      return inserted(w, chosen, together, corner.at, corner.next, rounded([(corner.at[0] + corner.next[0]) / 2, (corner.at[1] + corner.next[1]) / 2]));
    });
    if (active !== null) setActive(active + 1);
  };
  // Keys may come faster than the page is drawn: they find what is known by then.
  const latest = useRef({ step, drop, add, undo });
  latest.current = { step, drop, add, undo };
  const arrows = at ? [1, 10].flatMap((m) => [["ArrowUp", 0, m], ["ArrowDown", 0, -m], ["ArrowLeft", -m, 0], ["ArrowRight", m, 0]].map(([name, e, n]) => ({
    key: `${m === 10 ? "Shift+" : ""}${name}`, word: m === 10 ? "ed.key.far" : "ed.key.step", run: () => void latest.current.step(Number(e), Number(n)),
  }))) : [];
  useWalk(walk, "ed.key.next_corner", "ed.key.previous_corner");
  useKeys([
    { key: "I", word: "ed.key.insert", run: () => latest.current.add() },
    { key: "Delete", word: "ed.key.drop", run: () => latest.current.drop() },
    { key: "Z", word: "ed.key.undo", run: () => latest.current.undo() },
    ...arrows,
  ], [at !== null]);

  useEffect(() => {
    // Leaving with something unsent asks first.
    const ask = (e: BeforeUnloadEvent) => work.edited.size > 0 && e.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [work.edited.size]);

  const save = async () => {
    setSending(true);
    setProblem(null);
    let left = work;
    try {
      for (const key of work.edited) {
        const drawn = work.areas.get(key);
        if (drawn) await putArea(one.code, key.slice(0, key.indexOf("/")), drawn);
        left = { ...left, edited: new Set([...left.edited].filter((k) => k !== key)) };
      }
      tell(t("ed.saved", { n: work.edited.size }));
    } catch (e) {
      setProblem(asProblem(e));
    }
    setDrawn({ work: left, past: [] });
    setSending(false);
    again();
  };

  if (one.state !== "draft" && one.state !== "checked") return <p class="empty">{t("ed.no_draft")}</p>;
  return (
    <div class="stack pad scroll draw">
      <div class="row">
        <label class="grow">{t("ed.layer")}<select value={layer} onChange={(e) => { setLayer(e.currentTarget.value); setChosen(null); }}>{offered.map((l) => <option key={l.layer} value={l.layer}>{layerName(l.layer)}</option>)}</select></label>
        <button aria-pressed={begun !== null} onClick={() => { setBegun(begun ? null : []); setChosen(null); }}><Glyph name="plus" /> {t("ed.new_area")}</button>
      </div>
      <label class="row"><input type="checkbox" checked={together} onChange={(e) => setTogether(e.currentTarget.checked)} /> {t("ed.together")}</label>
      {begun && (
        <NewArea layer={layer} points={begun} undo={() => setBegun(begun.slice(0, -1))} done={(made: Area) => { change((w) => put(w, keyOf(layer, made), made)); setChosen(keyOf(layer, made)); setBegun(null); }} />
      )}
      {!begun && !area && <p class="note">{t("ed.choose_area")}</p>}
      {area && chosen && <AreaForm key={chosen} one={one} layer={layer} area={area} corner={at} n={active} count={points.length}
        change={(to) => change((w) => put(w, chosen, to))} place={(to) => at && change((w) => moved(w, chosen, together, at, rounded(to)))}
        look={() => at && flyTo(at[0], at[1], 18)} gone={() => { setDrawn({ work: NOTHING, past: [] }); setChosen(null); again(); }} />}
      {problem && <Trouble problem={problem} />}
      <div class="row foot">
        <button class="primary" disabled={work.edited.size === 0 || sending} onClick={() => void save()}>{sending ? t("ed.sending") : t("ed.save", { n: work.edited.size })}</button>
        <button disabled={past.length === 0} onClick={undo}>{t("ed.undo")} <kbd>Z</kbd></button>
        <button disabled={work.edited.size > 0} onClick={() => goTo(one.code, "check", one.before)}>{t("ed.check_anew")}</button>
      </div>
    </div>
  );
}
