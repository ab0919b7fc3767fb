// What values are called: the service's own titles of actions, statuses, stages and so on, read once.
import { signal } from "@preact/signals";
import { lang } from "../app/looks";
import { get } from "./api";

interface Title { zh: string; en: string; phase?: string }

const titles = signal<Readonly<Record<string, Readonly<Record<string, Title>>>>>({});
let asked = false;

function read(): void {
  if (asked) return;
  asked = true;
  get<Record<string, Record<string, Title>>>("/v1/words").then((found) => (titles.value = found), () => (asked = false));
}

/** The title of a value of a kind (`status`, `action`, `stage`, …); the value itself until it is known. */
export function titleOf(kind: string, value: string): string {
  read();
  const title = titles.value[kind]?.[value];
  return title ? said(title) : value;
}

export const phaseOf = (status: string): string => (read(), titles.value["status"]?.[status]?.phase ?? "intake");

/** What has a title in both languages, in the language of the page. */
export const said = (of: { zh: string; en: string }): string => (lang.value === "zh" ? of.zh : of.en);
