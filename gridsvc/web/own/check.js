// The pages of a check and of a replay: what was found on the map and in a list, filtered by severity and check, one of it
// chosen at a time; and tables that sum it up.
// Every text from data is set as text, never as markup.
"use strict";
window.gridsvcCheck = (() => {
  const state = { page: null, map: null, marks: null, chosen: null, halo: null, listed: 0, off: new Set() };
  const MARK = { error: "■", warning: "▲" };
  const STYLE = {
    error: { color: "#b3123f", weight: 2, opacity: 1, fillColor: "#b3123f", fillOpacity: 0.35 },
    warning: { color: "#c26a00", weight: 2, opacity: 1, dashArray: "5 3", fillColor: "#c26a00", fillOpacity: 0.2 },
  };
  const HALO = { color: "#0b4fd6", weight: 4, opacity: 0.9, fill: false, interactive: false };
  const PAGE = 200;

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  const whole = (value) => value.toLocaleString(state.page.locale);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const shown = () => state.page.findings.filter((f) => !state.off.has(f.severity) && !state.off.has(f.id));

  // A circle for warnings is hollow, for errors full, so that the two differ without colour.
  function dot(finding, latlng) {
    const { color } = STYLE[finding.severity];
    const full = finding.severity === "error";
    return L.circleMarker(latlng, { radius: full ? 5 : 6, color: full ? "#fff" : color, weight: full ? 1 : 2.5, opacity: 1,
      fillColor: full ? color : "#fff", fillOpacity: full ? 1 : 0.85 });
  }

  function drawn(finding) {
    const parts = [];
    if (finding.shape) {
      const pointToLayer = (_, latlng) => dot(finding, latlng);
      parts.push(L.geoJSON(finding.shape, { style: STYLE[finding.severity], smoothFactor: 0.5, pointToLayer }));
    }
    if (finding.at) parts.push(dot(finding, finding.at));
    const group = L.featureGroup(parts);
    group.bindTooltip(() => el("div", {}, el("strong", {}, state.page.checks[finding.id]), finding.text),
      { sticky: true, className: "tip", direction: "top", offset: [0, -6], opacity: 1 });
    group.on("click", () => choose(finding, false));
    return group;
  }

  function choose(finding, zoom) {
    state.chosen = finding;
    if (state.halo) state.halo.remove();
    const parts = [L.circleMarker(finding.at, { ...HALO, radius: 11 })];
    if (finding.shape) parts.push(L.geoJSON(finding.shape, { style: HALO, interactive: false, pointToLayer: (_, p) => L.circleMarker(p, HALO) }));
    state.halo = L.featureGroup(parts).addTo(state.map);
    if (zoom) {
      const bounds = finding.shape ? L.geoJSON(finding.shape).getBounds() : null;
      if (bounds && bounds.isValid()) state.map.fitBounds(bounds, { maxZoom: 20, padding: [48, 48] });
      else state.map.setView(finding.at, 18);
    }
    const at = shown().indexOf(finding);
    if (at >= state.listed) list(at + 1);
    document.querySelectorAll(".found button").forEach((button) => {
      const on = Number(button.dataset.at) === at;
      button.toggleAttribute("aria-current", on);
      if (on && !zoom) button.scrollIntoView({ block: "nearest" });
    });
  }

  function row(finding, at) {
    const place = finding.at ? null : el("small", {}, state.page.words.placeless);
    const button = el("button", { type: "button", class: finding.severity, "data-at": at },
      el("i", { "aria-label": state.page.words[finding.severity], role: "img" }, MARK[finding.severity]),
      el("span", {}, finding.text), el("small", {}, `${state.page.checks[finding.id]} · ${finding.layer}`), place);
    if (!finding.at) button.disabled = true;
    button.addEventListener("click", () => choose(finding, true));
    return el("li", {}, button);
  }

  function list(least) {
    const rows = shown();
    const to = Math.min(Math.max(state.listed + PAGE, least || 0), rows.length);
    const target = document.querySelector(".found");
    for (; state.listed < to; state.listed += 1) target.append(row(rows[state.listed], state.listed));
    const more = document.getElementById("more");
    more.hidden = to === rows.length;
    more.textContent = fill(state.page.words.more, { n: whole(Math.min(PAGE, rows.length - to)) });
  }

  function repaint() {
    const { page } = state;
    const rows = shown();
    state.marks.clearLayers();
    [...rows].reverse().forEach((finding) => state.marks.addLayer(drawn(finding)));
    if (state.halo) state.halo.remove();
    const { words } = page;
    document.getElementById("count").textContent = page.findings.length
      ? fill(words.of, { n: whole(rows.length), all: whole(page.findings.length) }) : "";
    document.getElementById("empty").textContent = rows.length ? "" : page.findings.length ? words.filtered : words.none;
    document.querySelector(".found").replaceChildren();
    state.listed = 0;
    list();
  }

  function switches(title, values, name) {
    const count = (value) => state.page.findings.filter((f) => f.severity === value || f.id === value).length;
    const boxes = values.map((value) => {
      const input = el("input", { type: "checkbox", value });
      input.checked = true;
      input.addEventListener("change", () => { state.off[input.checked ? "delete" : "add"](value); repaint(); });
      const mark = MARK[value] ? el("i", { class: value, "aria-hidden": "true" }, MARK[value]) : null;
      return el("label", {}, input, mark, el("span", {}, name(value)), el("small", {}, whole(count(value))));
    });
    return el("fieldset", { class: "filter" }, el("legend", {}, title), ...boxes);
  }

  function sums({ title, n, head, rows }) {
    const cells = (tag, row) => el("tr", {}, ...row.map((value) => el(tag, {}, typeof value === "number" ? whole(value) : value)));
    return el("details", {}, el("summary", {}, title, " ", el("small", {}, whole(n))),
      el("table", {}, el("thead", {}, cells("th", head)), el("tbody", {}, ...rows.map((row) => cells("td", row)))));
  }

  function panel() {
    const { page } = state;
    const { words, findings } = page;
    const severities = Object.keys(MARK).filter((s) => findings.some((f) => f.severity === s));
    const ids = Object.keys(page.checks);
    const filters = findings.length
      ? [switches(words.severities, severities, (s) => words[s]), switches(words.checks, ids, (id) => page.checks[id])]
      : [];
    const more = el("button", { type: "button", id: "more" });
    more.addEventListener("click", () => list());
    document.getElementById("panel").replaceChildren(
      el("section", {}, el("h2", {}, words.findings, " ", el("small", { id: "count", "aria-live": "polite" })), ...filters),
      ...(page.tables.length ? [el("section", { class: "sums" }, el("h3", {}, words.shifts), ...page.tables.map(sums))] : []),
      el("section", {}, el("p", { id: "empty" }), el("ol", { class: "found" }), more),
      el("section", {}, el("h3", {}, words.notes), ...page.notes.map((text) => el("p", { class: "note" }, text))));
  }

  // A line comes as whole steps: its first vertex, then the way to each next one; x before y.
  function unpacked(run) {
    const line = [];
    for (let at = 0, x = 0, y = 0; at < run.length; at += 2) {
      x += run[at];
      y += run[at + 1];
      line.push([y * state.page.unit, x * state.page.unit]);
    }
    return line;
  }

  function layers() {
    const control = L.control.layers(null, null, { collapsed: window.innerWidth < 760, sortLayers: false });
    for (const { title, style, runs } of state.page.lines) {
      const lines = L.polyline(runs.map(unpacked), { ...style, interactive: false, smoothFactor: 0.5 });
      control.addOverlay(lines.addTo(state.map), el("span", {}, title).innerHTML);
    }
    control.addTo(state.map);
    document.querySelector(".leaflet-control-layers-overlays").dataset.title = state.page.words.layers;
  }

  function start(map, page) {
    Object.assign(state, { map, page });
    layers();
    state.marks = L.featureGroup().addTo(map);
    map.attributionControl.setPrefix(false).addAttribution(page.attribution);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    panel();
    repaint();
    document.documentElement.dataset.ready = "1";
  }

  return { start };
})();
