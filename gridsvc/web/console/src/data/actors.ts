// Actors with their grants and keys, for whoever administers them.
import { get, send } from "./api";

export interface Grant { id: number; role: string; district: string | null; layer: string | null; area: string | null; unit: string | null; valid_from: string | null; valid_to: string | null }
export interface Key { id: number; name: string; begins: string; permissions: string[] | null; rate_per_s: number | null; created_at: string; expires_at: string | null; used_at: string | null }
export interface Actor { name: string; title: string; kind: "person" | "program"; has_password: boolean; subject: string | null; created_at: string; ended_at: string | null; grants: Grant[]; keys: Key[] }

const of = (name: string, rest = ""): string => `/v1/actors/${encodeURIComponent(name)}${rest}`;

/** All that the caller administers, by name. */
export async function readActors(): Promise<readonly Actor[]> {
  const found: Actor[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Actor[]; next: string | null } = await get("/v1/actors", { limit: 1000, cursor });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

export const addActor = (name: string, title: string, kind: string, password: string): Promise<Actor> => send("POST", "/v1/actors", { name, title, kind, ...(password ? { password } : {}) });
export const endActor = (name: string): Promise<void> => send("DELETE", of(name));
export const grantTo = (name: string, grant: Partial<Grant>): Promise<Grant> => send("POST", of(name, "/grants"), grant);
export const endGrant = (name: string, id: number): Promise<void> => send("DELETE", of(name, `/grants/${id}`));
export const makeKey = (name: string, called: string, expires_at: string | null): Promise<Key & { key: string }> => send("POST", of(name, "/keys"), { name: called, expires_at });
export const rotateKey = (name: string, id: number): Promise<Key & { key: string }> => send("POST", of(name, `/keys/${id}/rotate`), {});
export const endKey = (name: string, id: number): Promise<void> => send("DELETE", of(name, `/keys/${id}`));
