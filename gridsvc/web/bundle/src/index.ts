// What programs import: open a bundle, ask it.
export { FORMAT, type Head, openBundle, type Trust } from "./open";
export { type Box } from "./outlines";
export { Refusal } from "./refusal";
export { type Answer, type Chief, type Found, NEAR_M, OfflineRouter, type Point, type Question, UNKNOWN } from "./router";
export { toWgs84 } from "./datum";
