// The map as a picture for reports: drawn anew at twice the size in light colours, with everything that makes it readable alone.
import type { Map as MapLibre } from "maplibre-gl";
import { query } from "../app/route";
import { me } from "../data/me";
import { now } from "../data/clock";
import { edition } from "../data/catalogue";
import { day, clockTime, metres } from "../words/format";
import { t, tOf } from "../words";
import { seen } from "./camera";
import { perDegree, round_m } from "./geo";
import { entries, type Entry } from "./legend";
import { legendBlocks } from "./legend-blocks";
import { markPicture, putMarks } from "./marks";
import { lookOf, on, groupsOf } from "./shown";
import { compose, groups } from "./style/groups";
import { FONTS } from "./style/look";
import { paperColours, type Colours } from "./tokens";

/** A4 or A3 landscape, in the same proportion: 1.414. */
const WIDTH = 1414;
const HEIGHT = 1000;
const MAP = { x: 24, y: 88, width: 1104, height: 868 } as const;
const RATIO = 2;

const FILTERS = ["status", "clock", "street", "grid", "unit", "category", "source", "from", "to"] as const;

function filterWords(): string {
  const said = FILTERS.filter((name) => query.peek()[name]).map((name) => `${tOf("filter", name)}: ${query.peek()[name]}`);
  return said.length ? said.join(" \u00b7 ") : t("print.all_open");
}

async function redrawn(of: MapLibre, c: Colours): Promise<HTMLCanvasElement> {
  const { Map } = await import("maplibre-gl");
  const box = document.createElement("div");
  box.className = "print-map";
  document.body.append(box);
  // Groups of the map room in paper's colours; those of screens as they are.
  const own = groupsOf({ ...lookOf(c), scale: 1 });
  const all = { ...groups.peek(), ...own };
  const kept = Object.fromEntries(Object.entries(all).filter(([, group]) => group)) as typeof groups.value;
  const made = new Map({
    container: box, style: compose(kept, FONTS), attributionControl: false, interactive: false, pixelRatio: RATIO, fadeDuration: 0,
    canvasContextAttributes: { preserveDrawingBuffer: true }, bounds: of.getBounds(),
  });
  try {
    await new Promise<void>((resolve) => made.once("style.load", () => resolve()));
    putMarks(made, c);
    made.setGlobalStateProperty("now", Math.floor(now.peek().getTime() / 1000));
    await new Promise<void>((resolve) => made.once("idle", () => resolve()));
    const copy = document.createElement("canvas");
    copy.width = MAP.width * RATIO;
    copy.height = MAP.height * RATIO;
    copy.getContext("2d")?.drawImage(made.getCanvas(), 0, 0, copy.width, copy.height);
    zoomDrawn = made.getZoom();
    return copy;
  } finally {
    made.remove();
    box.remove();
  }
}

let zoomDrawn = 0;

function loaded(src: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = src;
  });
}

async function drawEntry(pen: CanvasRenderingContext2D, c: Colours, one: Entry, x: number, y: number): Promise<void> {
  if (one.mark) pen.drawImage(await loaded(markPicture(one.mark, c)), x, y - 14, 20, 20);
  else {
    pen.beginPath();
    pen.setLineDash((one.line?.dash ?? "").split(" ").filter(Boolean).map(Number));
    pen.lineWidth = one.line?.px ?? 2;
    pen.strokeStyle = c(one.line?.token ?? "text");
    if (one.circle) pen.arc(x + 10, y - 4, 8, 0, 7);
    else {
      pen.moveTo(x, y - 4);
      pen.lineTo(x + 20, y - 4);
    }
    pen.stroke();
    pen.setLineDash([]);
  }
  text(pen, c("text"), one.label, x + 28, y, 13, WIDTH - x - 52);
}

function text(pen: CanvasRenderingContext2D, colour: string, said: string, x: number, y: number, px: number, most = WIDTH - x - 24): void {
  pen.fillStyle = colour;
  pen.font = `${px}px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillText(said, x, y, most);
}

/** The picture, as a canvas. */
export async function picture(of: MapLibre, title: string): Promise<HTMLCanvasElement> {
  const c = paperColours();
  const sheet = document.createElement("canvas");
  sheet.width = WIDTH * RATIO;
  sheet.height = HEIGHT * RATIO;
  const pen = sheet.getContext("2d") as CanvasRenderingContext2D;
  pen.scale(RATIO, RATIO);
  pen.fillStyle = c("surface");
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  text(pen, c("text"), title, MAP.x, 44, 26);
  text(pen, c("muted"), filterWords(), MAP.x, 72, 14);
  pen.drawImage(await redrawn(of, c), MAP.x, MAP.y, MAP.width, MAP.height);
  pen.strokeStyle = c("control");
  pen.strokeRect(MAP.x, MAP.y, MAP.width, MAP.height);
  await drawLegend(pen, c);
  drawScale(pen, c);
  const at = now.peek();
  const foot = [t("print.edition", { code: edition.peek() }), t("print.at", { at: `${day(at)} ${clockTime(at)}` }), t("print.by", { name: me.peek()?.name ?? "" })];
  text(pen, c("muted"), foot.join(" \u00b7 "), MAP.x, HEIGHT - 16, 13);
  return sheet;
}

async function drawLegend(pen: CanvasRenderingContext2D, c: Colours): Promise<void> {
  const x = MAP.x + MAP.width + 24;
  let y = MAP.y + 16;
  text(pen, c("text"), t("legend.title"), x, y, 16);
  for (const one of entries(on.peek(), zoomDrawn, query.peek()["by"] ?? "clock")) await drawEntry(pen, c, one, x, (y += 28));
  for (const block of legendBlocks.peek()) {
    text(pen, c("text"), block.title, x, (y += 36), 14);
    for (const { token, label } of block.classes ?? []) {
      y += 24;
      pen.fillStyle = c(token);
      pen.fillRect(x, y - 12, 20, 14);
      text(pen, c("text"), label, x + 28, y, 13);
    }
    for (const note of block.notes ?? []) text(pen, c("muted"), note, x, (y += 22), 13);
  }
}

function drawScale(pen: CanvasRenderingContext2D, c: Colours): void {
  const { lon_m } = perDegree(seen.peek().lat);
  const per_px = (lon_m * 360) / (512 * 2 ** zoomDrawn);
  const long_m = round_m(160 * per_px);
  const [x, y] = [MAP.x + MAP.width + 24, MAP.y + MAP.height - 12];
  pen.strokeStyle = c("text");
  pen.lineWidth = 2;
  pen.stroke(new Path2D(`M${x} ${y - 6}v6h${long_m / per_px}v-6`));
  text(pen, c("text"), metres(long_m), x, y - 14, 13);
  // North is up: the map is never turned.
  pen.fillStyle = c("text");
  pen.fill(new Path2D(`M${x + 208} ${y - 34}l10 34-10-8-10 8z`));
  text(pen, c("text"), t("print.north"), x + 202, y - 42, 13);
}
