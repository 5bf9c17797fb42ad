"""localstripe, a fake by somebody else, against a gateway that takes payment intents for sales."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import stripe

TILLBELL = os.environ["TILLBELL"]
SECRET = "whsec_ofLocalstripe"
SERVE = (
    "import sys; from aiohttp import web; from localstripe.server import app;"
    "web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]))"
)


def wait_for(what, look):
    """Looks again and again until `look` gives something."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if seen := look():
                return seen
        except (OSError, ValueError):
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def call(url, data=None, **headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Localstripe(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name) / "data"
        self.run_beside([TILLBELL, "serve", "--listen", "127.0.0.1:0", "--data", self.data])
        address = self.data / "address"
        self.gateway = wait_for("the gateway", lambda: address.read_text().strip())
        wait_for("readiness", lambda: call(f"{self.gateway}/readyz") is not None)
        self.tillbell("streamer", "set", "me", "payment_intents=true")
        self.tillbell("secret", "add", "--streamer", "me", said=SECRET)
        port = free_port()
        self.peer = f"http://127.0.0.1:{port}"
        # It keeps a file in the folder for temporary files, always the same.
        own = {**os.environ, "TMPDIR": folder.name}
        self.run_beside([sys.executable, "-c", SERVE, str(port)], cwd=folder.name, env=own)
        hook = f"url={self.gateway}/webhooks/stripe/me&secret={SECRET}".encode()
        wait_for("localstripe", lambda: call(f"{self.peer}/_config/webhooks/me", hook) is not None)
        self.v1 = stripe.StripeClient("sk_test_12345", base_addresses={"api": self.peer}).v1

    def run_beside(self, command, **options):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def tillbell(self, *words, said=None):
        command = [TILLBELL, *words, "--data", self.data, "--json"]
        done = subprocess.run(command, input=said, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_payment_becomes_an_alert_and_its_refund_is_seen(self):
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        method = self.v1.payment_methods.create({"type": "card", "card": card})
        customer = self.v1.customers.create({"email": "buyer@example.test"})
        self.v1.payment_methods.attach(method.id, {"customer": customer.id})
        payment = self.v1.payment_intents.create(
            {
                "amount": 2599,
                "currency": "eur",
                "customer": customer.id,
                "payment_method": method.id,
                "confirm": True,
            }
        )
        self.assertEqual(payment.status, "succeeded")
        (alert,) = wait_for("the alert", lambda: self.tillbell("alerts", "list"))
        self.assertEqual(alert["amount"]["minor"], 2599)
        self.assertEqual(alert["amount"]["currency"], "EUR")

        # localstripe tells nobody of refunds: its refund is told as Stripe would.
        refund = self.v1.refunds.create({"payment_intent": payment.id})
        body = json.dumps(
            {
                "id": "evt_refund",
                "object": "event",
                "type": "refund.created",
                "created": int(time.time()),
                "livemode": False,
                "data": {"object": refund.to_dict()},
            }
        )
        now = int(time.time())
        signature = stripe.WebhookSignature._compute_signature(f"{now}.{body}", SECRET)
        call(
            f"{self.gateway}/webhooks/stripe/me",
            body.encode(),
            **{"stripe-signature": f"t={now},v1={signature}", "content-type": "application/json"},
        )
        wait_for("the refund", lambda: self.tillbell("alerts", "list")[0]["refunded"])


if __name__ == "__main__":
    unittest.main()
