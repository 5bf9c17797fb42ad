// Step 3: Stripe's endpoint and its secret, and whether what arrives can be verified.

import { of, post } from "../api.js";
import { byId, el, tell } from "../element.js";
import { breakable, linkLine } from "../links.js";
import { span } from "../words.js";

/** How often deliveries are asked for: while they are waited for, and else. Milliseconds. */
const WAIT_MS = 2_000;
const LOOK_MS = 15_000;

/** A refusal's code in words, and what to do. `ends` is the end of the newest secret. */
const REFUSALS = {
  signature_mismatch: (ends) => `Stripe's signature doesn't match. ${ends ? `The secret ends in …${ends}; is` : "Is"} it this endpoint's secret, not the command line's?`,
  signature_missing: () => "Something called without Stripe's signature. Does the link at Stripe lead through something that drops headers?",
  signature_malformed: () => "Something called with a signature that is none of Stripe's.",
  timestamp_too_old: () => "The delivery is older than it may be. Is this machine's clock right?",
  timestamp_in_future: () => "The delivery is from the future. Is this machine's clock right?",
  secret_not_configured: () => "Stripe calls, but there is no secret to check it with. Paste it above.",
  body_empty: () => "The delivery was empty: something between Stripe and here drops it.",
  body_not_an_event: () => "The delivery was verified, but is no event of Stripe's.",
  body_too_large: () => "The delivery was larger than the gateway takes.",
};
const REFUSED_ELSE = (code) => `The last delivery was refused: ${code.replaceAll("_", " ")}.`;

/** Keeps the step; gives what ends it. */
export function watchStripe(progress) {
  byId("secret-form").reset();
  tell(byId("secret-result"), "");
  byId("secret-form").onsubmit = (submitted) => addSecret(submitted, progress);
  progress.addEventListener("change", () => progress.settings && draw(progress));
  let looked = 0;
  const timer = setInterval(() => {
    const wait = byId("step-stripe").open && !progress.done.stripe ? WAIT_MS : LOOK_MS;
    if (document.hidden || performance.now() - looked < wait) return;
    looked = performance.now();
    progress.readStripe().catch(() => {});
  }, WAIT_MS);
  return () => clearInterval(timer);
}

/** What the webhook answered last: [text, kind]. */
export function deliveryWords({ settings, secrets, sold }, now = Date.now()) {
  const { verified, refused } = settings.deliveries;
  const ago = (at) => `${span(Math.max(0, now - Date.parse(at)))} ago`;
  if (refused && (!verified || refused.at > verified)) {
    const words = REFUSALS[refused.code] ?? (() => REFUSED_ELSE(refused.code));
    return [`${ago(refused.at)}: ${words(secrets.at(-1)?.ends_in)}`, "bad"];
  }
  if (verified) return [`Received, signature right, ${ago(verified)}.`, "good"];
  if (sold) return ["Sales have arrived. None since the gateway started.", "good"];
  return ["Nothing received yet.", "plain"];
}

async function addSecret(submitted, progress) {
  submitted.preventDefault();
  const field = byId("secret");
  const result = byId("secret-result");
  try {
    const added = await post(of(progress.channel.streamer, "secrets"), { secret: field.value.trim() });
    field.value = "";
    tell(result, `Added …${added.ends_in}. Events signed with it are accepted from now on.`, "good");
    await progress.readStripe();
  } catch (problem) {
    tell(result, problem.message, "bad");
  }
}

function draw(progress) {
  const { settings } = progress;
  const url = settings.webhook_url;
  if (byId("webhook-link").dataset.url !== url) {
    byId("webhook-link").dataset.url = url;
    byId("webhook-link").replaceChildren(linkLine(url, "webhook link"));
    noteReach(url);
  }
  tell(byId("secrets"), secretsLine(progress));
  const [text, kind] = deliveryWords(progress);
  tell(byId("deliveries"), text, kind);
  const waits = !progress.done.stripe && progress.verifies && kind === "plain";
  byId("deliveries-advice").textContent = waits ? "Waiting for Stripe. In its dashboard, open the endpoint and send a test event; this line changes by itself." : "";
  tell(byId("step-stripe").querySelector("[data-state]"), state(progress, kind), kind);
}

function state({ verifies, done }, kind) {
  if (kind === "bad") return "last delivery refused";
  if (done.stripe) return "events arrive";
  return verifies ? "waiting for the first event" : "no secret yet";
}

function secretsLine({ secrets, settings, verifies, sold }) {
  const ends = secrets.map(({ ends_in: end }) => `…${end}`).join(", ");
  const given = settings.configured_secrets > 0 && `${plural(settings.configured_secrets)} from the gateway's configuration`;
  if (verifies) return [secrets.length > 0 && `${plural(secrets.length)}, ending in ${ends}`, given].filter(Boolean).join("; ");
  return sold ? "Sales arrive: the gateway has a secret of its own, or asks Stripe for them." : "No secret yet, so no event of Stripe's can be verified.";
}

const plural = (number) => number === 1 ? "One secret" : `${number} secrets`;

function noteReach(url) {
  const { hostname } = new URL(url);
  const note = byId("webhook-note");
  note.hidden = !["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  note.replaceChildren(
    "Only this machine can reach that link. Three ways: give Tillbell a public address with ", el("code", {}, "--public-url"),
    "; give it a restricted API key and it asks Stripe itself, with ", el("code", {}, "stripe.poll"),
    "; or, for a try, let Stripe's command line forward to it: ", el("code", { class: "command-line private" }, "stripe listen --forward-to ", ...breakable(url)));
}
