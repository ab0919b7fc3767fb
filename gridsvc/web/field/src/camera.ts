// A photo as it is kept: long edge 2 048 pixels, JPEG, nothing of place, device and people; its instant is written in again.
import { newId, type Photo } from "./outbox";

const LONGEST = 2048;
const QUALITY = 0.8;

/** Raises where the browser cannot read the picture. */
export async function photoOf(file: File, now: Date): Promise<Photo> {
  const at = new Date(Math.min(now.getTime(), file.lastModified || now.getTime()));
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new Error("picture");
  return { id: newId(), bytes: withInstant(await blob.arrayBuffer(), at), captured_at: at.toISOString() };
}

/** The picture with an EXIF block that holds the instant of capture and its offset, and nothing else. */
export function withInstant(jpeg: ArrayBuffer, at: Date): ArrayBuffer {
  const taken = `${at.toISOString().slice(0, 19).replaceAll("-", ":").replace("T", " ")}\0`;
  const offset = "+00:00\0";
  const [first, second, texts] = [8, 26, 56];
  const block = new DataView(new ArrayBuffer(texts + taken.length + offset.length + (offset.length % 2)));
  const entry = (where: number, tag: number, kind: number, n: number, value: number) => {
    block.setUint16(where, tag, true);
    block.setUint16(where + 2, kind, true);
    block.setUint32(where + 4, n, true);
    block.setUint32(where + 8, value, true);
  };
  const text = (where: number, written: string) => [...written].forEach((c, i) => block.setUint8(where + i, c.charCodeAt(0)));
  text(0, "II*\0");
  block.setUint32(4, first, true);
  block.setUint16(first, 1, true);
  entry(first + 2, 0x8769, 4, 1, second);
  block.setUint16(second, 2, true);
  entry(second + 2, 0x9003, 2, taken.length, texts);
  entry(second + 14, 0x9011, 2, offset.length, texts + taken.length);
  text(texts, taken + offset);
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, 0xffd8ffe1);
  head.setUint16(4, block.byteLength + 8);
  [..."Exif\0\0"].forEach((c, i) => head.setUint8(6 + i, c.charCodeAt(0)));
  const all = new Uint8Array(12 + block.byteLength + jpeg.byteLength - 2);
  all.set(new Uint8Array(head.buffer), 0);
  all.set(new Uint8Array(block.buffer), 12);
  all.set(new Uint8Array(jpeg, 2), 12 + block.byteLength);
  return all.buffer;
}
