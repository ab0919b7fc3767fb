// Sheets of assessment as the service makes them; schemes come from the ruleset that holds.
import { lang } from "../app/looks";
import { get, send } from "./api";

export interface Head { id: number; scheme: string; period: string; state: "draft" | "frozen"; ruleset: string; made_by: string; made_at: string; frozen_by: string | null; frozen_at: string | null }
export interface Mark { points: number | null; missing: boolean; bonus: number; rate?: { good: number; of: number; percent: number | null } }
export interface Consequence { title_zh?: string; title_en?: string }
export interface Line { code: string; name: string; rank: number | null; total: number | null; n_cases: number; too_few: boolean; missing: string[]; marks: Record<string, Mark>; consequences: Consequence[] }
export interface Part { part: string; title_zh: string; title_en: string; weight: number }
export interface Sheet extends Head {
  title_zh: string;
  title_en: string;
  subject: string;
  period_zh: string;
  period_en: string;
  start: string;
  end: string;
  cases: number;
  full: number;
  parts: Part[];
  lines: Line[];
}
export interface Scheme { scheme: string; subject: string; every: string; title_zh: string; title_en: string }

export const inWords = (of: { title_zh?: string; title_en?: string }): string => (lang.value === "zh" ? of.title_zh : of.title_en) || of.title_zh || "";

export const readHeads = async (scheme: string | undefined, stop?: AbortSignal): Promise<Head[]> =>
  (await get<{ items: Head[] }>("/v1/assessments", { scheme, limit: 200 }, stop)).items;

export const readSheet = (id: number, stop?: AbortSignal): Promise<Sheet> => get<Sheet>(`/v1/assessments/${id}`, {}, stop);

export const makeSheet = (scheme: string, period: string): Promise<Sheet> => send<Sheet>("POST", "/v1/assessments", { scheme, period });

export async function readSchemes(): Promise<Scheme[]> {
  const { items } = await get<{ items: { code: string; state: string; holds_from: string | null; holds_to: string | null }[] }>("/v1/rulesets");
  const held = items.find((r) => r.state === "published" && r.holds_from && !r.holds_to) ?? items[0];
  if (!held) return [];
  const table = await get<{ items: Scheme[] }>(`/v1/rulesets/${encodeURIComponent(held.code)}/tables/schemes`);
  return table.items;
}

/** Of each period the sheet that stands, the latest period first: a frozen one, else the draft. */
export function standing(heads: readonly Head[]): readonly Head[] {
  const found = new Map<string, Head>();
  for (const head of heads) {
    const before = found.get(head.period);
    if (!before || (before.state === "draft" && head.state === "frozen")) found.set(head.period, head);
  }
  return [...found.values()];
}

/** The filter of cases that a line is about; none where it is about people. */
export function filterOf(subject: string, code: string): Record<string, string> | null {
  const [kind, layer] = subject.split(":");
  if (kind === "layer" && (layer === "street" || layer === "grid")) return { [layer]: code };
  return kind === "unit" ? { unit: code } : null;
}
