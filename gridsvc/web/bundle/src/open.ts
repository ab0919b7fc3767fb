// Opens a bundle: is it whole, by whom was it signed, may it still be used; then unpacks it. See gridsvc/bundle/seal.py.
import { verifyAsync } from "@noble/ed25519";
import type { Arrays, Content } from "./content";
import { Refusal } from "./refusal";

export const FORMAT = "gridsvc-bundle-1";
const NEWLINE = 10;
const LONGEST_HEAD = 65536;

export interface Head {
  edition: string;
  ruleset: string;
  district: string;
  title: string;
  as_of: string;
  expires: string;
  public_key: string;
  sha256: string;
}

export interface Opened {
  head: Head;
  content: Content;
  arrays: Arrays;
}

export interface Trust {
  // Milliseconds since 1970, by the phone's clock or, better, the later of it and the last instant a service told.
  now: number;
  // The key whose signature the bundle must have. Without it any whole bundle is taken, whoever made it.
  publicKey?: string;
}

function broken(): Refusal {
  return new Refusal("bundle", "离线包不完整或被改动过，请重新获取", "the bundle is not whole, or was changed; get it anew");
}

export async function openBundle(data: Uint8Array<ArrayBuffer>, trust: Trust): Promise<Opened> {
  const { head, body } = await unsealed(data);
  if (trust.publicKey !== undefined && trust.publicKey.toLowerCase() !== head.public_key) {
    throw new Refusal("bundle", "离线包不是由该密钥签名的", "the bundle was signed by another key");
  }
  // Not before: a phone whose clock cannot be read must not use it for ever.
  if (!(trust.now < Date.parse(head.expires))) {
    const zh = `离线包已于 ${head.expires} 过期，请联网后重新获取`;
    throw new Refusal("bundle", zh, `the bundle expired at ${head.expires}; get a new one when there is a network`);
  }
  return { head, ...unpacked(await unzipped(body)) };
}

async function unsealed(data: Uint8Array<ArrayBuffer>): Promise<{ head: Head; body: Uint8Array<ArrayBuffer> }> {
  const ends: number[] = [];
  for (let i = 0; i < Math.min(data.length, LONGEST_HEAD) && ends.length < 3; i++) if (data[i] === NEWLINE) ends.push(i);
  const text = (from: number, to: number) => new TextDecoder().decode(data.subarray(from, to));
  if (ends.length > 0 && text(0, ends[0]) !== FORMAT && text(0, ends[0]).startsWith("gridsvc-bundle-")) {
    const zh = `离线包的格式版本不同，本程序读取 ${FORMAT}`;
    throw new Refusal("bundle", zh, `the bundle is of another format; this program reads ${FORMAT}`);
  }
  if (ends.length < 3 || text(0, ends[0]) !== FORMAT) throw broken();
  try {
    const head = JSON.parse(text(ends[0] + 1, ends[1])) as Head;
    const signature = Uint8Array.from(atob(text(ends[1] + 1, ends[2])), (c) => c.charCodeAt(0));
    const body = data.subarray(ends[2] + 1);
    const signed = data.subarray(0, ends[1] + 1);
    if (!(await verifyAsync(signature, signed, bytesOf(head.public_key), { zip215: false }))) throw broken();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
    if (Array.from(hash, (b) => b.toString(16).padStart(2, "0")).join("") !== head.sha256) throw broken();
    return { head, body };
  } catch {
    throw broken();
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

async function unzipped(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unpacked(data: Uint8Array): { content: Content; arrays: Arrays } {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const { arrays, ...content } = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  const rest = data.subarray(4 + length);
  const read: Arrays = {};
  for (const [name, [kind, n, at]] of Object.entries<[string, number, number]>(arrays)) {
    read[name] = kind === "i" ? wholeNumbers(rest, n, at) : doubles(rest, n, at);
  }
  return { content, arrays: read };
}

// All first bytes come before all second ones; each number is the difference to the one before, its sign the last bit.
function wholeNumbers(data: Uint8Array, n: number, at: number): Int32Array {
  const found = new Int32Array(n);
  let last = 0;
  for (let i = 0; i < n; i++) {
    const word = data[at + i] | (data[at + n + i] << 8) | (data[at + 2 * n + i] << 16) | (data[at + 3 * n + i] << 24);
    last = (last + ((word >>> 1) ^ -(word & 1))) | 0;
    found[i] = last;
  }
  return found;
}

function doubles(data: Uint8Array, n: number, at: number): Float64Array {
  const bytes = new Uint8Array(8 * n);
  for (let plane = 0; plane < 8; plane++) {
    for (let i = 0; i < n; i++) bytes[8 * i + plane] = data[at + plane * n + i];
  }
  // Browsers run on machines whose first byte is the least.
  return new Float64Array(bytes.buffer);
}
