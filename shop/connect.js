// An invited streamer's way to Stripe and back. The code came in the fragment; this tab remembers it, since Stripe's
// way back does not bring it again.

const [title, text, next] = ["#title", "#text", "#next"].map((id) => document.querySelector(id));
const KEPT = "tillbell-invitation";

function say(heading, sentence) {
  title.textContent = heading;
  text.textContent = sentence;
}

const code = new URLSearchParams(location.hash.slice(1)).get("c") ?? sessionStorage.getItem(KEPT);
const cameBack = location.hash === "";
history.replaceState(null, "", location.pathname);

if (code) {
  sessionStorage.setItem(KEPT, code);
  const headers = { "content-type": "application/json" };
  try {
    const answer = await fetch("/connect", { method: "POST", headers, body: JSON.stringify({ code }) });
    const told = await answer.json();
    if (!answer.ok) say("That did not work", `${told.detail}.`);
    else if (told.ready) say("Connected", `Sales at this Stripe account ring for ${told.streamer} from now on.`);
    else {
      const still = "Stripe still needs something from you before you can take payments.";
      say(cameBack ? "Not quite done" : "Connect your Stripe account", cameBack ? still : "Stripe asks who you are and where the money goes. It takes some minutes.");
      next.href = told.url;
      next.hidden = false;
    }
  } catch {
    say("The gateway does not answer", "Reload this page in a moment.");
  }
} else {
  say("Open your invitation again", "This page needs the whole link you were given.");
}
