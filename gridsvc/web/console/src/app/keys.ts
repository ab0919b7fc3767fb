// Single keys, by their place on the keyboard, quiet while somebody writes or composes; `G` then a letter goes somewhere.
import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { keep, kept } from "./looks";

export interface Binding {
  /** As shown: "D", "Enter", "?", "G L", "Ctrl+K". */
  key: string;
  /** The word (see words/) that says what it does. */
  word: string;
  run: (event: KeyboardEvent) => void;
  /** Also while a field is being edited. */
  always?: boolean;
  /** Whether it would do anything now: what would not is not offered in the search. */
  idle?: () => boolean;
}

// Later ones come first: what opened last answers.
const layers: (readonly Binding[])[] = [];
export const bindings = signal<readonly Binding[]>([]);
export const keysOff = signal(false);

export function bind(these: readonly Binding[]): () => void {
  layers.push(these);
  bindings.value = layers.flat();
  return () => {
    layers.splice(layers.indexOf(these), 1);
    bindings.value = layers.flat();
  };
}

/** Keys that hold while a component is shown, from the moment that it is: no key falls between two drawings. */
export function useKeys(these: readonly Binding[], when: readonly unknown[] = []): void {
  useLayoutEffect(() => bind(these), when);
}

export function setKeysOff(off: boolean): void {
  keysOff.value = off;
  keep("keys", off ? "off" : null);
}

function editing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select"));
}

// The letter printed on a key of a Latin layout, whatever an input method makes of it.
function named(event: KeyboardEvent): string {
  const { code, key } = event;
  if (code.startsWith("Key")) return code.slice(3);
  if (code.startsWith("Digit") && !event.shiftKey) return code.slice(5);
  if (code === "Slash") return event.shiftKey || key === "?" ? "?" : "/";
  if (code === "Period") return ".";
  if (code === "BracketLeft") return "[";
  if (code === "BracketRight") return "]";
  if (code === "Space") return "Space";
  return key;
}

function spelled(event: KeyboardEvent): string {
  const name = named(event);
  const held = event.ctrlKey || event.metaKey ? "Ctrl+" : event.altKey ? "Alt+" : "";
  return held + (event.shiftKey && name.length > 1 ? `Shift+${name}` : name);
}

let first = "";
let firstAt = 0;

function handle(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const writing = editing(event.target);
  const name = spelled(event);
  const held = name.startsWith("Ctrl+") || name.startsWith("Alt+");
  // Buttons and links keep their own Enter and Space.
  const own = (name === "Enter" || name === "Space") && event.target instanceof HTMLElement && event.target.matches("button, a[href], summary, [role=option], input, select");
  const sequence = first && event.timeStamp - firstAt < 1500 ? `${first} ${name}` : "";
  first = "";
  // What was begun is ended first: G then B is a screen, whatever B alone does.
  for (const wanted of sequence ? [sequence, name] : [name]) for (const layer of [...layers].reverse()) {
    for (const binding of layer) {
      if (binding.key !== wanted) continue;
      if ((writing && !binding.always) || (own && !binding.always)) continue;
      if (keysOff.value && !held && !binding.always && name.length === 1) continue;
      event.preventDefault();
      binding.run(event);
      return;
    }
  }
  if (!writing && !keysOff.value && layers.some((layer) => layer.some((b) => b.key.startsWith(`${name} `)))) {
    first = name;
    firstAt = event.timeStamp;
  }
}

export function startKeys(): void {
  keysOff.value = kept("keys") === "off";
  addEventListener("keydown", handle);
}
