// Who is on duty, when nobody is, and the notes by which shifts are handed over.
import { get, send } from "./api";
import { lang } from "../app/looks";

export interface Span { from: string; to: string }
export interface Bar extends Span { post: string; person: string; name: string; deputy: boolean; acting: boolean }
export interface Placed { role: string; title_zh: string; title_en: string; layer: string | null; area: string | null; unit: string | null; name_zh: string; name_en: string }
export interface Seat extends Placed { bars: Bar[]; gaps: Span[] }
export interface Roster extends Span { items: Seat[]; next: string | null }
export interface Holder { post: string; name: string; phone: string | null; deputy: boolean; acting: boolean }
export interface Duty extends Placed { holders: Holder[]; until: string | null }
export interface Numbers { open: number; due_soon: number; overdue: number; undecided: number }
export interface Note { n: number; by: string; at: string; text: string; numbers: Numbers; taken_by: string | null; taken_at: string | null; remark: string | null }
export interface Shift { at: string; on_duty: Duty[]; nobody: Duty[]; served: number; seats: number; open: Numbers | null; notes: Note[] | null }
export interface Post {
  post: string; role: string; title_zh: string; title_en: string; person: string; name: string; phone: string | null; layer: string | null; area: string | null;
  unit: string | null; deputy_of: string | null; acting: boolean; duty: string; on_duty: boolean; valid_from: string | null; valid_to: string | null;
}

export const readRoster = (from: Date, to: Date, role: string, cursor: string | null): Promise<Roster> =>
  get("/v1/roster", { from: from.toISOString(), to: to.toISOString(), role, limit: 60, cursor });
export const readShift = (): Promise<Shift> => get("/v1/shift");
export const handOver = (text: string): Promise<Note> => send("POST", "/v1/shift/notes", { text });
export const takeOver = (n: number, remark: string): Promise<Note> => send("POST", `/v1/shift/notes/${n}/sign`, { remark: remark || null });
export const unmaskPost = (post: string, reason: string): Promise<{ name: string; phone: string | null }> => send("POST", `/v1/posts/${encodeURIComponent(post)}/unmask`, { reason });
export const follow = (post: string, to: string, reason: string): Promise<{ begun: string }> => send("POST", `/v1/posts/${encodeURIComponent(post)}/handover`, { to, reason });

/** Every post that holds now. */
export async function readPosts(): Promise<readonly Post[]> {
  const found: Post[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Post[]; next: string | null } = await get("/v1/posts", { limit: 1000, cursor });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

export const roleTitle = (of: { title_zh: string; title_en: string }): string => (lang.value === "zh" ? of.title_zh : of.title_en);
export const placeTitle = (of: Placed): string => (lang.value === "zh" ? of.name_zh : of.name_en);
