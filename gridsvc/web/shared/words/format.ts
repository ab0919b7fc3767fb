// Instants, durations and numbers as people read them; always of the city's own time zone.
import { lang } from "../lang";
import { t } from "./index";

export const ZONE = document.documentElement.dataset.zone || "Asia/Shanghai";

function parts(at: Date): Record<string, string> {
  const of = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  return Object.fromEntries(of.formatToParts(at).map((p) => [p.type, p.value]));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function clockTime(at: Date, seconds = false): string {
  const p = parts(at);
  return seconds ? `${p["hour"]}:${p["minute"]}:${p["second"]}` : `${p["hour"]}:${p["minute"]}`;
}

export function day(at: Date, year = true): string {
  const p = parts(at);
  const [y, m, d] = [p["year"], Number(p["month"]), p["day"]];
  if (lang.value === "zh") return `${year ? `${y}\u5E74` : ""}${m}\u6708${d}\u65E5`;
  return `${d} ${MONTHS[m - 1]}${year ? ` ${y}` : ""}`;
}

/** 09:12 today, 21 Mar 09:12 this year, else with the year. */
export function moment(at: string | Date, now: Date): string {
  const then = typeof at === "string" ? new Date(at) : at;
  const [a, b] = [parts(then), parts(now)];
  const same = (...names: string[]) => names.every((n) => a[n] === b[n]);
  if (same("year", "month", "day")) return clockTime(then);
  return `${day(then, !same("year"))} ${clockTime(then)}`;
}

/** How long, in the two largest units that say something: 3 h 10 min. */
export function duration(s: number): string {
  const minutes = Math.floor(Math.abs(s) / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days) return hours ? t("duration.days_hours", { d: days, h: hours }) : t("duration.days", { d: days });
  if (hours) return rest ? t("duration.hours_minutes", { h: hours, m: rest }) : t("duration.hours", { h: hours });
  return t("duration.minutes", { m: rest });
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}\u2009%`;
}

export function metres(value_m: number): string {
  if (value_m >= 1000) return t("unit.km", { n: (value_m / 1000).toFixed(value_m < 10_000 ? 1 : 0) });
  return t("unit.m", { n: value_m < 10 ? value_m.toFixed(1) : Math.round(value_m) });
}

/** Midnight of the city: of the day that an instant falls on, or of a day written 2024-06-12. */
export function startOfDay(of: Date | string): Date {
  const p = typeof of === "string" ? null : parts(of);
  const guess = p ? Date.UTC(Number(p["year"]), Number(p["month"]) - 1, Number(p["day"])) : Date.parse(`${of as string}T00:00:00Z`);
  const q = parts(new Date(guess));
  const seen = Date.UTC(Number(q["year"]), Number(q["month"]) - 1, Number(q["day"]), Number(q["hour"]), Number(q["minute"]), Number(q["second"]));
  return new Date(guess - (seen - guess));
}
