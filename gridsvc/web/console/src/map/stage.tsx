// The one map: made once, moved by the user only; what stands on and beside it is put together here.
import type { Map as MapLibre } from "maplibre-gl";
import { effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { still } from "../app/looks";
import { place } from "../app/route";
import { now } from "../data/clock";
import { AskCard } from "./ask";
import { home, keepCamera, map, noMap, readCamera, seen } from "./camera";
import { startHot } from "./hot";
import { Crosshair, startKeyboard } from "./keyboard";
import { Legend } from "./legend";
import { putMarks } from "./marks";
import { NoMap } from "./no-map";
import { drawSeldom, layersKnown } from "./opening";
import { startPicking } from "./pick";
import { Several } from "./several";
import { startSelection } from "./selection";
import { applyGroups } from "./shown";
import { compose, groups } from "./style/groups";
import { FONTS } from "./style/look";
import { colours } from "./tokens";
import { Tools } from "./tools";
import { t } from "../words";

export { fit, flyTo, map, noMap, showIfAway } from "./camera";
export { askAt, select, showPlace, takeClicks } from "./picked";
export { setLegend } from "./legend-blocks";

const HALF_MINUTE_MS = 30_000;
const LEGEND_PX = 288;

async function make(container: HTMLElement): Promise<MapLibre> {
  const at = readCamera(place.peek().query["m"]);
  const code = import("maplibre-gl").then((of) => {
    of.setWorkerUrl(document.documentElement.dataset.mapWorker ?? "");
    // The worker reads its program while the graphics are made ready.
    of.prewarm();
    return of;
  });
  const [{ Map, addProtocol }, { Protocol }, box] = await Promise.all([code, import("pmtiles"), at ? null : home(), layersKnown()]);
  addProtocol("pmtiles", new Protocol().tile);
  applyGroups();
  const made = new Map({
    container, style: compose(groups.peek(), FONTS), attributionControl: false, fadeDuration: still.peek() ? 0 : 150,
    // Bare + and - collide with screen readers; ours are on buttons and PgUp, PgDn.
    keyboard: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxZoom: 22,
    ...(at ?? { bounds: box ?? [70, 15, 140, 55], fitBoundsOptions: { padding: besideLegend(container) } }),
  });
  made.touchZoomRotate.disableRotation();
  drawSeldom(made);
  return made;
}

/** The legend stands at the lower right; where a wide map has the room the city is shown beside it. */
function besideLegend({ clientWidth, clientHeight }: HTMLElement): { top: number; bottom: number; left: number; right: number } {
  const right = Math.min(LEGEND_PX, Math.max(32, clientWidth - clientHeight));
  return { top: 32, bottom: 32, left: 32, right };
}

/** Everything that follows the page for as long as this map lives. */
function live(made: MapLibre): () => void {
  let styled = false;
  const restyle = () => styled && made.setStyle(compose(groups.peek(), FONTS), { diff: true });
  const steps = () => Math.floor(now.value.getTime() / HALF_MINUTE_MS) * (HALF_MINUTE_MS / 1000);
  let told = 0;
  const stops = [
    effect(applyGroups),
    effect(() => {
      void groups.value;
      restyle();
    }),
    effect(() => {
      const c = colours.value;
      if (styled) putMarks(made, c);
    }),
    effect(() => {
      const at = steps();
      if (!styled || at === told) return;
      told = at;
      made.setGlobalStateProperty("now", at);
    }),
  ];
  made.once("style.load", () => {
    styled = true;
    putMarks(made, colours.peek());
    restyle();
    made.setGlobalStateProperty("now", (told = steps()));
  });
  keepCamera(made);
  stops.push(startPicking(made), startKeyboard(made), startSelection(), startHot(made));
  made.on("render", () => tellState("drawing"));
  made.on("idle", () => {
    loading.value = null;
    tellState("idle");
    document.documentElement.dataset.ready = "map";
  });
  return () => stops.forEach((stop) => stop());
}

/** For whoever takes pictures of the page: whether the map has drawn all that it was told. */
function tellState(state: "drawing" | "idle"): void {
  if (document.documentElement.dataset.map !== state) document.documentElement.dataset.map = state;
}

/** What the first picture of the map still waits for. */
const loading = signal<"map.loading_code" | "map.loading_tiles" | null>(null);

let restarts = 0;

export function Stage({ hidden }: { hidden: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const container = box.current;
    if (!container) return;
    let stop: (() => void) | undefined;
    let gone = false;
    const lost = () => {
      // Once in silence: a graphics driver that starts anew takes every context with it.
      if (restarts++ === 0) setRound(round + 1);
      else noMap.value = true;
    };
    loading.value = "map.loading_code";
    make(container).then(
      (made) => {
        if (gone) return made.remove();
        loading.value = "map.loading_tiles";
        stop = live(made);
        map.value = made;
        made.on("webglcontextlost", lost);
      },
      () => (noMap.value = true),
    );
    return () => {
      gone = true;
      stop?.();
      map.peek()?.remove();
      map.value = null;
    };
  }, [round]);
  return (
    <>
      <div class="map" key={round} ref={box} inert={hidden} />
      {noMap.value && !hidden && <NoMap />}
      {loading.value && !noMap.value && !hidden && <p class="loading" role="status">{t(loading.value)}</p>}
      {map.value && !hidden && <Tools />}
      {map.value && !hidden && <Crosshair />}
      {!hidden && <div class="map-dock"><Several /><AskCard /></div>}
      {map.value && !hidden && <Legend zoom={seen.value.zoom} lat={seen.value.lat} />}
    </>
  );
}
