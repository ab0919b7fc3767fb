// What a style depends on: colours, scale of text and marks, language, edition. Styles are pure functions of it.
import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";
import type { Colours } from "../tokens";

export interface Look {
  c: Colours;
  /** 1 at a station; larger where one stands further away. */
  scale: number;
  zh: boolean;
  edition: string;
}

export const FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "sans-serif"];

export const tiles = (name: string, edition: string): string => `${location.origin}/tiles/${name}/{z}/{x}/{y}?edition=${encodeURIComponent(edition)}`;

/** Tiles of a layer of the edition; exact from z16 on, enlarged from there. */
export const source = (name: string, look: Look): SourceSpecification => ({ type: "vector", tiles: [tiles(name, look.edition)], maxzoom: 16, promoteId: "code" });

export const nameOf = (look: Look): ExpressionSpecification =>
  look.zh ? ["coalesce", ["get", "name"], ["get", "code"]] : ["coalesce", ["get", "name_en"], ["get", "name"], ["get", "code"]];

type Symbol = Extract<LayerSpecification, { type: "symbol" }>;

/** A label in the map's own hand: halo of the land under it, shifted where it has no room. */
export function label(look: Look, id: string, from: string, sourceLayer: string, px: number, token: string, more: Partial<Symbol> = {}): LayerSpecification {
  const layout = {
    "text-field": nameOf(look), "text-size": px * look.scale, "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
    "text-radial-offset": 0.4, "text-max-width": 8, "text-padding": 4, ...more.layout,
  };
  // Along a line there is nowhere to shift to.
  const along = more.layout?.["symbol-placement"] === "line";
  const { "text-variable-anchor": _, "text-radial-offset": __, ...inline } = layout;
  return {
    id, type: "symbol", source: from, "source-layer": sourceLayer, ...more, layout: along ? inline : layout,
    paint: { "text-color": look.c(token), "text-halo-color": look.c("land"), "text-halo-width": 1.75, ...more.paint },
  } as LayerSpecification;
}
