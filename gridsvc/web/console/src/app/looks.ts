// Language, theme and mode: from the address, else what this device was set to, else the system's.
import { effect, signal } from "@preact/signals";
import { keep, kept, lang } from "../../../shared/lang";
import { query } from "./route";

export { keep, kept, lang, setLang, type Lang } from "../../../shared/lang";

export type Theme = "light" | "dark" | "wall";
export type Mode = "station" | "laptop" | "narrow" | "wall";

export const theme = signal<Theme>("light");
export const mode = signal<Mode>("station");
export const still = signal(false);

export function setTheme(to: Theme): void {
  keep("theme", to);
  theme.value = to;
}

function widthMode(): Mode {
  if (innerWidth >= 1440) return "station";
  return innerWidth >= 1024 ? "laptop" : "narrow";
}

export function startLooks(): void {
  const asked = new URLSearchParams(location.search);
  const served = document.documentElement.dataset.lang;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  lang.value = (asked.get("lang") ?? kept("lang") ?? served) === "en" ? "en" : "zh";
  const wanted = asked.get("theme") ?? kept("theme");
  theme.value = wanted === "dark" || wanted === "light" || wanted === "wall" ? wanted : dark ? "dark" : "light";
  still.value = asked.has("still");
  const measure = () => {
    const wish = query.peek()["mode"];
    mode.value = location.pathname.startsWith("/wall") || wish === "wall" ? "wall" : widthMode();
  };
  measure();
  addEventListener("resize", measure);
  effect(() => {
    measure();
    void query.value;
  });
  effect(() => {
    const root = document.documentElement;
    root.lang = lang.value === "zh" ? "zh-CN" : "en";
    root.dataset.theme = mode.value === "wall" ? "wall" : theme.value;
    root.dataset.mode = mode.value;
    root.toggleAttribute("data-still", still.value);
  });
}
