// Days as the address writes them, 2024-06-12, and the periods that they are compared with.
export const DAY_MS = 86_400_000;
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A day so many days later. */
export const later = (day: string, days: number): string => dayOf(Date.parse(day) + days * DAY_MS);

export const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;

/** The days that a period is compared with; null for none. Of a month it is the whole month before. */
export function daysBefore(vs: string, from: string, to: string, days: number): [string, string] | null {
  if (vs === "month") return [monthOf(later(monthOf(from), -1)), later(monthOf(from), -1)];
  const back = vs === "previous" ? days : vs === "year" ? 365 : 0;
  return back ? [later(from, -back), later(to, -back)] : null;
}
