// Signing in: the code of a one-time link becomes a session cookie that scripts cannot read.

import { post, remove } from "./api.js";
import { byId, el, tell } from "./element.js";
import { copyButton } from "./links.js";

const COMMAND = "tillbell key add --role owner";

/** Trades the code in the address bar, if there is one. Gives the sentence to show when it was refused, else null. */
export async function useLink() {
  const code = codeOf(location.hash);
  if (!code) return null;
  // The code leaves the address bar before anything else, or it would stand on stream and in the history.
  history.replaceState(null, "", location.pathname);
  return trade(code);
}

/** Shows the sign-in page. `done` runs once a pasted link was taken. */
export function showSignIn(problem, done) {
  byId("sign-in")?.remove();
  document.body.append(page(done));
  tell(byId("sign-in-problem"), problem ?? "", "bad");
}

/** Ends the session here. */
export const signOut = () => remove("/session");

function page(done) {
  const field = el("input", { id: "sign-in-code", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const submit = async (submitted) => {
    submitted.preventDefault();
    const refused = await trade(codeOf(field.value) ?? field.value.trim());
    field.value = "";
    if (refused) tell(byId("sign-in-problem"), refused, "bad");
    else done();
  };
  return el("main", { id: "sign-in", class: "sign-in" },
    el("img", { class: "sign-in-mark", src: "/static/mark.svg", alt: "", width: 56, height: 56 }),
    el("h1", {}, "Tillbell"),
    el("p", { class: "lead" }, "You are signed out here. Run this where Tillbell runs, and open the link it prints:"),
    el("div", { class: "command" }, el("code", { id: "sign-in-command" }, COMMAND), copyButton(() => COMMAND, "the command")),
    el("form", { id: "sign-in-form", class: "sign-in-form", onsubmit: submit },
      el("label", { for: "sign-in-code" }, "Or paste the link here"),
      el("div", { class: "field-row" }, field, el("button", { class: "button primary" }, "Sign in")),
      el("p", { id: "sign-in-problem", class: "result", role: "alert" })),
    el("p", { class: "hint" }, "A link works once. It is your key to the shop's bell, so keep it off your stream."));
}

async function trade(code) {
  try {
    await post("/session", { code });
    return null;
  } catch (problem) {
    return problem.message;
  }
}

// "https://…/#code=abc" or "#code=abc" -> "abc"; null when there is none.
function codeOf(text) {
  const fragment = text.slice(text.indexOf("#") + 1);
  return text.includes("#") ? new URLSearchParams(fragment).get("code") : null;
}
