// A sentence about what came of a press, for a while, where the pressed thing is gone already.

import { byId, tell } from "./element.js";

const SHOWN_MS = 10_000;
let clearing = 0;

/** Says it below what needs a person: `kind` as for `tell`. */
export function note(text, kind) {
  tell(byId("needs-said"), text, kind);
  clearTimeout(clearing);
  clearing = setTimeout(() => tell(byId("needs-said"), ""), SHOWN_MS);
}
