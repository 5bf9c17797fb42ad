// The designer's controls, in the order one decides: theme, colour and place, time, sound.

import { choice, field, show, slider, toggle } from "../editor/form.js";
import { seconds } from "../editor/lengths.js";
import { el } from "../element.js";
import { themePicture } from "./theme-pictures.js";

/** The settings of this page, as people call them. */
export const NAMES = {
  theme: "theme", accent: "accent", position: "place", calm: "calm", duration: "time on screen", sound: "sound", volume: "volume",
};

const THEMES = [
  ["clean", "Clean card"], ["light", "Light card"], ["lower-third", "Lower third"], ["receipt", "Receipt"],
  ["pixel", "Pixel"], ["neon", "Neon"], ["toast", "Toast"], ["drop", "Drop"],
];

const PLACES = [
  ["top-left", "Top left"], ["top", "Top"], ["top-right", "Top right"],
  ["left", "Left"], ["center", "Centre"], ["right", "Right"],
  ["bottom-left", "Bottom left"], ["bottom", "Bottom"], ["bottom-right", "Bottom right"],
];

/** The sounds, as people call them. */
export const SOUNDS = [
  ["auto", "What fits the sale"], ["bell", "Bell"], ["double", "Two strikes"],
  ["tap", "Wooden tap"], ["paper", "Paper and bell"], ["none", "No sound"],
];

const ACCENTS = ["#e0a63a", "#4cc38a", "#6aa9e9", "#b58cf0", "#f0719b", "#e5604d", "#f4efe6"];
const SLIDER_MAX_S = 20; // longer is possible by rules and by command; a slider to a minute could not be set well

/** The sections of controls. `own`: the streamer's own themes. */
export function lookControls(draft, preview, own) {
  return [themes(draft, own), colours(draft), place(draft), time(draft), sound(draft, preview)];
}

/** The themes there are, [name, words] each. */
export const themeOptions = (own) => [...THEMES, ...own.map(({ name, title }) => [name, title || name])];

const section = (title, ...parts) => el("section", { class: "card group" }, el("h2", { class: "group-title" }, title), ...parts);

// Keeps a control and a setting the same.
function bound(draft, key, control, of = (value) => value) {
  draft.addEventListener("change", () => show(control, of(draft.get(key))));
  return control;
}

function themes(draft, own) {
  const picker = choice("Theme", themeOptions(own), draft.get("theme"), (name) => draft.set("theme", name), {
    className: "themes",
    draw: (name, words) => [themePicture(name), el("span", { class: "theme-name" }, words)],
  });
  return section("Theme", bound(draft, "theme", picker));
}

function colours(draft) {
  const usual = "#e0a63a";
  const picker = el("input", { type: "color" });
  picker.value = draft.get("accent") || usual;
  picker.addEventListener("input", () => draft.set("accent", picker.value));
  const offered = [["", "The theme's own"], ...ACCENTS.map((colour) => [colour, colour])];
  const chips = choice("Accent", offered, draft.get("accent"), (colour) => draft.set("accent", colour), {
    className: "accents",
    draw: (colour, words) => [colour ? swatch(colour) : el("span", {}, words), colour && el("span", { class: "unseen" }, words)],
  });
  bound(draft, "accent", picker, (colour) => colour || usual);
  const calm = toggle("Calm", draft.get("calm"), (on) => draft.set("calm", on), { hint: "Cards only fade. Nothing slides, bounces or falls." });
  bound(draft, "calm", calm.querySelector("input"));
  return section("Colour and motion", bound(draft, "accent", chips), field("Or any colour", picker), calm);
}

function swatch(colour) {
  const made = el("span", { class: "swatch" });
  made.style.setProperty("--colour", colour);
  return made;
}

function place(draft) {
  const picker = choice("Where the card stands", PLACES, draft.get("position"), (where) => draft.set("position", where), {
    className: "places",
    draw: (_, words) => [el("span", { class: "unseen" }, words)],
  });
  return section("Place", bound(draft, "position", picker),
    el("p", { class: "hint" }, "Keep it clear of the game's own displays and of your camera."));
}

function time(draft) {
  const now = () => seconds(draft.get("duration"));
  const time = slider("How long an alert stays", now(), (value) => draft.set("duration", `${value}s`), {
    min: 3, max: Math.max(SLIDER_MAX_S, now()), step: 1, words: (value) => `${value} s`,
    hint: "Ways in and out included. When many wait, each is shorter, never below 3 s.",
  });
  draft.addEventListener("change", () => time.show(now()));
  return section("Time on screen", time.element);
}

function sound(draft, preview) {
  const picker = choice("Sound", SOUNDS, draft.get("sound"), (name) => draft.set("sound", name), { className: "sounds" });
  const volume = slider("Volume", draft.get("volume"), (value) => draft.set("volume", value), {
    min: 0, max: 100, step: 5, words: (value) => `${value} %`,
  });
  draft.addEventListener("change", () => volume.show(draft.get("volume")));
  const heard = el("p", { class: "result", role: "status" });
  const listen = el("button", { type: "button", class: "button", id: "listen", onclick: () => preview.listen(heard) }, "Listen");
  return section("Sound", bound(draft, "sound", picker), volume.element, el("div", { class: "listen" }, listen, heard));
}
