// Cases by id and version, kept up to date by the stream: whoever shows one is shown the newest that was read.
import { signal, type Signal } from "@preact/signals";
import type { Clock } from "./lights";
import { get, type Query } from "./api";

export type { Clock } from "./lights";

export interface Named { unit: string; name: string; name_en?: string | null }
export interface Chief { post: string; name: string; phone: string | null; on_duty: boolean; acting: boolean; via?: string; next_from?: string | null; reason?: string | null }
export interface Because { step: string; id: string | null; zh: string; en: string }
export interface Candidate { layer: string; code: string; probability: number }

export interface Decision {
  areas: Record<string, { code: string; name: string; how: string }>;
  match: { how: string; distance_m: number | null; candidates: Candidate[]; ask: boolean };
  accountable: (Named & { via: string }) | null;
  desk: { reason: string; zh: string; en: string } | null;
  assisting: Named[];
  grid_chief: Chief | null;
  street_chief: Chief | null;
  component: { code: string; class: string; distance_m: number } | null;
  confidence: number;
  because: Because[];
  edition: string;
  ruleset: string;
}

export interface Request {
  n: number;
  kind: string;
  by?: string;
  at?: string;
  reason?: string | null;
  basis?: string | null;
  proposed?: Named | null;
  asked?: string[];
  arrived?: Record<string, string>;
  due_at?: string | null;
  verdicts?: string[];
  settles?: string;
  for?: string;
  rung?: string;
}

export interface Case {
  id: string;
  number: string;
  version: number;
  status: string;
  point: { lon: number; lat: number };
  category: string;
  source: string;
  reported_at: string;
  description: string | null;
  address: string | null;
  reporter: { name: string | null; phone: string | null } | null;
  subject: string | null;
  accuracy_m: number | null;
  decision: Decision;
  clocks: Clock[];
  requests: Request[];
  links: { case: string; number: string; as: string }[];
  actions: { action: string; requires: string[] }[];
}

export interface Entry { n: number; at: string; actor: string; kind: string; payload: Record<string, unknown> }
export interface Attachment { id: string; media_type: string; size: number; captured_at: string | null; width: number | null; height: number | null }

const MOST_KEPT = 5000;
const known = new Map<string, Signal<Case>>();
// Let go of here, but perhaps in somebody's hand, who is shown what becomes of it.
const loose = new Map<string, WeakRef<Signal<Case>>>();
const dropped = new FinalizationRegistry<string>((id) => {
  if (!loose.get(id)?.deref()) loose.delete(id);
});

/** Keep what was read: an older version never replaces a newer one. */
export function take(read: Case): Signal<Case> {
  const had = kept(read.id);
  if (had && read.version >= had.peek().version) had.value = read;
  const one = had ?? signal(read);
  if (!known.has(read.id)) {
    // What was kept first goes first.
    if (known.size >= MOST_KEPT) letGo(known.keys().next().value as string);
    loose.delete(read.id);
    known.set(read.id, one);
  }
  return one;
}

/** Keep a case no longer for those who only have its id; who has it in hand goes on to be told of it. */
export function letGo(id: string): void {
  const one = known.get(id);
  if (!one) return;
  known.delete(id);
  loose.set(id, new WeakRef(one));
  dropped.register(one, id);
}

/** Whether it is kept for those who only have its id. */
export const isKept = (id: string): boolean => known.has(id);
export const kept = (id: string): Signal<Case> | undefined => known.get(id) ?? loose.get(id)?.deref();

export async function readCase(idOrNumber: string, stop?: AbortSignal): Promise<Signal<Case>> {
  return take(await get<Case>(`/v1/cases/${encodeURIComponent(idOrNumber)}`, {}, stop));
}

export interface Page { ids: readonly string[]; next: string | null }

export async function readPage(filters: Query, cursor: string | null, stop?: AbortSignal): Promise<Page> {
  const { items, next } = await get<{ items: Case[]; next: string | null }>("/v1/cases", { limit: 100, ...filters, cursor }, stop);
  return { ids: items.map((item) => take(item).peek().id), next };
}

export const readHistory = (id: string): Promise<{ intact: boolean; items: Entry[] }> => get(`/v1/cases/${id}/history`);
export const readAttachments = (id: string): Promise<{ items: Attachment[] }> => get(`/v1/cases/${id}/attachments`);
