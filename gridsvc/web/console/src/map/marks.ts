// The sprite: every mark and pattern of the map, drawn here from the tokens and the icons; no picture files.
import type { ExpressionSpecification, Map as MapLibre } from "maplibre-gl";
import { GLYPHS } from "../look/glyphs";
import type { Colours } from "./tokens";

type Pen = CanvasRenderingContext2D;
type Drawn = (pen: Pen, c: Colours) => void;

/** Drawn at twice the size, for sharp screens and for the wall. */
const RATIO = 2;
const TURN = 2 * Math.PI;

function disc(pen: Pen, r: number): void {
  pen.beginPath();
  pen.arc(12, 12, r, 0, TURN);
}

/** Fill a shape with a halo of the land round it, so that it stands off whatever lies below. */
function haloed(pen: Pen, c: Colours, token: string, shape: () => void): void {
  pen.lineJoin = "round";
  shape();
  pen.lineWidth = 4;
  pen.strokeStyle = c("land");
  pen.stroke();
  pen.fillStyle = c(token);
  pen.fill();
}

function letter(pen: Pen, c: Colours, text: string, y = 12.5): void {
  pen.fillStyle = c("land");
  pen.font = "700 12px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, 12, y);
}

function ring(pen: Pen, c: Colours, token: string, dash: number[] = []): void {
  haloed(pen, c, "land", () => disc(pen, 8));
  disc(pen, 7);
  pen.lineWidth = 2;
  pen.setLineDash(dash);
  pen.strokeStyle = c(token);
  pen.stroke();
  pen.setLineDash([]);
}

function tick(pen: Pen, c: Colours, token: string): void {
  pen.lineWidth = 2;
  pen.strokeStyle = c(token);
  pen.stroke(new Path2D("M8.5 12.5l2.5 2.5 4.5-5.5"));
}

function bars(pen: Pen, c: Colours, token: string): void {
  pen.fillStyle = c(token);
  pen.fillRect(9, 8.5, 2, 7);
  pen.fillRect(13, 8.5, 2, 7);
}

function undecided(pen: Pen, c: Colours): void {
  disc(pen, 11);
  pen.lineWidth = 1.5;
  pen.setLineDash([3, 2]);
  pen.strokeStyle = c("undecided-mark");
  pen.stroke();
  pen.setLineDash([]);
  haloed(pen, c, "undecided-mark", () => disc(pen, 8));
  letter(pen, c, "?");
}

const triangle = (pen: Pen): void => {
  pen.beginPath();
  pen.moveTo(12, 3.500);
  pen.lineTo(21, 19.5);
  pen.lineTo(3, 19.5);
  pen.closePath();
};
const square = (pen: Pen): void => {
  pen.beginPath();
  pen.rect(3.5, 3.5, 17, 17);
};

/** Marks of 24 by 24: cases by clock and by phase. */
const MARKS: Readonly<Record<string, Drawn>> = {
  "clock-ok": (pen, c) => haloed(pen, c, "ok-mark", () => disc(pen, 6.5)),
  "clock-soon": (pen, c) => haloed(pen, c, "soon-mark", () => triangle(pen)),
  "clock-overdue": (pen, c) => {
    haloed(pen, c, "overdue-mark", () => square(pen));
    letter(pen, c, "!");
  },
  "clock-stopped": (pen, c) => {
    ring(pen, c, "stopped-mark");
    bars(pen, c, "stopped-mark");
  },
  "clock-undecided": undecided,
  "clock-done": (pen, c) => {
    ring(pen, c, "stopped-mark");
    tick(pen, c, "stopped-mark");
  },
  "phase-intake": (pen, c) => ring(pen, c, "phase-intake"),
  "phase-undecided": undecided,
  "phase-unit": (pen, c) => haloed(pen, c, "phase-unit", () => disc(pen, 7.5)),
  "phase-stopped": (pen, c) => {
    ring(pen, c, "phase-stopped");
    bars(pen, c, "phase-stopped");
  },
  "phase-checking": (pen, c) => {
    haloed(pen, c, "phase-checking", () => disc(pen, 8));
    tick(pen, c, "land");
  },
  "phase-finished": (pen, c) => {
    ring(pen, c, "phase-finished");
    tick(pen, c, "phase-finished");
  },
};

