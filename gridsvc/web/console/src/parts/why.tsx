// Why a case is whose it is: the steps of the decision, each of which can be seen on the map.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Because, Case } from "../data/cases";
import { said } from "../data/titles";
import { decidedAt, groundOf, type Ground } from "../data/why";
import { leaveStep, showGround } from "../map/answer";
import { showPlace } from "../map/stage";
import { colours } from "../map/tokens";
import { SLOT, useGroup } from "../map/style/groups";
import { tiles } from "../map/style/ground";
import { metres, percent } from "../words/format";
import { t } from "../words";

/** Folded or open, the same for every case. */
export const whyOpen = signal(true);

/** The area that a step is about, as `layer:code`. */
const areaOf = (id: string | null): readonly [string, string] | null => {
  const [layer, code] = (id ?? "").split(":");
  return layer && code && layer !== "unit" ? [layer, code] : null;
};

export function Why({ one }: { one: Case }) {
  const [shown, setShown] = useState<string | null>(null);
  const { because, match, edition, ruleset, confidence } = one.decision;
  const at = decidedAt(because);
  const steps = because.map((b, i) => ({ ...b, i }));
  // Of the areas the ones that people speak of; the others are there on request.
  const aside = whyOpen.value ? steps.filter((b) => isAside(b)) : [];
  const told = steps.filter((b) => (whyOpen.value ? !isAside(b) : b.i === at));
  useEffect(() => setShown(null), [one.id]);
  // What is pointed at is left by no event when the case goes.
  useEffect(() => leaveStep, [one.id]);
  const point = (to: Ground | "point" | null) => {
    leaveStep();
    setShown(to !== null && to !== "point" && to.kind === "area" ? `${to.layer}:${to.code}` : null);
    if (to === "point") showPlace({ type: "Point", coordinates: [one.point.lon, one.point.lat] });
    else if (to?.kind === "component") void showGround(to, one.point);
  };
  const line = (b: Because) => <Step words={said(b)} to={groundOf(b, because)} point={point} />;
  return (
    <section class="part" aria-label={t("why.title")}>
      <h3>
        <button class="plain fold" aria-expanded={whyOpen.value} onClick={() => (whyOpen.value = !whyOpen.value)}>{t("why.title")} <kbd>W</kbd></button>
      </h3>
      <ShownArea id={shown} edition={edition} />
      <ol class="why">
        {whyOpen.value && <li class="muted"><Step to="point" point={point} words={t("why.point", { at: `${one.point.lon.toFixed(5)}, ${one.point.lat.toFixed(5)}`, accuracy: one.accuracy_m === null ? t("why.unknown") : `\u00B1${metres(one.accuracy_m)}` })} />{match.distance_m !== null && ` \u00B7 ${t("why.edge", { distance: metres(match.distance_m) })}`}</li>}
        {told.map((b) => (
          <li key={b.i} data-decides={b.i === at}>
            {line(b)}
            {b.i === at && <strong class="here"> {"\u2190"} {t(one.decision.accountable ? "why.here" : "why.to_desk")}</strong>}
          </li>
        ))}
      </ol>
      {aside.length > 0 && (
        <details>
          <summary class="muted small">{t("why.areas", { n: aside.length })}</summary>
          <ul class="why">{aside.map((b) => <li key={b.i}>{line(b)}</li>)}</ul>
        </details>
      )}
      {whyOpen.value && (
        <p class="muted small">
          {t("why.by", { edition, ruleset })} · {t("why.confidence", { share: percent(confidence, 0) })}
          {match.candidates.length > 1 && confidence < 0.95 && ` \u00B7 ${match.candidates.map((c) => `${c.code.slice(-3)} ${percent(c.probability, 0)}`).join(" : ")}`}
        </p>
      )}
    </section>
  );
}

const isAside = ({ step, id }: Because): boolean => step === "area" && !["grid", "lane", "zone", "unit_grid"].includes(areaOf(id)?.[0] ?? "");

function Step({ words, to, point }: { words: string; to: Ground | "point" | null; point: (to: Ground | "point" | null) => void }) {
  if (!to) return <span>{words}</span>;
  return (
    <button class="plain step" onMouseEnter={() => point(to)} onMouseLeave={() => point(null)} onFocus={() => point(to)} onBlur={() => point(null)} onClick={() => point(to)}>
      {words}
    </button>
  );
}

/** The area that is pointed at, over the map; nothing is moved. */
export function ShownArea({ id, edition, name = "why" }: { id: string | null; edition: string; name?: string }) {
  const area = areaOf(id);
  const c = colours.value;
  useGroup(name, area && {
    slot: SLOT.selection,
    sources: { [name]: { type: "vector", tiles: [tiles(area[0], edition)], maxzoom: 16 } },
    layers: [
      { id: `${name}-fill`, type: "fill", source: name, "source-layer": area[0], filter: ["==", ["get", "code"], area[1]], paint: { "fill-color": c("focus"), "fill-opacity": 0.08 } },
      { id: `${name}-line`, type: "line", source: name, "source-layer": area[0], filter: ["==", ["get", "code"], area[1]], paint: { "line-color": c("focus"), "line-width": 3 } },
    ],
  }, [id, edition, c]);
  return null;
}

