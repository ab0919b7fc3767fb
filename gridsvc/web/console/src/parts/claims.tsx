// Both claims: in words beside one another, and on the map as lines, A dashed and B solid, with whose the boundary street is.
import { lang } from "../app/looks";
import { areaName } from "../data/areas";
import { minute } from "../data/lights";
import { layers, unitName } from "../data/catalogue";
import type { Case, Request } from "../data/cases";
import { readGround, type Claim, type Ground, type Shape } from "../data/claims";
import { whoOf } from "../data/titles";
import { SLOT, useGroup, type Group } from "../map/style/groups";
import { colours, type Colours } from "../map/tokens";
import { moment } from "../words/format";
import { t } from "../words";
import { useRead } from "./queue";

export function Claims({ one, request }: { one: Case; request: Request }) {
  const { found } = useRead(() => readGround(one, request, (layer) => layers.value.some((l) => l.layer === layer)), [one.id, one.version]);
  const c = colours.value;
  const drawn = (found?.claims ?? []).filter((claim) => claim.shapes.length);
  useGroup("claims", drawn.length ? lines(c, drawn) : null, [found, c, lang.value]);
  return (
    <section class="part claims" aria-label={t("returns.claims")}>
      <div>
        <h3><span class="side" data-side="A">A</span> {unitName(one.decision.accountable?.unit)}</h3>
        <p>{request.reason}</p>
        {request.basis && <p class="muted">{t("request.basis", { basis: request.basis })}</p>}
        <p class="muted small">{request.by && whoOf(request.by)} {request.at && moment(request.at, minute.value)}</p>
      </div>
      {request.proposed && (
        <div>
          <h3><span class="side" data-side="B">B</span> {unitName(request.proposed.unit)}</h3>
          <p class="muted">{t("returns.proposed_by", { unit: unitName(one.decision.accountable?.unit) })}</p>
        </div>
      )}
      {found && <Whose found={found} />}
    </section>
  );
}

const nameOf = ({ properties: p }: Shape): string => (lang.value === "en" && p.name_en) || p.name;

/** What the map shows, in words: each side's ground, and the boundary streets about the point with their owners. */
function Whose({ found }: { found: Ground }) {
  return (
    <ul class="wide muted small">
      {found.claims.map((claim) => <li key={claim.side}>{claim.side}{claim.shapes.length ? t(claim.side === "A" ? "returns.ground_a" : "returns.ground_b", { areas: claim.shapes.map(nameOf).join(t("form.and")) }) : t("returns.no_ground")}</li>)}
      {found.streets.map((street) => (
        <li key={street.properties.code}>{street.properties.owner ? t("returns.street", { street: nameOf(street), owner: areaName("grid", street.properties.owner) }) : t("returns.street_nobody", { street: nameOf(street) })}</li>
      ))}
    </ul>
  );
}

function lines(c: Colours, claims: readonly Claim[]): Group {
  const features = claims.flatMap(({ side, unit, shapes }) => shapes.map(({ geometry }) => ({ type: "Feature" as const, properties: { side, said: `${side} ${unitName(unit)}` }, geometry })));
  const of = (side: string) => ["==", ["get", "side"], side] as never;
  const line = (side: string, dash?: number[]) => ({ id: `claims-${side}`, type: "line" as const, source: "claims", filter: of(side), paint: { "line-color": c(side === "A" ? "phase-stopped" : "phase-unit"), "line-width": 3.5, ...(dash ? { "line-dasharray": dash } : {}) } });
  return {
    slot: SLOT.uncertainty,
    sources: { claims: { type: "geojson", data: { type: "FeatureCollection", features } } },
    layers: [
      { id: "claims-halo", type: "line", source: "claims", paint: { "line-color": c("land"), "line-width": 8, "line-opacity": 0.8 } },
      line("B"), line("A", [2, 1.5]),
      { id: "claims-name", type: "symbol", source: "claims", layout: { "symbol-placement": "line", "symbol-spacing": 260, "text-field": ["get", "said"], "text-size": 14 }, paint: { "text-color": c("text"), "text-halo-color": c("land"), "text-halo-width": 2 } },
    ],
  };
}
