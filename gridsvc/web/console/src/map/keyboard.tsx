// The map without a mouse: arrows move it under a crosshair, Enter asks there, Space goes through what is there.
import type { Map as MapLibre } from "maplibre-gl";
import { signal } from "@preact/signals";
import { tell } from "../app/announce";
import { t } from "../words";
import { quick } from "./camera";
import { askScreen, hitsAt } from "./pick";
import { open, several } from "./picked";

const crosshair = signal(false);
const REACH_PX = 24;
const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function centre(map: MapLibre): [number, number] {
  const { clientWidth, clientHeight } = map.getContainer();
  return [clientWidth / 2, clientHeight / 2];
}

let turn = -1;

function cycle(map: MapLibre): void {
  const hits = hitsAt(map, ...centre(map), REACH_PX);
  if (!hits.length) return tell(t("map.nothing_here"));
  turn = (turn + 1) % hits.length;
  several.value = { hits, at: turn };
  const hit = hits[turn];
  if (hit) tell(`${hit.title} ${hit.id}`);
}

export function startKeyboard(map: MapLibre): () => void {
  const canvas = map.getCanvas();
  canvas.setAttribute("aria-label", t("map.canvas"));
  canvas.setAttribute("aria-describedby", "map-keys");
  const onKey = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const step = STEPS[e.key];
    const choice = several.peek();
    if (step) {
      turn = -1;
      const px = e.shiftKey ? 20 : 100;
      map.panBy([step[0] * px, step[1] * px], { duration: quick() / 4 });
    } else if (e.key === "PageUp" || e.key === "PageDown") map.easeTo({ zoom: map.getZoom() + (e.key === "PageUp" ? 1 : -1), duration: quick() / 2 });
    else if (e.key === "Enter") {
      const hit = choice && turn >= 0 ? choice.hits[choice.at] : undefined;
      if (hit) open(hit);
      else askScreen(map, ...centre(map));
      turn = -1;
    } else if (e.code === "Space") cycle(map);
    else return;
    e.preventDefault();
  };
  const show = () => (crosshair.value = canvas.matches(":focus-visible"));
  const hide = () => (crosshair.value = false);
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("focus", show);
  canvas.addEventListener("blur", hide);
  // After a click the crosshair would only be in the way; the first key brings it.
  canvas.addEventListener("pointerdown", hide);
  const again = () => (crosshair.value = true);
  canvas.addEventListener("keydown", again);
  return () => {
    hide();
    canvas.removeEventListener("keydown", onKey);
    canvas.removeEventListener("keydown", again);
  };
}

export function Crosshair() {
  return (
    <>
      {crosshair.value && <div class="crosshair" aria-hidden="true" />}
      <p class="unseen" id="map-keys">{t("map.canvas_keys")}</p>
    </>
  );
}
