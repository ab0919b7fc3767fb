// What screens add to the legend: classes with their colours, notes on what was set aside; also in every picture and print.
import { computed, signal } from "@preact/signals";

export interface LegendBlock {
  title: string;
  classes?: readonly { token: string; label: string; hatched?: boolean }[];
  notes?: readonly string[];
  /** On pictures and prints alone: the screen itself has the block elsewhere. */
  onPaper?: boolean;
}

const blocks = signal<Readonly<Record<string, LegendBlock>>>({});
export const legendBlocks = computed(() => Object.values(blocks.value));

/** Put a block into the legend, or take it away; the same name replaces. */
export function setLegend(name: string, block: LegendBlock | null): void {
  const { [name]: _, ...others } = blocks.peek();
  blocks.value = block ? { ...others, [name]: block } : others;
}
