// The language of a page, and what a device keeps for it.
import { signal } from "@preact/signals";

export type Lang = "zh" | "en";

export const lang = signal<Lang>("zh");

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`gridsvc.${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`gridsvc.${name}`);
    else localStorage.setItem(`gridsvc.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

export function setLang(to: Lang): void {
  keep("lang", to);
  lang.value = to;
}
