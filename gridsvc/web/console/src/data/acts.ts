// What may be done with a case, as the service offers it; drafts that outlive the page; and doing it, once.
import { get, newKey, send } from "./api";
import { take, type Case, type Entry, readHistory } from "./cases";
import type { Problem } from "./problem";

export interface Choice { value: string | number; zh: string; en: string }
export interface Field {
  name: string;
  kind: "reason" | "text" | "choice" | "unit" | "units" | "number" | "flag" | "point" | "category" | "component" | "attributes" | "case" | "scores" | "precedent" | "attachments";
  zh: string;
  en: string;
  required: boolean;
  choices?: readonly Choice[];
  most?: number;
  least?: number;
  above?: number;
  default?: unknown;
  when?: Readonly<Record<string, readonly unknown[]>>;
  unless?: Readonly<Record<string, readonly unknown[]>>;
  /** Said already by how the form was opened: sent, not asked. */
  fixed?: boolean;
}
export interface Form { action: string; zh: string; en: string; to: string | null; requires: readonly string[]; fields: readonly Field[] }
export type Values = Readonly<Record<string, unknown>>;
export interface Draft { key: string; version: number; values: Values }

export async function readForms(id: string): Promise<readonly Form[]> {
  return (await get<{ items: Form[] }>(`/v1/cases/${id}/actions`)).items;
}

const place = (id: string, action: string) => `gridsvc.draft.${id}.${action}`;

/** What was written before and not sent yet. */
export function draftOf(id: string, action: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(place(id, action)) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

export function keepDraft(id: string, action: string, draft: Draft | null): void {
  try {
    if (draft) localStorage.setItem(place(id, action), JSON.stringify(draft));
    else localStorage.removeItem(place(id, action));
  } catch {
    // Where nothing can be kept it lasts as long as the page.
  }
}

export const newDraft = (version: number, values: Values): Draft => ({ key: newKey(), version, values });

/** A field is asked where the others have the values that it waits for. */
export function isAsked(field: Field, values: Values): boolean {
  const meets = (of: Field["when"]) => Object.entries(of ?? {}).every(([name, wanted]) => wanted.includes(values[name] ?? null));
  return meets(field.when) && !(field.unless && meets(field.unless));
}

const said = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

/** Four Chinese characters say something, or ten letters; of a mixture one character counts as two letters and a half. */
export function saysSomething(text: string): boolean {
  const characters = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = (text.match(/\p{L}/gu)?.length ?? 0) - characters;
  return 10 * characters + 4 * letters >= 40;
}

/** The names of fields that cannot be sent as they are. */
export function missing(form: Form, values: Values): readonly string[] {
  return form.fields
    .filter((f) => isAsked(f, values))
    .filter((f) => (f.kind === "reason" && said(values[f.name]) ? !saysSomething(String(values[f.name])) : f.required && !said(values[f.name])))
    .map((f) => f.name);
}

export function body(form: Form, version: number, values: Values): Record<string, unknown> {
  const asked = form.fields.filter((f) => isAsked(f, values) && said(values[f.name]));
  return { version, ...Object.fromEntries(asked.map((f) => [f.name, values[f.name]])) };
}

/** Do it: the same draft again is the same deed. */
export async function act(one: Case, form: Form, draft: Draft): Promise<Case> {
  const done = await send<Case>("POST", `/v1/cases/${one.id}/actions/${form.action}`, body(form, draft.version, draft.values), { key: draft.key });
  return take(done).peek();
}

/** Whether somebody else was first. */
export const isConflict = (problem: Problem): boolean => problem.status === 409 && (problem.legal.length > 0 || problem.of("version") !== undefined);

/** What somebody did last with a case; what nobody has to have read is left out. */
export async function lastDeed(id: string): Promise<Entry | null> {
  const { items } = await readHistory(id);
  return items.findLast((e) => !["noted", "rated", "receipt", "decided"].includes(e.kind)) ?? null;
}

export async function upload(file: File): Promise<string> {
  const form = new FormData();
  form.set("file", file);
  return (await send<{ id: string }>("POST", "/v1/attachments", form)).id;
}

export type Unmasked = { name?: string | null; phone?: string | null; text?: string | null };
/** Show one thing in full; every look is written down. */
export const unmask = (id: string, what: string, reason: string): Promise<Unmasked> => send("POST", `/v1/cases/${id}/unmask`, { what, reason });

export interface Similar { id: string; number: string; status: string; category: string; reported_at: string; point: { lon: number; lat: number }; distance_m: number; score: number; zh: string; en: string }
export const readSimilar = async (id: string): Promise<readonly Similar[]> => (await get<{ items: Similar[] }>(`/v1/cases/${id}/similar`)).items;
