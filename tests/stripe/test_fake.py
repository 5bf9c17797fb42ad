"""Stripe's own client for Python against the fake: it behaves as the client expects of Stripe."""

import json
import os
import queue
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

BASE = os.environ["FAKE_STRIPE_URL"]
KEY = os.environ["FAKE_STRIPE_KEY"]
HOODIE = {
    "mode": "payment",
    "success_url": "http://127.0.0.1/receipt/{CHECKOUT_SESSION_ID}",
    "line_items": [
        {
            "quantity": 2,
            "price_data": {
                "currency": "jpy",
                "unit_amount": 2500,
                "product_data": {"name": "Hoodie (L)"},
            },
        }
    ],
}


def client(key=KEY):
    return stripe.StripeClient(key, base_addresses={"api": BASE}, max_network_retries=0)


def told(path, body=None):
    """Tells the fake what only a fake can be told."""
    request = urllib.request.Request(
        f"{BASE}/_fake/{path}",
        data=json.dumps(body or {}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Fake(unittest.TestCase):
    def setUp(self):
        self.v1 = client().v1

    def test_a_subscription_is_bought_and_renewed(self):
        price = self.v1.prices.create(
            {
                "currency": "eur",
                "unit_amount": 500,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Supporter"},
            }
        )
        session = self.v1.checkout.sessions.create(
            {
                **HOODIE,
                "mode": "subscription",
                "line_items": [{"price": price.id, "quantity": 1}],
                "subscription_data": {"metadata": {"streamer": "me"}},
            }
        )
        told(f"sessions/{session.id}/pay")
        paid = self.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
        self.assertIsNone(paid.payment_intent)
        self.assertEqual(paid.subscription.metadata["streamer"], "me")
        told(f"subscriptions/{paid.subscription.id}/renew")
        invoices = self.v1.invoices.list({"customer": paid.customer})
        reasons = [invoice.billing_reason for invoice in invoices.data]
        self.assertEqual(reasons, ["subscription_cycle", "subscription_create"])
        links = self.v1.invoice_payments.list({"invoice": invoices.data[0].id})
        self.assertEqual(links.data[0].payment.type, "payment_intent")

    def test_events_are_listed_newest_first_and_page_by_page(self):
        made = [self.v1.products.create({"name": f"Pin {n}"}).id for n in range(5)]
        pages = self.v1.events.list({"types": ["product.created"], "limit": 2})
        seen = [event.data.object["id"] for event in pages.auto_paging_iter()]
        self.assertEqual(seen[:5], made[::-1])

    def test_a_page_before_an_event_is_the_one_next_to_it(self):
        for n in range(4):
            self.v1.products.create({"name": f"Cup {n}"})
        newest = self.v1.events.list({"limit": 4}).data
        before = self.v1.events.list({"ending_before": newest[3].id, "limit": 2}).data
        self.assertEqual([event.id for event in before], [event.id for event in newest[1:3]])

    def test_one_idempotency_key_does_one_thing(self):
        once = {"idempotency_key": f"python-{os.getpid()}"}
        first = self.v1.checkout.sessions.create(HOODIE, once)
        self.assertEqual(first.id, self.v1.checkout.sessions.create(HOODIE, once).id)
        with self.assertRaises(stripe.IdempotencyError):
            self.v1.checkout.sessions.create({**HOODIE, "client_reference_id": "x"}, once)

    def test_the_client_knows_each_refusal(self):
        with self.assertRaises(stripe.InvalidRequestError) as missing:
            self.v1.checkout.sessions.create(
                {**HOODIE, "line_items": [{"price": "price_none", "quantity": 1}]}
            )
        self.assertEqual(missing.exception.param, "line_items[0][price]")
        with self.assertRaises(stripe.AuthenticationError):
            client("nonsense").v1.events.list()
        told("keys", {"key": "rk_test_narrowOfPython", "permissions": ["event_read"]})
        with self.assertRaises(stripe.PermissionError):
            client("rk_test_narrowOfPython").v1.checkout.sessions.create(HOODIE)
        for fault, error in [
            ("429", stripe.RateLimitError),
            ("500", stripe.APIError),
            ("garbage", stripe.APIError),
            ("half", stripe.APIConnectionError),
        ]:
            told("faults", {"api": {"fault": fault, "count": 1}})
            with self.subTest(fault), self.assertRaises(error):
                self.v1.events.list()

    def test_a_delivery_is_signed_as_stripe_signs(self):
        sent = queue.Queue()

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                sent.put((body, self.headers["stripe-signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Endpoint)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        endpoint = self.v1.webhook_endpoints.create(
            {"url": url, "enabled_events": ["checkout.session.completed"]}
        )
        self.addCleanup(self.v1.webhook_endpoints.delete, endpoint.id)
        session = self.v1.checkout.sessions.create(HOODIE)
        told(f"sessions/{session.id}/pay", {"how": "later"})
        body, signature = sent.get(timeout=60)
        event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
        self.assertEqual(event.data.object.id, session.id)
        self.assertEqual(event.data.object.payment_status, "unpaid")
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body + b" ", signature, endpoint.secret)


if __name__ == "__main__":
    unittest.main()
