// A small drawing of each theme, so that one chooses with the eyes. The preview shows the real thing.

import { svg } from "../element.js";

// Parts on a grid of 96 × 54: [kind, x, y, width, height, corner]. Kinds are classes of look.css.
const PICTURES = {
  clean: [
    ["plate", 20, 8, 56, 18, 3], ["edge", 20, 8, 56, 18, 3], ["tile", 22, 10, 14, 14, 2],
    ["text", 40, 12, 24, 4, 1], ["faint", 40, 19, 16, 3, 1], ["accent", 59, 23, 14, 7, 2],
  ],
  light: [
    ["paper", 20, 8, 56, 18, 3], ["tile", 22, 10, 14, 14, 2],
    ["ink", 40, 12, 24, 4, 1], ["faint", 40, 19, 16, 3, 1], ["accent", 59, 23, 14, 7, 2],
  ],
  "lower-third": [
    ["plate", 8, 38, 80, 12, 0], ["tile", 8, 38, 10, 12, 0], ["accent", 18, 38, 1, 12, 0],
    ["text", 22, 40, 20, 4, 1], ["faint", 22, 46, 14, 2, 1], ["accent", 74, 38, 14, 12, 0],
  ],
  receipt: [
    ["ink", 32, 4, 32, 2, 1], ["paper", 34, 6, 28, 42, 0], ["tile", 44, 9, 8, 8, 4], ["ink", 40, 20, 16, 3, 0],
    ["faint", 37, 27, 22, 1, 0], ["faint", 37, 30, 14, 2, 0], ["faint", 37, 35, 22, 1, 0], ["ink", 37, 40, 8, 3, 0], ["ink", 49, 39, 10, 4, 0],
  ],
  pixel: [
    ["gold", 18, 8, 60, 20, 0], ["violet", 20, 10, 56, 16, 0], ["tile", 22, 12, 12, 12, 0],
    ["text", 40, 12, 20, 4, 0], ["faint", 40, 19, 14, 3, 0], ["gold", 60, 24, 14, 7, 0],
  ],
  neon: [
    ["pink", 18, 8, 60, 20, 0], ["night", 19, 9, 58, 18, 0], ["tile", 21, 11, 12, 14, 0],
    ["pink", 38, 12, 20, 4, 0], ["text", 38, 19, 24, 3, 0], ["cyan", 61, 24, 14, 7, 0], ["night", 62, 25, 12, 5, 0],
  ],
  toast: [["plate", 34, 6, 30, 11, 2], ["tile", 36, 8, 7, 7, 1], ["text", 46, 8, 9, 3, 1], ["faint", 46, 13, 7, 2, 1], ["accent", 57, 8, 5, 2, 0]],
  drop: [
    ["plate", 0, 0, 96, 54, 0], ["accent", 0, 0, 96, 2, 0], ["accent", 0, 52, 96, 2, 0], ["tile", 41, 7, 14, 14, 7],
    ["text", 34, 25, 28, 6, 1], ["faint", 38, 34, 20, 3, 1], ["accent", 38, 40, 20, 7, 0],
  ],
};
const OWN = [["plate", 18, 12, 60, 26, 3], ["accent", 24, 18, 14, 14, 7], ["text", 44, 19, 26, 4, 1], ["faint", 44, 27, 18, 3, 1]];

export const themePicture = (name) =>
  svg("svg", { viewBox: "0 0 96 54", class: "theme-picture", "aria-hidden": "true" },
    svg("rect", { width: 96, height: 54, class: "game" }),
    ...(PICTURES[name] ?? OWN).map(([kind, x, y, width, height, rx]) => svg("rect", { class: kind, x, y, width, height, rx })));
