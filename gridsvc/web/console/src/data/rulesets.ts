// Rulesets: which there are, what their tables say, what was found on them, and their publication.
import { signal } from "@preact/signals";
import { get, send } from "./api";
import type { EditionRow, Finding } from "./editions";

export interface RulesetReport { ok?: boolean; counts?: { error: number; warning: number }; editions?: string[]; follows?: string | null; findings?: Finding[] }
export interface RulesetAbout extends EditionRow { tables: Record<string, number>; report: RulesetReport | null }
export interface RuleTable { table: string; columns: string[]; items: Record<string, string>[] }

const of = (code: string, ...rest: string[]): string => ["/v1/rulesets", encodeURIComponent(code), ...rest].join("/");

export const rulesets = signal<readonly EditionRow[] | null>(null);

export async function loadRulesets(): Promise<void> {
  rulesets.value = (await get<{ items: EditionRow[] }>("/v1/rulesets")).items;
}

export const ruleset = (code: string) => get<RulesetAbout>(of(code));
export const table = (code: string, name: string) => get<RuleTable>(of(code, "tables", name));

export function uploadWorkbook(code: string, file: File): Promise<{ code: string }> {
  const form = new FormData();
  form.append("file", file, file.name);
  return send("POST", `/v1/rulesets/workbook?code=${encodeURIComponent(code)}`, form);
}

export const publishRuleset = (code: string, from: string | null, waive: Record<string, string>, reason: string) =>
  send<{ code: string }>("POST", of(code, "publish"), { from, waive, reason });
