// Bundles the field page and its worker, writes its icons and what a phone has to know to install it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { png, svg } from "./icons.mjs";

// All of it that is loaded first, script and style, packed, in kilobytes.
const MOST_KB = 70;
const SIZES = [192, 512];

export async function bundleField(here, modules, target) {
  const src = join(here, "field", "src");
  const common = {
    outdir: target, bundle: true, minify: true, metafile: true, legalComments: "linked", nodePaths: [modules], logLevel: "warning",
    target: ["chrome109", "firefox115", "safari16.4"], jsx: "automatic", jsxImportSource: "preact",
  };
  const page = await build({ ...common, entryPoints: [join(src, "main.tsx")], format: "esm" });
  await build({ ...common, entryPoints: [join(src, "worker.ts")], format: "iife" });
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "icon.svg"), svg());
  for (const size of SIZES) writeFileSync(join(target, `icon-${size}.png`), png(size));
  for (const lang of ["zh", "en"]) writeFileSync(join(target, `${lang}.webmanifest`), JSON.stringify(manifest(src, lang), null, 1) + "\n");
  const packed = ["main.js", "main.css"].reduce((sum, name) => sum + gzipSync(readFileSync(join(target, name)), { level: 9 }).length, 0) / 1024;
  console.log(`field: first load ${packed.toFixed(1)} KB, packed`);
  if (packed > MOST_KB) throw new Error(`the field page is too heavy: at most ${MOST_KB} KB`);
  return page.metafile;
}

function manifest(src, lang) {
  const words = JSON.parse(readFileSync(join(src, "words", `field.${lang}.json`), "utf8"));
  const icons = SIZES.flatMap((size) => ["any", "maskable"].map((purpose) => ({ src: `icon-${size}.png`, sizes: `${size}x${size}`, type: "image/png", purpose })));
  return {
    id: "/field", name: words["app.title"], short_name: words["app.short"], description: words["app.about"], lang: lang === "zh" ? "zh-CN" : "en",
    start_url: "/field", scope: "/field", display: "standalone", orientation: "portrait", background_color: "#F4F6F8", theme_color: "#FFFFFF",
    icons: [{ src: "icon.svg", sizes: "any", type: "image/svg+xml" }, ...icons],
  };
}
