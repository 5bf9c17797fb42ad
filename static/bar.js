// The bar on every page: where one is, whose channel it is, what is connected, streamer mode, and the
// way in and out.
//
// A page has `<div id="dashboard" hidden>` with its `<main id="main" class="page">`, and calls `enter`.

import { read, streamersOf } from "./api.js";
import { byId, el, shape } from "./element.js";
import { showSignIn, signOut, useLink } from "./sign-in.js";
import { modeButton } from "./streamer-mode.js";
import { obsWord, SHAPES } from "./words.js";

const LAST_STREAMER = "tillbell.streamer";
const CHIPS_AT_MOST = 3;

/** The pages, in the order of an evening's life. `owns`: for owners and admins only. */
const PAGES = [
  { id: "live", path: "/", word: "Live" },
  { id: "setup", path: "/setup", word: "Setup", owns: true },
  { id: "look", path: "/look", word: "Look", owns: true },
  { id: "rules", path: "/rules", word: "Rules", owns: true },
  { id: "sales", path: "/sales", word: "Sales", owns: true },
];

/**
 * Signs in, draws the bar, and opens the page called `id` for the streamer that is chosen: `open(visit)` may give
 * back what to do when it is left for another streamer. A visit is `{streamer, name, role, admin, owns, runs, leave}`:
 * `owns` may change what is the streamer's, `runs` may operate the queue and judge, `leave(problem)` goes back to
 * the sign-in, for a session that has ended.
 */
export async function enter(id, open) {
  // A new link pasted into this tab changes only the fragment.
  addEventListener("hashchange", () => location.hash.includes("code=") && location.reload());
  const page = { id, open, close: null };
  const refused = await useLink();
  try {
    await begin(page, await read("/session"));
  } catch (problem) {
    leave(page, refused ?? (problem.status === 401 ? null : problem.message));
  }
}

async function begin(page, session) {
  const { role } = session;
  const rights = { role, admin: role === "admin", owns: role === "admin" || role === "owner", runs: role !== "viewer" };
  const streamers = await streamersOf(session);
  const wanted = localStorage.getItem(LAST_STREAMER);
  const first = streamers.find(({ id }) => id === wanted) ?? streamers[0];
  drawBar(page, rights);
  byId("dashboard").hidden = false;
  byId("sign-in")?.remove();
  if (PAGES.find(({ id }) => id === page.id).owns && !rights.owns) return refuse();
  const choose = ({ id, name }) => {
    localStorage.setItem(LAST_STREAMER, id);
    showStreamers(streamers, id, choose);
    page.close?.();
    page.close = page.open({ streamer: id, name: name || id, ...rights, leave: (problem) => leave(page, problem) }) ?? null;
  };
  if (first) choose(first);
}

function leave(page, problem) {
  page.close?.();
  page.close = null;
  byId("dashboard").hidden = true;
  showSignIn(problem, () => read("/session").then((session) => begin(page, session)));
}

function refuse() {
  byId("main").replaceChildren(el("div", { class: "empty" },
    el("h1", { class: "empty-title" }, "Only owners see this page"),
    el("p", {}, "What you may see and do is on ", el("a", { href: "/" }, "the live page"), ".")));
}

function drawBar(page, { owns }) {
  byId("bar")?.remove();
  const out = () => signOut().catch(() => {}).then(() => leave(page, null));
  byId("dashboard").prepend(el("header", { id: "bar", class: "bar" },
    el("a", { class: "skip-link", href: "#main" }, "Skip to the content"),
    el("a", { class: "brand", href: "/" }, el("img", { src: "/static/mark.svg", alt: "", width: 24, height: 24 }), "Tillbell"),
    el("span", { id: "streamer", class: "streamer" }),
    el("nav", { class: "pages", "aria-label": "Pages" }, ...PAGES.filter((to) => owns || !to.owns).map((to) => pageLink(to, page.id))),
    el("div", { id: "chips", class: "chips", role: "status", "aria-label": "Connections" }),
    el("div", { class: "bar-end" }, modeButton(), el("button", { type: "button", class: "button quiet small", id: "sign-out", onclick: out }, "Sign out"))));
}

const pageLink = ({ id, path, word }, here) =>
  el("a", { class: "page-link", href: path, "aria-current": id === here && "page" }, word);

// The streamer's name, or a choice when there are several.
function showStreamers(streamers, current, choose) {
  const named = streamers.find(({ id }) => id === current);
  const only = el("bdi", {}, named.name || current);
  if (streamers.length < 2) return byId("streamer").replaceChildren(only);
  const chosen = () => choose(streamers.find(({ id }) => id === select.value));
  const select = el("select", { "aria-label": "Streamer", onchange: chosen },
    ...streamers.map(({ id, name }) => el("option", { value: id, selected: id === current }, name || id)));
  return byId("streamer").replaceChildren(select);
}

/** Keeps the connection chips current. */
export function watchConnections(channel) {
  const draw = () => {
    const drawn = chips(channel);
    const text = (elements) => elements.map(({ textContent }) => textContent).join("\n");
    // Redrawn only when it says something new, or it would be read aloud at every look.
    if (text(drawn) !== text([...byId("chips").children])) byId("chips").replaceChildren(...drawn);
  };
  channel.addEventListener("connections", draw);
  channel.addEventListener("link", draw);
}

/** The connections an alert would be seen on. */
export const live = (channel) =>
  (channel.connections ?? []).filter(({ kind, mode }) => kind === "alerts" && mode === "live");

function chips(channel) {
  if (!channel.linked) return [chip("missed", "Gateway away, trying again", "away")];
  if (!channel.connections) return [];
  const connected = live(channel);
  if (connected.length === 0) return [chip("missed", "No overlay connected", "none")];
  const streams = connected.some(({ streaming }) => streaming) && chip("shown", "live", "live");
  const first = connected.slice(0, CHIPS_AT_MOST).map(connectionChip);
  const rest = connected.length - first.length;
  return [streams, ...first, rest > 0 && chip("shown", `${rest} more`, "connected")].filter(Boolean);
}

function connectionChip({ overlay, obs, active }) {
  const asleep = active === false;
  const words = [`${overlay.name} connected`, obs ? obsWord(obs) : "browser", asleep && "source not active"];
  return chip(asleep ? "held" : "shown", words.filter(Boolean).join(" · "), asleep ? "asleep" : "connected");
}

const chip = (form, text, state) => el("span", { class: "chip", "data-state": state }, shape(SHAPES[form]), el("span", {}, text));
