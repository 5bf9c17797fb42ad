// What the editors' pages share: how one opens, and what stands there when it cannot.

import { Problem } from "../api.js";
import { byId, el } from "../element.js";

/** Runs `open`; what the gateway refuses is said on the page, and an ended session leads to the sign-in. */
export async function openEditor(leave, open) {
  try {
    await open();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) leave(null);
    else byId("main").append(el("div", { class: "empty", role: "alert" },
      el("p", { class: "empty-title" }, "This page could not be read"), el("p", {}, problem.message)));
  }
}
