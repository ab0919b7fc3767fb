// The only file that fetches. Writes carry an idempotency key, so that a repeat does nothing twice.
import { syncClock } from "./clock";
import { problemOf } from "./problem";

let csrf = "";
export function setCsrf(word: string | null): void {
  csrf = word ?? "";
}

export type Query = Record<string, string | number | boolean | null | undefined>;

function address(path: string, query: Query): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") asked.set(name, String(value));
  }
  const text = asked.toString();
  return text ? `${path}?${text}` : path;
}

async function answered(request: Promise<Response>): Promise<Response> {
  const answer = await request;
  syncClock(answer.headers.get("date"));
  if (answer.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const answer = await answered(fetch(address(path, query), { headers: { Accept: "application/json" }, signal: signal ?? null }));
  return (await answer.json()) as T;
}

export async function getBytes(path: string, query: Query = {}): Promise<Blob> {
  return (await answered(fetch(address(path, query)))).blob();
}

export interface Sent {
  key?: string;
  signal?: AbortSignal;
}

/** Send a change: JSON, or a form for files. Give the key of a draft, so that sending it again is the same change. */
export async function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, { key, signal }: Sent = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (method === "POST") headers["Idempotency-Key"] = key ?? newKey();
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const answer = await answered(fetch(path, { method, headers, body: body === undefined ? null : form ? body : JSON.stringify(body), signal: signal ?? null }));
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

/** `crypto.randomUUID` is missing on plain HTTP of an intranet. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
