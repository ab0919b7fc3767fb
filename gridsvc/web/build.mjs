// Copies what gridsvc serves out of node_modules into the folder given as the first argument, each package
// with its licence, and writes manifest.json: what is inside, under which licence, with which hash.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
  return /\.(js|css)$/.test(name) ? Buffer.from(bytes.toString("utf8").replace(SOURCE_MAP, "")) : bytes;
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

const [out, source] = process.argv.slice(2);
if (!out || !source) {
  console.error("usage: node build.mjs OUT_FOLDER HASH_OF_THE_SOURCES");
  process.exit(2);
}
const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");
const packages = Object.entries(SERVED).map(([name, recipe]) => copyPackage(modules, name, recipe, out));
writeFileSync(join(out, "manifest.json"), JSON.stringify({ source, packages }, null, 2) + "\n");
