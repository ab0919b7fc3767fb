// A list of very many rows of one height: only those in view are drawn; the focus stays on the list, and its active row is named.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Listed {
  label: string;
  ids: readonly string[];
  /** How many there are in all, where more are to be read; null: nobody knows. */
  total: number | null;
  row_px: number;
  active: string | null;
  activate: (id: string) => void;
  open: (id: string) => void;
  /** Rows before this one are in view or close to it. */
  near?: (last: number) => void;
  render: (id: string) => ComponentChildren;
}

const MORE = 6;
// Where each list was left, so that coming back finds it there.
const left = new Map<string, number>();

export function VirtualList({ label, ids, total, row_px, active, activate, open, near, render }: Listed) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ from: 0, to: 30 });
  const at = active ? ids.indexOf(active) : -1;
  const measure = () => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    left.set(label, scrollTop);
    const from = Math.max(0, Math.floor(scrollTop / row_px) - MORE);
    const to = Math.min(ids.length, Math.ceil((scrollTop + clientHeight) / row_px) + MORE);
    setView((was) => (was.from === from && was.to === to ? was : { from, to }));
    near?.(to);
  };
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = left.get(label) ?? 0;
    const seen = new ResizeObserver(measure);
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  useLayoutEffect(measure, [ids]);
  // With the drawing, not after it: what goes at once, as by Enter, is found where it was.
  useLayoutEffect(() => {
    const list = box.current;
    if (!list || at < 0) return;
    if (at * row_px < list.scrollTop) list.scrollTop = at * row_px;
    else if ((at + 1) * row_px > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * row_px - list.clientHeight;
    measure();
  }, [active]);
  const move = (to: number) => {
    const id = ids[Math.max(0, Math.min(ids.length - 1, to))];
    if (id) activate(id);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? row_px) / row_px) - 1);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1, PageDown: at + page, PageUp: at - page };
    const to = steps[e.key];
    if (to !== undefined) {
      e.preventDefault();
      move(to);
    } else if (e.key === "Enter" && active) {
      e.preventDefault();
      open(active);
    }
  };
  const own = useId();
  const rowId = (i: number) => `${own}-${i}`;
  return (
    <div class="rows" ref={box} role="listbox" tabIndex={0} data-focus aria-label={label} aria-activedescendant={at >= view.from && at < view.to ? rowId(at) : undefined} onScroll={measure} onKeyDown={onKeyDown}>
      <div role="presentation" style={{ height: `${ids.length * row_px}px` }}>
        {ids.slice(view.from, view.to).map((id, k) => {
          const i = view.from + k;
          return (
            <div
              key={id} id={rowId(i)} role="option" class="list-row" aria-selected={id === active} aria-setsize={total ?? -1} aria-posinset={i + 1}
              style={{ transform: `translateY(${i * row_px}px)`, height: `${row_px}px` }} onClick={() => { activate(id); open(id); }}
            >
              {render(id)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
