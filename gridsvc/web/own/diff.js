// The page of a difference: one layer at a time, its changes in colour, and a list that leads to each of them.
// Every text from data is set as text, never as markup.
"use strict";
window.gridsvcDiff = (() => {
  const state = { page: null, map: null, layers: [], active: null, chosen: null };
  // Properties of a feature: s side (u unchanged, a changed, b gone, v lines that are no more), r row in its edition,
  // k kind, c code, n name.
  const INK = "#1b2430";
  const LAND = "#f7f8fa";
  const REDRAWN = "#d9dee5";

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  const whole = (value) => value.toLocaleString(state.page.locale);
  const percent = (value) => value.toLocaleString(state.page.locale, { style: "percent", maximumFractionDigits: 2 });
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  function isChosen({ s, r }) {
    return state.chosen !== null && (s === "a" ? state.chosen.after : s === "b" ? state.chosen.before : []).includes(r);
  }

  function style(feature) {
    const { s, k } = feature.properties;
    const areal = /Polygon/.test(feature.geometry.type);
    const chosen = isChosen(feature.properties);
    if (s === "u") return { color: "#8b97a6", weight: areal ? 0.8 : 1.4, opacity: 0.8, fill: areal, fillColor: k ? REDRAWN : LAND, fillOpacity: 1 };
    if (s === "v") return { color: INK, weight: 2, opacity: 1, dashArray: "6 5", fill: false };
    const colour = state.page.colours[k];
    return { color: colour, weight: chosen ? 4 : 2, opacity: 1, dashArray: s === "b" ? "6 5" : null,
      fill: areal, fillColor: colour, fillOpacity: (chosen ? 0.62 : 0.38) * (s === "b" ? 0.6 : 1) };
  }

  const point = (feature, latlng) => L.circleMarker(latlng, { radius: feature.properties.s === "u" ? 3 : 7 });
  const outline = () => ({ color: "#2b3644", weight: 2.4, opacity: 0.55, fill: false });

  function label(feature, latlng) {
    const text = el("span", {}, feature.properties.n);
    const icon = L.divIcon({ className: "place", html: text.outerHTML, iconSize: [0, 0] });
    return L.marker(latlng, { icon, interactive: false, keyboard: false, pane: "labels" });
  }

  function tip(layer) {
    const { s, k, c, n } = layer.feature.properties;
    const { words, kinds, colours } = state.page;
    const what = k === null ? null : el("p", {}, el("i", { style: `background:${colours[k]}` }), `${kinds[k]} · ${s === "b" ? words.before : words.after}`);
    return el("div", {}, el("strong", {}, n || c), n && n !== c ? el("code", {}, c) : null, what);
  }

  function each(feature, layer) {
    if (feature.properties.s === "v") return;
    layer.bindTooltip(tip, { sticky: true, className: "tip", direction: "top", offset: [0, -6], opacity: 1 });
    layer.on("click", () => {
      const entry = state.active.entries.find((e) => isIn(e, feature.properties));
      if (entry) choose(entry, false);
    });
  }

  const isIn = (entry, { s, r }) => (s === "a" ? entry.after : s === "b" ? entry.before : []).includes(r);

  function choose(entry, go) {
    state.chosen = entry;
    state.active.layer.setStyle(style);
    if (go && entry.box) state.map.fitBounds(entry.box, { maxZoom: 18, padding: [60, 60] });
    document.querySelectorAll(".list button").forEach((node) => {
      const current = Number(node.dataset.at) === state.active.entries.indexOf(entry);
      node.setAttribute("aria-current", String(current));
      if (current && !go) node.scrollIntoView({ block: "center" });
    });
  }

  function layerSwitch() {
    const { words } = state.page;
    const choices = state.layers.map((one, at) => {
      const input = el("input", { type: "radio", name: "layer", value: String(at) });
      input.checked = one === state.active;
      input.addEventListener("change", () => { show(one); document.querySelector(`input[name="layer"][value="${at}"]`).focus(); });
      const n = one.counts.reduce((sum, [kind, k]) => (kind === "redrawn" ? sum : sum + k), 0);
      return el("label", {}, input, el("span", {}, one.title, el("b", {}, whole(n))));
    });
    return el("section", {}, el("h3", {}, words.layers), el("fieldset", { class: "layers", "aria-label": words.layers }, ...choices));
  }

  function legend(one) {
    const { words, kinds, colours } = state.page;
    const row = (swatch, text, n) => el("li", {}, swatch, el("span", {}, text), n === null ? null : el("small", {}, fill(words.n, { n: whole(n) })));
    const rows = one.counts.map(([kind, n]) =>
      row(el("i", { style: `background:${colours[kind]}b0;border-color:${colours[kind]}`, "aria-hidden": "true" }), kinds[kind], n));
    rows.push(row(el("i", { class: "line vanished", "aria-hidden": "true" }), words.vanished, null));
    rows.push(row(el("i", { class: "none", "aria-hidden": "true" }), words.same, one.unchanged));
    return el("section", {}, el("h2", {}, one.title), el("ul", { class: "legend" }, ...rows));
  }

  function entries(one) {
    const { words, kinds, colours } = state.page;
    const rows = one.entries.map((entry, at) => {
      const button = el("button", { type: "button", "data-at": String(at), style: `--of:${colours[entry.kind]}` }, el("em", {}, kinds[entry.kind]), entry.text);
      button.addEventListener("click", () => choose(entry, true));
      return el("li", {}, button);
    });
    const more = one.more ? el("p", { class: "note" }, fill(words.more, { n: whole(one.more) })) : null;
    return el("section", {}, el("h3", {}, words.changes), el("ol", { class: "list" }, ...rows), more);
  }

  function loss(one) {
    const { words } = state.page;
    if (one.ground_loss === null) return null;
    const cases = one.cases_loss === null ? null : el("p", { class: "note" }, fill(words.cases_loss, { p: percent(one.cases_loss), n: whole(one.cases) }));
    return el("section", {}, el("h3", {}, words.loss), el("p", { class: "note" }, fill(words.ground_loss, { p: percent(one.ground_loss) })), cases);
  }

  function tables() {
    const { words, tables: found } = state.page;
    if (!found.length) return null;
    const rows = found.map((t) => el("details", {}, el("summary", {}, `${t.title} `, el("b", {}, whole(t.rows.length + t.more))),
      el("ul", {}, ...t.rows.map((text) => el("li", {}, text)), t.more ? el("li", {}, fill(words.more, { n: whole(t.more) })) : null)));
    return el("section", {}, el("h3", {}, words.tables), ...rows);
  }

  function repaint() {
    const { words, notes } = state.page;
    const one = state.active;
    const parts = one ? [layerSwitch(), legend(one), entries(one), loss(one)] : [el("section", {}, el("h2", {}, words.nothing))];
    const told = one ? [fill(words.tolerance, { m: whole(one.tolerance_m) }), ...notes] : notes;
    parts.push(tables(), el("section", {}, el("h3", {}, words.notes), ...told.map((text) => el("p", { class: "note" }, text))));
    document.getElementById("panel").replaceChildren(...parts.filter((part) => part !== null));
  }

  function show(one) {
    if (state.active) state.map.removeLayer(state.active.layer);
    Object.assign(state, { active: one, chosen: null });
    if (one) { state.map.addLayer(one.layer); one.layer.setStyle(style); }
    repaint();
  }

  function setup(page) { state.page = page; }

  function start(map, layers) {
    Object.assign(state, { map, layers: state.page.layers.map((one, at) => ({ ...one, layer: layers[at] })) });
    const rescale = () => document.querySelectorAll(".place").forEach((node) => node.classList.toggle("far", map.getZoom() < state.page.labels_from));
    map.attributionControl.setPrefix(false).addAttribution(state.page.attribution);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    map.on("zoomend", rescale);
    rescale();
    show(state.layers[0] || null);
    document.documentElement.dataset.ready = "1";
  }

  return { setup, start, style, point, outline, label, each };
})();
