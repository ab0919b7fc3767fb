// What values are called: the service's own titles of actions, statuses, stages and so on, read once.
import { signal } from "@preact/signals";
import { lang } from "../app/looks";
import { tOf } from "../words";
import { get } from "./api";
import { unitName } from "./catalogue";

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

const PROGRAMS: readonly string[] = ["sweep", "import", "system", "demo", "admin"];

/** Who did something, in words: programs by what they do, others by their role and the unit or number in their name. */
export function whoOf(actor: string): string {
  if (PROGRAMS.includes(actor)) return tOf("actor", actor);
  const [role = "", ...rest] = actor.split(".");
  const named = { handler: "unit_handler", receptionist: "receptionist", dispatcher: "dispatcher", collector: "collector", leader: "shift_leader", chief: "chief" }[role];
  const title = named && titleOf("role", named);
  return title && title !== named && rest.length ? [title, ...rest.map((part) => unitName(part))].join(" ") : actor;
}

/** An amount with its unit: the titles of units are plurals, and English has one hour. */
export function amountOf(amount: number, unit: string): string {
  const title = titleOf("limit_unit", unit);
  return `${amount} ${lang.value === "en" && amount === 1 ? title.replace(/s$/, "") : title}`;
}

/** What has a title in both languages, in the language of the page. */
export const said = (of: { zh: string; en: string }): string => (lang.value === "zh" ? of.zh : of.en);
