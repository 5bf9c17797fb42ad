// When Stripe's list was last checked for what no webhook brought, and a button to check it now. For
// admins only: it is about the whole gateway.

import { post, read } from "./api.js";
import { byId, tell } from "./element.js";
import { clock, count } from "./words.js";

const LOOK_MS = 1000;

/** Shows the row, if the gateway has a key to ask Stripe with. */
export async function watchChecks() {
  byId("check").onclick = check;
  const { last_check: last } = await read("/status");
  byId("checks").hidden = !last;
  if (last) tell(byId("checked"), `Stripe's list checked at ${clock(last.at)}: ${found(last.new)}`);
}

async function check() {
  const said = byId("checked");
  byId("check").disabled = true;
  try {
    let job = await post("/reconcile", { since: "3d" });
    while (job.state === "running") {
      tell(said, `Checking the last three days: ${Math.floor(job.progress * 100)} %`);
      await new Promise((looked) => setTimeout(looked, LOOK_MS));
      job = await read(`/jobs/${job.id}`);
    }
    if (job.error) tell(said, `The check failed: ${job.error}.`, "bad");
    else tell(said, `The last three days are checked: ${found(job.new)}`, "good");
  } catch (problem) {
    tell(said, problem.message, "bad");
  }
  byId("check").disabled = false;
}

const found = (events) => events === 0 ? "nothing was missing." : `${count(events, "event")} fetched that no webhook had brought.`;
