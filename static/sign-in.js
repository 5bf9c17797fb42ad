// Signing in: the code of a one-time link becomes a session cookie that scripts cannot read.

import { post, remove } from "./api.js";
import { byId, tell } from "./element.js";
import { attachCopy } from "./links.js";

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
  byId("dashboard").hidden = true;
  byId("sign-in").hidden = false;
  tell(byId("sign-in-problem"), problem ?? "", "bad");
  byId("sign-in-form").onsubmit = async (submit) => {
    submit.preventDefault();
    const field = byId("sign-in-code");
    const refused = await trade(codeOf(field.value) ?? field.value.trim());
    field.value = "";
    if (refused) tell(byId("sign-in-problem"), refused, "bad");
    else done();
  };
}

/** Ends the session here. */
export const signOut = () => remove("/session");

attachCopy(byId("sign-in-copy"), () => byId("sign-in-command").textContent);

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
