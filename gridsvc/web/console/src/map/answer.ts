// Who answers for the point that is asked about: the service's answer, asked anew when point, matter or level change.
import { effect, signal } from "@preact/signals";
import { get, send } from "../data/api";
import type { Chief, Decision } from "../data/cases";
import { edition } from "../data/catalogue";
import type { Ground } from "../data/why";
import { asProblem, type Problem } from "../data/problem";
import { query } from "../app/route";
import { asked, byHand_m, showPlace } from "./picked";

export interface Answer extends Omit<Decision, "grid_chief" | "street_chief"> {
  point: { lon: number; lat: number };
  grid_chief: Chief | null;
  street_chief: Chief | null;
}
export type Step = Answer["because"][number];
export type Vertical = "above" | "below";

export const answer = signal<Answer | null>(null);
export const problem = signal<Problem | null>(null);
/** What the question is about, if said: kept from one point to the next. */
export const matter = signal("");
export const vertical = signal<Vertical | null>(null);

let stop = new AbortController();

/** Follow the address: each point that is asked about is asked of the service. */
export function startAsking(): () => void {
  return effect(() => {
    const at = asked.value;
    const sel = query.value["sel"] ?? "";
    const component = sel.startsWith("component:") ? sel.slice("component:".length) : null;
    const body = {
      point: at && { x: at.lon, y: at.lat, crs: "wgs84" }, category: matter.value || null, component, accuracy_m: byHand_m.peek(),
      vertical: vertical.value, edition: query.value["edition"] || null,
    };
    stop.abort();
    problem.value = null;
    if (!at) {
      answer.value = null;
      return;
    }
    stop = new AbortController();
    const { signal: mine } = stop;
    send<Answer>("POST", "/v1/route?explain=full", body, { signal: mine }).then(
      (found) => !mine.aborted && (answer.value = found),
      (e: unknown) => {
        if (mine.aborted) return;
        answer.value = null;
        problem.value = asProblem(e);
      },
    );
  });
}

interface Collection { features: { properties: { code: string }; geometry: GeoJSON.Geometry }[] }

let pointedAt = 0;

/** Show no step any more, nor one that is still being read. */
export function leaveStep(): void {
  pointedAt++;
  showPlace(null);
}

/** Show what a step is about, whatever kind of step it is. */
export const showGround = (of: Ground, at: { lon: number; lat: number }): Promise<void> =>
  showStep({ step: of.kind, id: of.kind === "area" ? `${of.layer}:${of.code}` : of.code, zh: "", en: "" }, at);

/** Show where a step of the answer lies: its area, component or lane, as it is exactly. */
export async function showStep(step: Step, at: { lon: number; lat: number }): Promise<void> {
  const mine = ++pointedAt;
  const [layer, code] = (step.id ?? "").split(/:(.*)/s);
  const near = (deg: number) => [at.lon - deg, at.lat - deg, at.lon + deg, at.lat + deg].map((n) => n.toFixed(6)).join(",");
  const known = step.step === "component" ? ["/v1/components", {}, layer] : layer && code ? ["/v1/areas", { layer }, code] : null;
  if (!known) return showPlace(null);
  const [path, more, wanted] = known as [string, Record<string, string>, string];
  try {
    const { features } = await get<Collection>(path, { ...more, bbox: near(0.001), edition: edition.peek(), limit: 1000 });
    const found = features.find((f) => f.properties.code === wanted);
    if (mine === pointedAt) showPlace(found ? found.geometry : null);
  } catch {
    if (mine === pointedAt) showPlace(null);
  }
}
