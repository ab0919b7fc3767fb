// Texts that every page of ours has, in two languages, and how a text is filled in. Chinese is the source.
import { lang, type Lang } from "../lang";
import en from "./shared.en.json";
import zh from "./shared.zh.json";

export { en, zh };
export type Values = Record<string, string | number>;

/** `{n|one case|other cases}` chooses by number; `{name}` is filled in. */
export function fill(text: string, values: Values): string {
  return text
    .replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (_, name: string, one: string, other: string) => (Number(values[name]) === 1 ? one : other))
    .replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A shared text in the language of the page, or in the one asked for. */
export function t(word: keyof typeof zh, values: Values = {}, of: Lang = lang.value): string {
  return fill((of === "zh" ? zh : en)[word], values);
}
