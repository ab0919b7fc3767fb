// Opening the map: what it needs is asked for at once, and while its tiles are on their way it is drawn a few times, not once a tile.
// Without a graphics card drawing takes longest, and takes the processor from what brings the tiles.
import type { Map as MapLibre } from "maplibre-gl";
import { edition } from "../data/catalogue";

const REST_MS = 400;
const PATIENCE_MS = 2000;

/** When the layers of the edition are known, so that the style is put together once; a service that does not tell them holds nothing up. */
export const layersKnown = (): Promise<void> =>
  new Promise((done) => {
    const late = setTimeout(done, PATIENCE_MS);
    const stop = edition.subscribe((known) => {
      if (!known) return;
      clearTimeout(late);
      done();
      // A signal tells its first subscriber before it gives the way to stop.
      queueMicrotask(() => stop());
    });
  });

/** Until it first comes to rest, or is moved, the map is drawn when all that it asked for is there, else now and then. */
export function drawSeldom(made: MapLibre): void {
  const draw = made.triggerRepaint.bind(made);
  let timer = 0;
  let drawnAt_ms = -REST_MS;
  const drawNow = () => {
    clearTimeout(timer);
    timer = 0;
    draw();
  };
  made.triggerRepaint = () => {
    const wait_ms = made.areTilesLoaded() ? 0 : drawnAt_ms + REST_MS - performance.now();
    if (wait_ms <= 0) drawNow();
    else timer ||= window.setTimeout(drawNow, wait_ms);
  };
  const drawn = () => (drawnAt_ms = performance.now());
  const freely = () => {
    for (const [name, hear] of heard) made.off(name, hear);
    made.triggerRepaint = draw;
    drawNow();
  };
  const heard = [["render", drawn], ["idle", freely], ["movestart", freely]] as const;
  for (const [name, hear] of heard) made.on(name, hear);
}
