// The instant that a wall clock of the city shows; the browser may stand in another time zone.
import { ZONE } from "../words/format";

function ahead_ms(at: number): number {
  const of = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const p = Object.fromEntries(of.formatToParts(at).map((x) => [x.type, x.value]));
  return Date.parse(`${p["year"]}-${p["month"]}-${p["day"]}T${p["hour"]}:${p["minute"]}:${p["second"]}Z`) - at;
}

/** What an input of `datetime-local` says, as an instant; null where it says nothing. */
export function instantOf(local: string): Date | null {
  const told = Date.parse(`${local}Z`);
  if (Number.isNaN(told)) return null;
  const first = told - ahead_ms(told);
  return new Date(told - ahead_ms(first));
}
