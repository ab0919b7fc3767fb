// Who sits here, and what he may do.
import { signal } from "@preact/signals";
import { get, send, setCsrf } from "./api";

export interface Me {
  name: string;
  district: string;
  roles: { role: string; zh: string }[];
  permissions: string[];
  csrf: string | null;
}

export const me = signal<Me | null>(null);

export async function loadMe(): Promise<void> {
  const found = await get<Me>("/v1/me");
  setCsrf(found.csrf);
  me.value = found;
}

export function may(permission: string): boolean {
  return me.value?.permissions.includes(permission) ?? false;
}

export async function signOut(): Promise<void> {
  await send("POST", "/v1/logout");
  location.assign("/login");
}
