// Stripe's own client for Node.js against the fake: it behaves as the client expects of Stripe.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import Stripe from "stripe";

const base = new URL(process.env.FAKE_STRIPE_URL);
const key = process.env.FAKE_STRIPE_KEY;
const at = { host: base.hostname, port: base.port, protocol: "http", maxNetworkRetries: 0 };
const stripe = new Stripe(key, at);

const hoodie = {
  mode: "payment",
  success_url: "http://127.0.0.1/receipt/{CHECKOUT_SESSION_ID}",
  line_items: [
    {
      quantity: 2,
      price_data: { currency: "eur", unit_amount: 2599, product_data: { name: "Hoodie (L)" } },
    },
  ],
};

/** Tells the fake what only a fake can be told. */
async function told(path, body) {
  const answer = await fetch(new URL(`/_fake/${path}`, base), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** An endpoint that keeps what it is sent. */
const sent = [];
const waiting = [];
const endpoint = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  sent.push({ signature: request.headers["stripe-signature"], body: Buffer.concat(parts) });
  response.end();
  waiting.splice(0).forEach((look) => look());
});

/** The first delivery that fits. */
async function delivery(fits) {
  for (;;) {
    const found = sent.find(({ body }) => fits(JSON.parse(body)));
    if (found) return found;
    await new Promise((look) => waiting.push(look));
  }
}

before(() => new Promise((done) => endpoint.listen(0, "127.0.0.1", done)));
after(() => {
  endpoint.close();
  endpoint.closeAllConnections();
});

test("a session is made, read back, paid and refunded", async () => {
  const made = await stripe.checkout.sessions.create({
    ...hoodie,
    client_reference_id: "me",
    metadata: { streamer: "me" },
    payment_intent_data: { metadata: { streamer: "me" } },
  });
  assert.equal(made.amount_total, 5198);
  assert.equal(made.payment_status, "unpaid");
  await told(`sessions/${made.id}/pay`);
  const paid = await stripe.checkout.sessions.retrieve(made.id, {
    expand: ["payment_intent.latest_charge", "line_items.data.price.product"],
  });
  assert.equal(paid.payment_status, "paid");
  assert.equal(paid.payment_intent.metadata.streamer, "me");
  assert.equal(paid.payment_intent.latest_charge.amount, 5198);
  assert.equal(paid.line_items.data[0].price.product.name, "Hoodie (L)");
  const refund = await stripe.refunds.create({
    payment_intent: paid.payment_intent.id,
    amount: 1000,
  });
  assert.equal(refund.status, "succeeded");
  const charge = await stripe.charges.retrieve(refund.charge);
  assert.deepEqual([charge.amount_refunded, charge.refunded], [1000, false]);
});

test("line items come in pages", async () => {
  const line = (n) => ({
    quantity: 1,
    price_data: { currency: "usd", unit_amount: 100 + n, product_data: { name: `Pin ${n}` } },
  });
  const session = await stripe.checkout.sessions.create({
    ...hoodie,
    line_items: Array.from({ length: 23 }, (_, n) => line(n)),
  });
  const names = [];
  for await (const item of stripe.checkout.sessions.listLineItems(session.id, { limit: 10 })) {
    names.push(item.description);
  }
  assert.deepEqual(names, Array.from({ length: 23 }, (_, n) => `Pin ${n}`));
});

test("events are listed newest first and page by page", async () => {
  const made = [];
  for (let n = 0; n < 5; n += 1) {
    const product = await stripe.products.create({ name: `Mug ${n}` });
    made.unshift(product.id);
  }
  const seen = [];
  for await (const event of stripe.events.list({ types: ["product.created"], limit: 2 })) {
    seen.push(event.data.object.id);
  }
  assert.deepEqual(seen.slice(0, 5), made);
  const none = await stripe.events.list({ created: { lt: 1000 } });
  assert.deepEqual(none.data, []);
});

test("one idempotency key does one thing", async () => {
  const once = { idempotencyKey: `node-${Date.now()}` };
  const first = await stripe.checkout.sessions.create(hoodie, once);
  const second = await stripe.checkout.sessions.create(hoodie, once);
  assert.equal(first.id, second.id);
  const other = { ...hoodie, client_reference_id: "other" };
  await assert.rejects(stripe.checkout.sessions.create(other, once), {
    type: "StripeIdempotencyError",
  });
});

test("the client knows each refusal", async () => {
  const at1 = (other) => new Stripe(other, at);
  const unknown = { ...hoodie, line_items: [{ price: "price_none", quantity: 1 }] };
  await assert.rejects(stripe.checkout.sessions.create(unknown), {
    type: "StripeInvalidRequestError",
    code: "resource_missing",
    param: "line_items[0][price]",
    statusCode: 400,
  });
  await assert.rejects(stripe.checkout.sessions.retrieve("cs_test_none"), { statusCode: 404 });
  await assert.rejects(at1("nonsense").events.list(), { type: "StripeAuthenticationError" });
  const narrow = "rk_test_narrowOfTheNodeTest";
  await told("keys", { key: narrow, permissions: ["event_read"] });
  assert.ok((await at1(narrow).events.list()).data);
  await assert.rejects(at1(narrow).checkout.sessions.create(hoodie), {
    type: "StripePermissionError",
  });
  await told("faults", { api: { fault: "429", count: 1 } });
  await assert.rejects(stripe.events.list(), { type: "StripeRateLimitError" });
  await told("faults", { api: { fault: "500", count: 1 } });
  await assert.rejects(stripe.events.list(), { type: "StripeAPIError" });
  await told("faults", { api: { fault: "garbage", count: 1 } });
  await assert.rejects(stripe.events.list(), { type: "StripeAPIError" });
});

test("an answer that broke off does not sell twice", async () => {
  // The client asks a second time, with the key it made for the first.
  await told("faults", { api: { fault: "half", count: 1, path: "checkout" } });
  const session = await stripe.checkout.sessions.create({
    ...hoodie,
    client_reference_id: "only-once",
  });
  const all = await stripe.checkout.sessions.list({ limit: 100 });
  const same = all.data.filter((other) => other.client_reference_id === "only-once");
  assert.deepEqual(same.map((other) => other.id), [session.id]);
});

test("a delivery's signature is Stripe's", async () => {
  const url = `http://127.0.0.1:${endpoint.address().port}/hook`;
  const { id, secret } = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });
  assert.equal((await stripe.webhookEndpoints.retrieve(id)).secret, undefined);
  const session = await stripe.checkout.sessions.create(hoodie);
  await told(`sessions/${session.id}/pay`);
  const { body, signature } = await delivery(
    (event) => event.type === "checkout.session.completed" && event.data.object.id === session.id,
  );
  const event = stripe.webhooks.constructEvent(body, signature, secret);
  assert.equal(event.data.object.payment_status, "paid");
  assert.throws(() => stripe.webhooks.constructEvent(body, signature, "whsec_other"), {
    type: "StripeSignatureVerificationError",
  });
  assert.equal((await stripe.webhookEndpoints.del(id)).deleted, true);
});

test("connected accounts have their own books", async () => {
  const account = await stripe.accounts.create({ type: "standard" });
  const theirs = { stripeAccount: account.id };
  const session = await stripe.checkout.sessions.create(hoodie, theirs);
  await assert.rejects(stripe.checkout.sessions.retrieve(session.id), { statusCode: 404 });
  assert.equal((await stripe.checkout.sessions.retrieve(session.id, {}, theirs)).id, session.id);
  await assert.rejects(stripe.events.list({}, { stripeAccount: "acct_other" }), {
    type: "StripePermissionError",
  });
});
