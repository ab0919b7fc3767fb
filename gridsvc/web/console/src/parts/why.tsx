// Why a case is whose it is: the steps of the decision, each of which can be seen on the map.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Because, Case } from "../data/cases";
import { said } from "../data/titles";
import { colours } from "../map/tokens";
import { SLOT, useGroup } from "../map/style/groups";
import { tiles } from "../map/style/ground";
import { metres, percent } from "../words/format";
import { t } from "../words";

/** Folded or open, the same for every case. */
export const whyOpen = signal(true);

// Steps that are about the ground or about people do not decide.
const TELLS = ["area", "component", "chief", "passed", "match", "point", "assisting", "clock", "limit", "edge"];
const decides = (step: string, id: string | null): boolean => !TELLS.includes(step) && id !== null;

/** The area that a step is about, as `layer:code`. */
const areaOf = (id: string | null): readonly [string, string] | null => {
  const [layer, code] = (id ?? "").split(":");
  return layer && code && layer !== "unit" ? [layer, code] : null;
};

export function Why({ one }: { one: Case }) {
  const [shown, setShown] = useState<string | null>(null);
  const { because, match, edition, ruleset, confidence } = one.decision;
  const at = because.findLastIndex((b) => decides(b.step, b.id));
  const steps = because.map((b, i) => ({ ...b, i }));
  // Of the areas the ones that people speak of; the others are there on request.
  const aside = whyOpen.value ? steps.filter((b) => isAside(b)) : [];
  const told = steps.filter((b) => (whyOpen.value ? !isAside(b) : b.i === at));
  useEffect(() => setShown(null), [one.id]);
  return (
    <section class="part" aria-label={t("why.title")}>
      <h3>
        <button class="plain fold" aria-expanded={whyOpen.value} onClick={() => (whyOpen.value = !whyOpen.value)}>{t("why.title")} <kbd>W</kbd></button>
      </h3>
      <ShownArea id={shown} edition={edition} />
      <ol class="why">
        {whyOpen.value && <li class="muted">{t("why.point", { at: `${one.point.lon.toFixed(5)}, ${one.point.lat.toFixed(5)}`, accuracy: one.accuracy_m === null ? t("why.unknown") : `\u00B1${metres(one.accuracy_m)}` })}{match.distance_m !== null && ` \u00B7 ${t("why.edge", { distance: metres(match.distance_m) })}`}</li>}
        {told.map((b) => (
          <li key={b.i} data-decides={b.i === at}>
            <Step b={b} shown={shown} show={setShown} />
            {b.i === at && <strong class="here"> {"\u2190"} {t(one.decision.accountable ? "why.here" : "why.to_desk")}</strong>}
          </li>
        ))}
      </ol>
      {aside.length > 0 && (
        <details>
          <summary class="muted small">{t("why.areas", { n: aside.length })}</summary>
          <ul class="why">{aside.map((b) => <li key={b.i}><Step b={b} shown={shown} show={setShown} /></li>)}</ul>
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

function Step({ b, shown, show }: { b: Because; shown: string | null; show: (id: string | null) => void }) {
  if (!areaOf(b.id)) return <span>{said(b)}</span>;
  return (
    <button class="plain step" aria-pressed={shown === b.id} onMouseEnter={() => show(b.id)} onMouseLeave={() => show(null)} onFocus={() => show(b.id)} onBlur={() => show(null)} onClick={() => show(b.id)}>
      {said(b)}
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

