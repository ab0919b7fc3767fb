// How the service's decision differs from the preview that the bundle gave, and why that may be.
import type { Answer } from "../../bundle/src";
import type { Difference, Outcome } from "./outbox";

/** What of the service's decision is compared. */
export interface Decided {
  areas: Record<string, { code: string; name: string } | undefined>;
  accountable: { unit: string; name: string } | null;
  desk: { reason: string } | null;
  grid_chief: { post: string; name: string } | null;
  street_chief: { post: string; name: string } | null;
  edition: string;
  ruleset: string | null;
}

const LATER_MS = 60_000;

export function compared(preview: Answer | null, made: { number: string; reported_at: string; decision: Decided }, captured: string): Outcome {
  const none: Outcome = { number: made.number, differences: [], reasons: [] };
  if (!preview) return none;
  const { decision } = made;
  const differences: Difference[] = [];
  const note = (what: Difference["what"], was: string | undefined, now: string | undefined, a: string | undefined, b: string | undefined) => {
    if (a !== b) differences.push({ what, was: was ?? "", now: now ?? "" });
  };
  for (const layer of new Set([...Object.keys(preview.areas), ...Object.keys(decision.areas)])) {
    const [a, b] = [preview.areas[layer], decision.areas[layer]];
    note("area", a?.name, b?.name, a?.code, b?.code);
  }
  note("unit", preview.accountable?.name, decision.accountable?.name, preview.accountable?.unit, decision.accountable?.unit);
  note("desk", preview.desk ?? undefined, decision.desk?.reason, preview.desk ?? undefined, decision.desk?.reason);
  for (const role of ["grid_chief", "street_chief"] as const) note("chief", preview[role]?.name, decision[role]?.name, preview[role]?.post, decision[role]?.post);
  if (differences.length === 0) return none;
  const reasons: Outcome["reasons"] = [];
  if (preview.edition !== decision.edition) reasons.push("edition");
  if ((preview.ruleset ?? "") !== (decision.ruleset ?? "")) reasons.push("ruleset");
  if (Date.parse(made.reported_at) - Date.parse(captured) > LATER_MS) reasons.push("later");
  // With the same edition and rules: precedents, components and posts that came after the bundle was made.
  if (reasons.length === 0) reasons.push("newer");
  return { number: made.number, differences, reasons };
}
