// Which action comes first: what usually follows in this status, and what was found by whoever looked.
import type { Entry } from "./cases";

export interface Finding { kind: "check" | "verify"; result: string }

// What usually comes next, first.
const NEXT = ["settle", "accept", "decide", "register", "dispatch", "take", "resume", "finish", "check", "close", "archive", "reopen"];
// Where somebody is to look, looking comes first, and then what follows from it.
const LOOKS: Readonly<Record<string, Finding["kind"]>> = { verifying: "verify", checking: "check" };
const AFTER: Readonly<Record<string, string>> = { confirmed: "register", not_found: "void", passed: "close", failed: "rework" };
// Each begins a new round: what was found before is no answer to it.
const ANEW: readonly string[] = ["finish", "rework", "reopen"];
// Cannot be taken back with a word: offered first, and yet never as what Enter does.
const GRAVE: readonly string[] = ["void"];

/** What was found last in this round, from the history in the order of time; null while nobody has looked. */
export function findingOf(history: readonly Entry[], status: string): Finding | null {
  const kind = LOOKS[status];
  if (!kind) return null;
  const begun = history.findLastIndex((e) => ANEW.includes(e.kind));
  const found = history.slice(begun + 1).findLast((e) => e.kind === kind && typeof e.payload["result"] === "string");
  return found ? { kind, result: String(found.payload["result"]) } : null;
}

/** The action that leads on from here; "" where only the usual order says. */
export function leads(status: string, finding: Finding | null): string {
  return finding ? (AFTER[finding.result] ?? "") : (LOOKS[status] ?? "");
}

export const isUsual = (action: string, first: string): boolean => action === first || NEXT.includes(action);
export const isMain = (action: string, first: string): boolean => isUsual(action, first) && !GRAVE.includes(action);

/** Actions in the order in which they are offered. */
export function ordered<T extends { action: string }>(forms: readonly T[], first: string): readonly T[] {
  const rank = ({ action }: T) => (action === first ? -1 : (NEXT.indexOf(action) + NEXT.length + 1) % (NEXT.length + 1));
  return [...forms].sort((a, b) => rank(a) - rank(b));
}
