// A cell of heat, and in which class it is drawn: pure, for the map, the list and the legend alike.
export interface Cell {
  code: string;
  name_zh?: string;
  name_en?: string;
  x?: number;
  y?: number;
  n: number;
  value: number | null;
  class: number;
  few: boolean;
  vs_n?: number;
  vs_value?: number | null;
  ratio?: number | null;
  low?: number | null;
  high?: number | null;
  ratio_class?: number;
  ratio_few?: boolean;
}

export const VIEWS = ["this", "that", "difference"] as const;
export type View = (typeof VIEWS)[number];

/** Drawn where there is nothing to compare with: cases now, none then. More than nothing is no number of times as many. */
export const NEW = -3;

/** The class of a value among lower bounds, lower ones in; -1 without a case, -2 where it is not known. */
export function classOf(value: number | null | undefined, breaks: readonly number[]): number {
  if (value === null || value === undefined) return -2;
  return value > 0 ? Math.max(breaks.filter((b) => b <= value).length - 1, 0) : -1;
}

export interface Shown { at: number; few: boolean }

/** What of a cell is drawn in a view. */
export function shownOf(cell: Cell, view: View, breaks: readonly number[]): Shown {
  if (view === "difference") return cell.ratio === null && cell.n > 0 ? { at: NEW, few: false } : { at: cell.ratio_class ?? -1, few: cell.ratio_few ?? false };
  if (view === "that") return { at: cell.vs_n ? classOf(cell.vs_value, breaks) : -1, few: (cell.vs_n ?? 0) > 0 && (cell.vs_n ?? 0) < 10 };
  return { at: cell.class, few: cell.few };
}

/** How many of the cells fall in each class. */
export function tally(shown: readonly Shown[], n: number): number[] {
  const counted = Array.from({ length: n }, () => 0);
  for (const { at } of shown) if (at >= 0) counted[at] = (counted[at] ?? 0) + 1;
  return counted;
}
