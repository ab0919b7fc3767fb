// The way of an edition, as addresses: /editions/A..B compares, /editions/B/check and so on is one step of one.
import { go, place } from "../../app/route";

export const STEPS = ["upload", "check", "compare", "replay", "schedule", "publish"] as const;
export type Step = (typeof STEPS)[number] | "draw";

export interface At { code: string; step: Step; against: string | null }

export function at(): At {
  const [first = "", second = "check"] = place.value.args;
  const [before, after] = first.split("..");
  if (before && after) return { code: after, step: "compare", against: before };
  return { code: first, step: second as Step, against: null };
}

export function goTo(code: string, step: Step, before: string | null): void {
  if (step === "upload") go("editions");
  else if (step === "compare") go("editions", before ? [`${before}..${code}`] : [code, "compare"]);
  else go("editions", [code, step]);
}
