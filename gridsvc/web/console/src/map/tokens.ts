// The colours of the page, for the map: read from the tokens, anew when the theme changes.
import { computed } from "@preact/signals";
import { mode, theme } from "../app/looks";

export type Colours = (token: string) => string;

function coloursOf(element: Element): Colours {
  const of = getComputedStyle(element);
  const known = new Map<string, string>();
  return (token) => {
    if (!known.has(token)) known.set(token, of.getPropertyValue(`--${token}`).trim());
    return known.get(token) ?? "";
  };
}

export const colours = computed<Colours>(() => {
  void theme.value;
  void mode.value;
  return coloursOf(document.documentElement);
});

/** The light colours, whatever the page wears: paper is white. */
export function paperColours(): Colours {
  const probe = document.createElement("span");
  probe.dataset.theme = "light";
  document.body.append(probe);
  const names = coloursOf(probe);
  return (token) => {
    // Read while the probe is in the page: computed styles are live.
    if (!probe.isConnected) document.body.append(probe);
    const value = names(token);
    probe.remove();
    return value;
  };
}
