// How much larger text and marks are on the wall: as the address says (`scale=`), or from where people stand
// (`distance=` in metres and `pitch=`, millimetres a pixel): 15 minutes of arc for the smallest text.
import { computed } from "@preact/signals";
import { query } from "../app/route";

const SMALLEST_PX = 12;
const LEAST_ARC = Math.tan((15 / 60) * (Math.PI / 180));

export function scaleFor(distance_m: number, pitch_mm: number): number {
  return (distance_m * 1000 * LEAST_ARC) / pitch_mm / SMALLEST_PX;
}

export const wallScale = computed(() => {
  const asked = Number(query.value["scale"]);
  const [distance_m, pitch_mm] = [Number(query.value["distance"]), Number(query.value["pitch"])];
  const wanted = asked > 0 ? asked : distance_m > 0 && pitch_mm > 0 ? scaleFor(distance_m, pitch_mm) : 2;
  return Math.min(Math.max(wanted, 1), 4);
});