/** Classes with an icon of their own; the others have that of their major class. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  "c-cover": [...Array.from({ length: 12 }, (_, i) => `010${String(i + 1).padStart(2, "0")}`), ...["14", "15", "17", "18", "19", "20", "21", "22", "23"].map((n) => `010${n}`)],
  "c-lamp": ["01037", "01038", "01039", "01077"],
  "c-hydrant": ["01013"],
  "c-pole": ["01030", "01031", "01032", "01033", "01034", "01035"],
  "c-camera": ["01050"],
  "c-kiosk": ["01040", "01041", "01043", "01044", "01045", "01051", "01052", "01075"],
  "c-signal": ["02014", "02015"],
  "c-sign": ["02010", "02012", "02013", "02035", "02036", "02037", "02039", "02040"],
  "c-rail": ["02017", "02018", "02020", "02021", "02022"],
  "c-stop": ["02004", "02005", "02026"],
  "c-bin": ["03004", "03005", "03014", "03016"],
  "c-toilet": ["03001", "03002"],
  "c-advert": ["03006", "03007", "03008"],
  "c-tree": ["04001", "04002", "04003"],
};
const MAJORS: readonly string[] = ["01", "02", "03", "04", "05"];

export const COMPONENT_ICON = [
  "match", ["get", "class"], ...Object.entries(CLASSES).flatMap(([icon, codes]) => [codes, icon]),
  ["match", ["slice", ["get", "class"], 0, 2], ...MAJORS.flatMap((major) => [major, `c-${major}`]), "c-05"],
] as unknown as ExpressionSpecification;

function badge(name: string): Drawn {
  return (pen, c) => {
    pen.beginPath();
    pen.roundRect(2.5, 2.5, 19, 19, 5);
    pen.fillStyle = c("surface");
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = c("control");
    pen.stroke();
    pen.translate(4.8, 4.8);
    pen.scale(0.9, 0.9);
    pen.lineWidth = 1.4;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = c("text");
    pen.stroke(new Path2D(GLYPHS[name] ?? GLYPHS["dot"] ?? ""));
  };
}

/** Lines at 45 degrees that go on from one square to the next. */
function hatch(tokens: readonly string[], thick: number): Drawn {
  return (pen, c) => {
    pen.lineWidth = thick;
    for (let at = -24, i = 0; at < 48; at += 24 / (2 * tokens.length), i++) {
      pen.strokeStyle = c(tokens[i % tokens.length] ?? "control");
      pen.stroke(new Path2D(`M${at} 25L${at + 26} -1`));
    }
  };
}

/** Hatched both ways: two claim it. */
function crossed(token: string, thick: number): Drawn {
  const lines = hatch([token], thick);
  return (pen, c) => {
    lines(pen, c);
    pen.translate(24, 0);
    pen.scale(-1, 1);
    lines(pen, c);
  };
}

/** Short teeth on a faint ground: somebody owns this side. */
const teeth: Drawn = (pen, c) => {
  pen.globalAlpha = 0.25;
  pen.fillStyle = c("grid-line");
  pen.fillRect(0, 0, 24, 24);
  pen.globalAlpha = 0.8;
  pen.fillStyle = c("grid-line");
  for (const x of [2, 10, 18]) for (const y of [2, 10, 18]) pen.fillRect(x, y, 2, 4);
};

const corner: Drawn = (pen, c) => {
  pen.beginPath();
  pen.roundRect(1, 1, 22, 22, 4);
  pen.fillStyle = c("overdue-mark");
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = c("land");
  pen.stroke();
};

const ALL: Readonly<Record<string, Drawn>> = {
  ...MARKS, corner, teeth,
  "hatch-zone": hatch(["zone-line"], 1.2), "hatch-strip": hatch(["zone-line", "lane-line"], 1.6),
  "hatch-unowned": hatch(["overdue-mark"], 2.2), "hatch-contested": crossed("phase-stopped", 1.8),
  ...Object.fromEntries([...Object.keys(CLASSES), ...MAJORS.map((m) => `c-${m}`)].map((name) => [name, badge(name)])),
};

function drawn(draw: Drawn, c: Colours): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24 * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true }) as Pen;
  pen.scale(RATIO, RATIO);
  draw(pen, c);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Put the sprite on a map, or put it there anew in other colours. */
export function putMarks(map: MapLibre, c: Colours): void {
  for (const [name, draw] of Object.entries(ALL)) {
    const image = drawn(draw, c);
    if (map.hasImage(name)) map.updateImage(name, image);
    else if (name === "corner") map.addImage(name, image, { pixelRatio: RATIO, stretchX: [[16, 32]], stretchY: [[16, 32]], content: [8, 4, 40, 44] });
    else map.addImage(name, image, { pixelRatio: RATIO });
  }
}

/** One mark as a picture of its own, for the legend. */
export function markPicture(name: string, c: Colours): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24 * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true }) as Pen;
  pen.scale(RATIO, RATIO);
  ALL[name]?.(pen, c);
  return canvas.toDataURL();
}
