// Instants as microseconds since 1970, local clocks and worked days from the bundle: the phone's own zones are not asked.
import type { Span, Time, Window } from "./content";
import { Refusal } from "./refusal";

// The ordinal of 1970-01-01, counted from 0001-01-01, a Monday, which is 1.
const FIRST_DAY = 719163;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d\d:?\d\d)$/;

// A local time: the day's ordinal and the minutes since midnight, with their fractions.
export interface Local {
  day: number;
  minutes: number;
}

export function instantOf(at: string | number | Date): number {
  if (typeof at === "number") return Math.round(at * 1000);
  if (at instanceof Date) return at.getTime() * 1000;
  const found = INSTANT.exec(at);
  const whole = found ? Date.parse(`${at.slice(0, 10)}T${found[4]}:${found[5]}:${found[6] ?? "00"}${colon(found[8])}`) : NaN;
  if (!found || Number.isNaN(whole)) throw new Refusal("at", "时刻无法识别或没有时区", "the instant cannot be read, or has no offset");
  return whole * 1000 + Number((found[7] ?? "").padEnd(6, "0"));
}

function colon(offset: string): string {
  return offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
}

export class Clock {
  private readonly odd: Map<number, boolean>;

  constructor(private readonly time: Time) {
    this.odd = new Map(Object.entries(time.odd_days).map(([day, worked]) => [Number(day), worked]));
  }

  refuseUnknown(at: number): void {
    if (at >= this.time.from && at < this.time.to) return;
    throw new Refusal("at", "离线包不含该时刻的日历", "the bundle has no calendar of that instant");
  }

  local(at: number): Local {
    const { clocks } = this.time;
    let i = clocks.length - 1;
    while (i > 0 && at < clocks[i][0] * 1e6) i--;
    const micros = at + clocks[i][1] * 1e6;
    const day = Math.floor(micros / 86_400e6);
    return { day: day + FIRST_DAY, minutes: (micros - day * 86_400e6) / 60e6 };
  }

  holds(window: Window, local: Local): boolean {
    return this.holdsOne(window.spans, local);
  }

  // Any of the spans, or none at all.
  private holdsOne(spans: Span[], local: Local): boolean {
    return spans.length === 0 || spans.some((span) => this.within(span, local));
  }

  private within(span: Span, { day, minutes }: Local): boolean {
    if ("outside" in span) return !this.holdsOne(span.outside, { day, minutes });
    if (span.start < span.end) return span.start <= minutes && minutes < span.end && this.begins(span, day);
    if (minutes >= span.start) return this.begins(span, day);
    return minutes < span.end && this.begins(span, day - 1);
  }

  private begins(span: Exclude<Span, { outside: Span[] }>, day: number): boolean {
    if (span.since !== null && (day < span.since || (day - span.since) % span.every !== 0)) return false;
    if (Array.isArray(span.days)) return span.days.includes(weekday(day));
    return this.isWorked(day) === (span.days === "work");
  }

  private isWorked(day: number): boolean {
    return this.odd.get(day) ?? weekday(day) < 6;
  }
}

// 1 for Monday to 7 for Sunday.
function weekday(day: number): number {
  return ((day - 1) % 7) + 1;
}
