// What lies over the ground: zones, strips, the viaduct's deck, boundary streets with who owns them, other layers, components.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { SLOT, type Group } from "./groups";
import { label, nameOf, source, type Look } from "./look";

/** Hatched ground with its name: special zones, and border strips in both tints. */
export function hatched(look: Look, name: string, image: string, token: string): Group {
  const from = `area-${name}`;
  return {
    slot: SLOT.zones,
    sources: { [from]: source(name, look) },
    layers: [
      { id: `${name}-hatch`, type: "fill", source: from, "source-layer": name, minzoom: 10, paint: { "fill-pattern": image, "fill-opacity": 0.55 } },
      { id: `${name}-line`, type: "line", source: from, "source-layer": name, minzoom: 10, paint: { "line-color": look.c(token), "line-width": 1.5 * look.scale } },
      label(look, `${name}-name`, from, `${name}_label`, 12, token, { minzoom: 11.5 }),
    ],
  };
}

/** The deck of a viaduct, above the streets; the ground shows through. */
export function deck(look: Look): Group {
  return {
    slot: SLOT.buildings,
    sources: { "area-viaduct": source("viaduct", look) },
    layers: [
      { id: "deck", type: "fill", source: "area-viaduct", "source-layer": "viaduct", minzoom: 12, paint: { "fill-color": look.c("road"), "fill-opacity": 0.65 } },
      { id: "deck-line", type: "line", source: "area-viaduct", "source-layer": "viaduct", minzoom: 12, paint: { "line-color": look.c("unit-line"), "line-width": 1.2 * look.scale } },
      label(look, "deck-name", "area-viaduct", "viaduct_label", 12, "muted", { minzoom: 15 }),
    ],
  };
}

/** Boundary streets: a band on the owner's side, nobody's in crimson, claimed twice hatched both ways; and which it is in words. */
export function bands(look: Look, words: { owned: string; unowned: string; contested: string }): Group {
  const state: ExpressionSpecification = ["get", "state"];
  const fill = (of: string, paint: object): LayerSpecification =>
    ({ id: `band-${of}`, type: "fill", source: "bands", "source-layer": "bands", minzoom: 12, filter: ["==", state, of], paint }) as LayerSpecification;
  const said: ExpressionSpecification = ["match", state, "unowned", words.unowned, "contested", words.contested, words.owned];
  return {
    slot: SLOT.bands,
    sources: { bands: source("bands", look) },
    layers: [
      fill("owned", { "fill-pattern": "teeth" }),
      fill("unowned", { "fill-pattern": "hatch-unowned" }),
      fill("contested", { "fill-pattern": "hatch-contested" }),
      {
        id: "band-line", type: "line", source: "bands", "source-layer": "bands", minzoom: 13,
        paint: { "line-color": ["match", state, "owned", look.c("grid-line"), "contested", look.c("phase-stopped"), look.c("overdue-mark")], "line-width": 0.8 * look.scale },
      },
      label(look, "band-name", "bands", "bands", 12, "text", {
        minzoom: 15,
        layout: { "symbol-placement": "line", "symbol-spacing": 500, "text-field": ["format", nameOf(look), {}, " ", {}, said, {}] },
      }),
    ],
  };
}

/** Any other layer of the edition: thin lines, a breath of tint, its names. */
export function plain(look: Look, name: string, geometry: string): Group {
  const from = `area-${name}`;
  const areas: LayerSpecification[] = [
    { id: `${name}-fill`, type: "fill", source: from, "source-layer": name, paint: { "fill-color": look.c("zone-line"), "fill-opacity": 0.06 } },
  ];
  const point: LayerSpecification = {
    id: `${name}-point`, type: "circle", source: from, "source-layer": name,
    paint: { "circle-radius": 4 * look.scale, "circle-color": look.c("surface"), "circle-stroke-color": look.c("zone-line"), "circle-stroke-width": 2 },
  };
  const line: LayerSpecification = {
    id: `${name}-line`, type: "line", source: from, "source-layer": name,
    paint: { "line-color": look.c("zone-line"), "line-width": 1.5 * look.scale, "line-dasharray": [4, 2] },
  };
  const names = label(look, `${name}-name`, from, geometry === "polygon" ? `${name}_label` : name, 12, "zone-line", {
    minzoom: 12, ...(geometry === "line" ? { layout: { "symbol-placement": "line" } } : {}),
  });
  return { slot: SLOT.zones + 1, sources: { [from]: source(name, look) }, layers: [...(geometry === "polygon" ? areas : []), geometry === "point" ? point : line, names] };
}

/** Components by class from z16; further out, how many there are. */
export function components(look: Look, icon: ExpressionSpecification): Group {
  const many: ExpressionSpecification = ["has", "n"];
  return {
    slot: SLOT.components,
    sources: { components: source("components", look) },
    layers: [
      {
        id: "components-many", type: "circle", source: "components", "source-layer": "components", minzoom: 14, filter: many,
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["ln", ["max", 1, ["get", "n"]]], 0, 6 * look.scale, 6, 16 * look.scale],
          "circle-color": look.c("surface"), "circle-opacity": 0.85, "circle-stroke-color": look.c("unit-line"), "circle-stroke-width": 1,
        },
      },
      {
        id: "components-n", type: "symbol", source: "components", "source-layer": "components", minzoom: 14, filter: many,
        layout: { "text-field": ["to-string", ["get", "n"]], "text-size": 12 * look.scale, "text-allow-overlap": true }, paint: { "text-color": look.c("muted") },
      },
      {
        id: "components", type: "symbol", source: "components", "source-layer": "components", minzoom: 15, filter: ["!", many],
        layout: {
          "icon-image": icon, "icon-size": look.scale, "icon-allow-overlap": ["step", ["zoom"], false, 17, true], "icon-padding": 1,
          "text-field": ["step", ["zoom"], "", 19, nameOf(look)], "text-size": 12 * look.scale, "text-anchor": "top", "text-offset": [0, 0.9], "text-optional": true,
        },
        paint: { "text-color": look.c("muted"), "text-halo-color": look.c("land"), "text-halo-width": 1.5 },
      } as LayerSpecification,
    ],
  };
}
