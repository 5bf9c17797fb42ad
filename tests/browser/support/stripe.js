// Stripe's part: a paid Checkout session, signed as Stripe signs.

import { createHmac, randomBytes } from "node:crypto";

/**
 * Gives the gateway a signing secret and gives back `sell(session)`, which delivers a sale, `age` s after it, and tells the
 * answer; `sell.refund(session)` returns all of it.
 */
export async function openShop(gateway) {
  const secret = newSecret();
  await gateway.api("POST", "/streamers/me/secrets", { secret });
  const tell = (event) => deliver(`${gateway.url}/webhooks/stripe/me`, secret, event);
  return Object.assign((session) => tell(paid(session)), { refund: (session) => tell(refunded(session)) });
}

const intentOf = (session) => session.replace(/^cs_live_/, "pi_");

const event = (type, object, created) => ({
  id: `evt_${randomBytes(12).toString("hex")}`,
  object: "event",
  type,
  api_version: "2024-04-10",
  created,
  livemode: true,
  data: { object },
});

function refunded({ session, amount, currency }) {
  const payment = intentOf(session);
  const id = payment.replace("pi_", "ch_");
  const charge = { id, object: "charge", payment_intent: payment, amount, amount_refunded: amount, refunded: true, currency };
  return event("charge.refunded", charge, Math.floor(Date.now() / 1000));
}

/** Delivers a sale of an account that nobody here has: it becomes a dead letter. */
export async function sellStray(gateway) {
  const secret = newSecret();
  await gateway.api("POST", "/secrets", { secret });
  const event = { ...paid({ nickname: "mika", amount: 900, currency: "eur", product: "Mug" }), account: "acct_nobody" };
  return deliver(`${gateway.url}/webhooks/stripe`, secret, event);
}

/** Delivers a sale that is signed with another secret; tells how it was refused. */
export const sellForged = (gateway) =>
  deliver(`${gateway.url}/webhooks/stripe/me`, newSecret(), paid({ nickname: "mika", amount: 900, currency: "eur", product: "Mug" }));

const newSecret = () => `whsec_${randomBytes(24).toString("base64url")}`;

function paid({ session: id = `cs_live_${randomBytes(12).toString("hex")}`, age = 0, ...sold }) {
  const { nickname, message, amount, currency, product, variant, quantity = 1 } = sold;
  const created = Math.floor(Date.now() / 1000) - age;
  const text = (key, value) => ({ key, type: "text", label: { type: "custom", custom: key }, text: { value } });
  const session = {
    id,
    object: "checkout.session",
    mode: "payment",
    status: "complete",
    payment_status: "paid",
    livemode: true,
    created,
    amount_total: amount,
    currency,
    payment_intent: intentOf(id),
    custom_fields: [text("nickname", nickname), text("message", message)],
    line_items: { object: "list", data: [{ description: product, quantity, price: { metadata: { variant } } }] },
  };
  return event("checkout.session.completed", session, created);
}

async function deliver(url, secret, event) {
  const body = JSON.stringify(event);
  const now = Math.floor(Date.now() / 1000);
  const signed = createHmac("sha256", secret).update(`${now}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "stripe-signature": `t=${now},v1=${signed}` };
  const answer = await fetch(url, { method: "POST", headers, body });
  return answer.json();
}
