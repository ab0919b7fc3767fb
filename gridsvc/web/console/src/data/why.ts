// Which step of a decision settled it, and what on the ground a step is about.
import type { Because } from "./cases";

// Steps that are about the ground or about people do not decide.
const TELLS: readonly string[] = ["area", "component", "chief", "passed", "match", "point", "assisting", "clock", "limit", "edge"];

/** The number of the step that decided; -1 where none did. */
export const decidedAt = (because: readonly Because[]): number => because.findLastIndex(({ step, id }) => !TELLS.includes(step) && id !== null);

export type Ground = { kind: "area"; layer: string; code: string } | { kind: "component"; code: string };

function ofStep({ step, id }: Because): Ground | null {
  if (step === "component") return id ? { kind: "component", code: id.split(":").at(-1) ?? id } : null;
  const [layer, code] = (id ?? "").split(/:(.*)/s);
  return layer && code && layer !== "unit" ? { kind: "area", layer, code } : null;
}

/**
 * What a step is about. A rule names its ground in words only, by the code: of the areas that the point is in the one it
 * names, else the component; null where it is about no place.
 */
export function groundOf(one: Because, because: readonly Because[]): Ground | null {
  const own = ofStep(one);
  if (own || one.step !== "rule") return own;
  const named = because.map(ofStep).findLast((g) => g !== null && one.zh.includes(`\uFF08${g.code}\uFF09`));
  return named ?? null;
}
