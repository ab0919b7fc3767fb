// The shapes by which marks of clocks are told apart, beside their colour.
import type { Mark } from "./lights";

const SHAPES: Record<Mark, preact.JSX.Element> = {
  ok: <circle cx="8" cy="8" r="5" fill="currentColor" />,
  soon: <path d="M8 1.5 15 14H1z" fill="currentColor" />,
  overdue: <><rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor" /><path d="M8 4v5M8 11.5v.5" class="cut" /></>,
  stopped: <><circle cx="8" cy="8" r="6" class="ring" /><path d="M6.300 5.500v5M9.700 5.500v5" class="ring" /></>,
  undecided: <><circle cx="8" cy="8" r="7" class="ring dashed" /><circle cx="8" cy="8" r="4.800" fill="currentColor" /><path d="M6.700 7a1.300 1.300 0 1 1 1.800 1.200c-.4.2-.5.4-.5.8M8 10.300v.2" class="cut" /></>,
  over: <path d="M3 8.500 6.500 12 13 4.500" class="ring" />,
  none: <circle cx="8" cy="8" r="4.500" class="ring" />,
};

export function MarkOf({ mark, size = 16 }: { mark: Mark; size?: number }) {
  return <svg class={`mark light-${CLASS[mark]}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">{SHAPES[mark]}</svg>;
}

const CLASS: Record<Mark, string> = { ok: "ok", soon: "soon", overdue: "overdue", stopped: "stopped", undecided: "undecided", over: "stopped", none: "ok" };

export const lightClass = (mark: Mark): string => CLASS[mark];
