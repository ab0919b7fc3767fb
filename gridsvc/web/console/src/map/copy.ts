// A point in the four datums that people paste it into, and the clipboard, also where the page is plain HTTP.
import { toBd09, toGcj02, type LonLat } from "./geo";

/** CGCS2000 keeps the coordinates of WGS 84, as the service has it: they differ by less than any position here. */
export const DATUMS: readonly { name: string; of: (at: LonLat) => LonLat }[] = [
  { name: "WGS-84", of: (at) => at },
  { name: "CGCS2000", of: (at) => at },
  { name: "GCJ-02", of: toGcj02 },
  { name: "BD-09", of: toBd09 },
];

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}
