// The dock's side of pairing: it shows a code, keeps the secret that goes with it, and asks until it is let in.

import { post } from "./api.js";
import { byId, tell } from "./element.js";

const ASK_MS = 2_000;
/** Where a reload finds the code again, so that what stands on the screen stays true. */
const KEPT = "tillbell.pairing";

/** Shows codes, one after the other as they lapse, until somebody lets this dock in. */
export async function pair() {
  byId("dashboard").hidden = true;
  byId("pairing").hidden = false;
  for (;;) {
    const ours = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") ?? (await newCode());
    if (ours && (await claimed(ours))) return;
    sessionStorage.removeItem(KEPT);
  }
}

async function newCode() {
  try {
    const { code, secret } = await post("/pairings");
    sessionStorage.setItem(KEPT, JSON.stringify({ code, secret }));
    tell(byId("pairing-said"), "");
    return { code, secret };
  } catch (problem) {
    tell(byId("code"), "");
    tell(byId("pairing-said"), problem.message, "bad");
    await passed(ASK_MS * 2);
    return null;
  }
}

// Asks until there is an answer: whether this dock is let in. While the gateway is away, it goes on asking.
async function claimed({ code, secret }) {
  tell(byId("code"), `${code.slice(0, 4)}-${code.slice(4)}`);
  for (;;) {
    try {
      const answer = await post("/pairings/claim", { code, secret });
      if (answer === null) return true;
      tell(byId("pairing-said"), "Waiting for you…");
    } catch (problem) {
      if (problem.status === 401) return false;
      tell(byId("pairing-said"), problem.message, "bad");
    }
    await passed(ASK_MS);
  }
}

const passed = (ms) => new Promise((over) => setTimeout(over, ms));
