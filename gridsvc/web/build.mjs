// Copies what gridsvc serves out of node_modules into the folder given as the first argument, each package
// with its licence, bundles the console, and writes manifest.json: what is inside, under which licence, with which hash.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleField } from "./field/build.mjs";

// Per package: the folder it is served from, and [file in the package, file as served].
const SERVED = {
  leaflet: {
    folder: "leaflet",
    files: [
      ["dist/leaflet.js", "leaflet.js"],
      ["dist/leaflet.css", "leaflet.css"],
      ["dist/images/layers.png", "images/layers.png"],
      ["dist/images/layers-2x.png", "images/layers-2x.png"],
      ["dist/images/marker-icon.png", "images/marker-icon.png"],
      ["dist/images/marker-icon-2x.png", "images/marker-icon-2x.png"],
      ["dist/images/marker-shadow.png", "images/marker-shadow.png"],
      ["LICENSE", "LICENSE"],
    ],
  },
  jquery: {
    folder: "jquery",
    files: [
      ["dist/jquery.min.js", "jquery.min.js"],
      ["LICENSE.txt", "LICENSE.txt"],
    ],
  },
  "maplibre-gl": {
    folder: "maplibre-gl",
    files: [
      ["dist/maplibre-gl.mjs", "maplibre-gl.mjs"],
      ["dist/maplibre-gl-shared.mjs", "maplibre-gl-shared.mjs"],
      ["dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"],
      ["dist/maplibre-gl.css", "maplibre-gl.css"],
      ["LICENSE.txt", "LICENSE.txt"],
    ],
  },
  "swagger-ui-dist": {
    folder: "swagger-ui",
    files: [
      ["swagger-ui-bundle.js", "swagger-ui-bundle.js"],
      ["swagger-ui.css", "swagger-ui.css"],
      ["swagger-ui-bundle.js.LICENSE.txt", "swagger-ui-bundle.js.LICENSE.txt"],
      ["LICENSE", "LICENSE"],
      ["NOTICE", "NOTICE"],
    ],
  },
};

// Source maps are not served; a comment that points at one makes developer tools ask for a file we lack.
const SOURCE_MAP = /^(?:\/\/[#@] sourceMappingURL=.*|\/\*# sourceMappingURL=.*\*\/)\s*$/gm;

function served(from, name) {
  const bytes = readFileSync(from);
  return /\.(m?js|css)$/.test(name) ? Buffer.from(bytes.toString("utf8").replace(SOURCE_MAP, "")) : bytes;
}

function copyPackage(modules, name, { folder, files }, out) {
  const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  const record = { name, version: about.version, licence: about.license, files: {} };
  for (const [source, target] of files) {
    const bytes = served(join(modules, name, source), target);
    const path = join(out, folder, target);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    record.files[`${folder}/${target}`] = createHash("sha256").update(bytes).digest("hex");
  }
  return record;
}

// The console's own code must stay light: what is loaded first, packed, in kilobytes (MapLibre stands apart).
const MOST_KB = { script: 95, style: 20 };

// Every text in both languages, with the same things to fill in.
function checkWords(page, ...folders) {
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const blanks = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort().join();
  const faults = [];
  const seen = new Map();
  const paths = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  for (const name of paths.filter((path) => path.endsWith(".zh.json"))) {
    const [zh, en] = [read(name), read(name.replace(".zh.", ".en."))];
    for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
      if (!(key in zh && key in en)) faults.push(`${name}: ${key} is in one language only`);
      else if (blanks(zh[key]) !== blanks(en[key])) faults.push(`${name}: ${key} is filled in differently`);
      if (seen.has(key)) faults.push(`${key} is in ${seen.get(key)} and in ${name}`);
      seen.set(key, name);
    }
  }
  if (faults.length) throw new Error(`words of the ${page}:\n${faults.join("\n")}`);
}

// MapLibre is served as it was published and shared with other pages; the bundles only refer to it.
const besides = {
  name: "maplibre-besides",
  setup: (of) => of.onResolve({ filter: /^maplibre-gl$/ }, () => ({ path: "../maplibre-gl/maplibre-gl.mjs", external: true })),
};

async function bundleConsole(here, out) {
  const src = join(here, "console", "src");
  checkWords("console", join(here, "shared", "words"), join(src, "words"));
  const target = join(out, "console");
  const { metafile } = await build({
    entryPoints: [join(src, "main.tsx"), join(src, "stream-worker.ts")],
    outdir: target, bundle: true, splitting: true, format: "esm", minify: true, metafile: true, legalComments: "linked",
    target: ["chrome109", "firefox115", "safari16.4"], jsx: "automatic", jsxImportSource: "preact",
    chunkNames: "chunk-[hash]", nodePaths: [modules], plugins: [besides], logLevel: "warning",
  });
  copyLicences(metafile, target);
  const first = firstLoad(metafile);
  checkSize(target, first);
  return { ...ours("console", target), first: first.map((name) => `console/${name}`) };
}

// What is recorded of a page of ours.
function ours(page, target) {
  const files = {};
  for (const path of readdirSync(target)) {
    files[`${page}/${path}`] = createHash("sha256").update(readFileSync(join(target, path))).digest("hex");
  }
  return { name: `gridsvc-${page}`, version: "0", licence: "Apache-2.0", files };
}

async function field(here, out) {
  checkWords("field page", join(here, "shared", "words"), join(here, "field", "src", "words"));
  const target = join(out, "field");
  copyLicences(await bundleField(here, modules, target), target);
  return ours("field", target);
}

// What is bundled loses its name, not its licence.
function copyLicences({ inputs }, target) {
  const names = Object.keys(inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  for (const name of new Set(names.filter(Boolean))) {
    const own = readdirSync(join(modules, name)).find((file) => /^licen[cs]e/i.test(file));
    // A package that brings none has its project's here, as it is published beside the source.
    const licence = own ? join(modules, name, own) : join(here, "console", "licences", `${name}.txt`);
    if (!existsSync(licence)) throw new Error(`${name} brings no licence`);
    writeFileSync(join(target, `LICENSE-${name.replace(/[@/]+/g, "-").replace(/^-/, "")}`), readFileSync(licence));
  }
}

// The scripts that the page needs before it can draw anything, the one it names first.
function firstLoad({ outputs }) {
  const named = new Map(Object.entries(outputs).map(([path, about]) => [path.split("/").pop(), about]));
  const first = new Set();
  const add = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const { path, kind } of named.get(name).imports) {
      if (kind === "import-statement" && named.has(path.split("/").pop()) && !path.includes("maplibre-gl")) add(path.split("/").pop());
    }
  };
  add("main.js");
  return [...first];
}

function checkSize(target, first) {
  const packed = (name) => gzipSync(readFileSync(join(target, name)), { level: 9 }).length / 1024;
  const script = first.reduce((sum, name) => sum + packed(name), 0);
  const style = packed("main.css");
  console.log(`console: first load ${script.toFixed(1)} KB of script, ${style.toFixed(1)} KB of style, packed`);
  if (script > MOST_KB.script || style > MOST_KB.style) throw new Error(`the console is too heavy: at most ${MOST_KB.script} and ${MOST_KB.style} KB`);
}

const [out, source] = process.argv.slice(2);
if (!out || !source) {
  console.error("usage: node build.mjs OUT_FOLDER HASH_OF_THE_SOURCES");
  process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const packages = Object.entries(SERVED).map(([name, recipe]) => copyPackage(modules, name, recipe, out));
packages.push(await bundleConsole(here, out), await field(here, out));
writeFileSync(join(out, "manifest.json"), JSON.stringify({ source, packages }, null, 2) + "\n");
