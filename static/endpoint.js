// The button that makes the webhook endpoint at Stripe. For admins only, and only with an API key.

import { post, read } from "./api.js";
import { byId, tell } from "./element.js";

const SAID = {
  new: "Made, and its signing secret is kept. Stripe sends its events here from now on.",
  mended: "It was there already, and has the right events now.",
};
const WITHOUT_SECRET = "It was there already. Stripe tells its secret only once: reveal it in Stripe's dashboard and add it below.";

/** Shows the button for this streamer; `changed` is called once a secret may be new. */
export async function watchEndpoint(streamer, changed) {
  const { stripe } = await read("/status");
  const button = byId("endpoint-make");
  byId("endpoint").hidden = !stripe;
  tell(byId("endpoint-result"), "");
  button.onclick = async () => {
    button.disabled = true;
    try {
      const { result } = await post("/stripe/endpoint", { streamer });
      tell(byId("endpoint-result"), SAID[result] ?? WITHOUT_SECRET, SAID[result] ? "good" : "bad");
      await changed();
    } catch (problem) {
      tell(byId("endpoint-result"), problem.message, "bad");
    }
    button.disabled = false;
  };
}
