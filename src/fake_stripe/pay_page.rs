//! The pages a buyer sees. Plain, without a script, and marked as what they are.

use std::fmt::Write as _;

use serde_json::Value;

use crate::money::{Currency, Money};

const STYLE: &str = "
:root { color-scheme: light dark; --paper: #faf7f1; --card: #fff; --line: #e4ddd0; --text: #1d1914;
  --muted: #6b6356; --sky: #1f62a6; --action: #e0a63a; --on-action: #16130f; --coral: #b23a29; }
@media (prefers-color-scheme: dark) { :root { --paper: #16130f; --card: #1f1b16; --line: #3a342b;
  --text: #f4efe6; --muted: #a79f91; --sky: #6aa9e9; --coral: #e5604d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
header { padding: 8px 16px; border-bottom: 2px dashed var(--sky); color: var(--sky);
  font-weight: 600; text-align: center; }
main { max-width: 480px; margin: 24px auto; padding: 24px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
h1 { margin: 0 0 16px; font-size: 20px; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 8px 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; }
td:last-child { text-align: right; }
tr:last-child > * { border: 0; font-size: 20px; font-weight: 600; }
label { display: block; margin-top: 16px; color: var(--muted); font-size: 14px; }
input, select { display: block; width: 100%; margin-top: 4px; padding: 8px; font: inherit;
  color: var(--text); background: var(--paper); border: 1px solid var(--muted); border-radius: 6px; }
button { display: block; width: 100%; min-height: 44px; margin-top: 12px; font: inherit;
  color: var(--text); background: none; border: 1px solid var(--muted); border-radius: 6px;
  cursor: pointer; }
button.main { margin-top: 24px; color: var(--on-action); background: var(--action);
  border-color: var(--action); font-weight: 600; }
.no { padding: 8px 12px; color: var(--coral); border: 1px solid var(--coral); border-radius: 6px; }
";

/// A whole page; `title` and `body` are markup.
fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · fake Stripe</title><style>{STYLE}</style></head><body>\
         <header>Fake Stripe: a rehearsal, no real money moves</header>\
         <main>{body}</main></body></html>"
    )
}

/// A page that only says something.
pub(super) fn said(title: &str, text: &str) -> String {
    page(&escaped(title), &format!("<h1>{}</h1><p>{}</p>", escaped(title), escaped(text)))
}

/// Where a session is paid. `refused` is why the last try did not work.
pub(super) fn session(session: &Value, lines: &[Value], refused: Option<&str>) -> String {
    let mut body = String::from("<h1>Pay</h1>");
    if let Some(why) = refused {
        put(&mut body, format_args!("<p class=\"no\" role=\"alert\">{}</p>", escaped(why)));
    }
    body.push_str("<table>");
    for line in lines {
        let name = escaped(line["description"].as_str().unwrap_or_default());
        let amount = money(&line["amount_total"], &line["currency"]);
        let quantity = &line["quantity"];
        put(
            &mut body,
            format_args!("<tr><td>{name}</td><td>×{quantity}</td><td>{amount}</td></tr>"),
        );
    }
    let total = money(&session["amount_total"], &session["currency"]);
    put(
        &mut body,
        format_args!("<tr><th scope=\"row\" colspan=\"2\">Total</th><td>{total}</td></tr></table>"),
    );
    body.push_str("<form method=\"post\">");
    for custom in session["custom_fields"].as_array().into_iter().flatten() {
        field(&mut body, custom);
    }
    body.push_str(
        "<label>E-mail<input type=\"email\" name=\"email\" value=\"buyer@example.test\"></label>\
         <label>Name on the card<input name=\"name\" value=\"Robin Example\"></label>\
         <button class=\"main\" name=\"how\" value=\"card\">Pay</button>\
         <button name=\"how\" value=\"later\">Pay later (bank debit)</button>\
         <button name=\"how\" value=\"decline\">Decline</button>\
         <button name=\"how\" value=\"back\" formnovalidate>Back</button></form>",
    );
    page("Pay", &body)
}

fn field(body: &mut String, custom: &Value) {
    let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
    let (key, label) = (text(&custom["key"]), text(&custom["label"]["custom"]));
    let optional = custom["optional"] == true;
    let required = if optional { "" } else { " required" };
    let note = if optional { " (optional)" } else { "" };
    put(body, format_args!("<label>{label}{note}"));
    if custom["type"] == "dropdown" {
        put(body, format_args!("<select name=\"fields[{key}]\"{required}>"));
        for option in custom["dropdown"]["options"].as_array().into_iter().flatten() {
            let (value, label) = (text(&option["value"]), text(&option["label"]));
            put(body, format_args!("<option value=\"{value}\">{label}</option>"));
        }
        body.push_str("</select></label>");
    } else {
        let kind = custom["type"].as_str().unwrap_or_default();
        let most = custom[kind]["maximum_length"].as_i64().unwrap_or(255);
        put(
            body,
            format_args!("<input name=\"fields[{key}]\" maxlength=\"{most}\"{required}></label>"),
        );
    }
}

/// Where a debit waits for the bank, and whoever rehearses is the bank.
pub(super) fn bank() -> String {
    page(
        "Waiting for the bank",
        "<h1>Waiting for the bank</h1><p>The buyer has gone, and their bank takes days to answer. \
         Here you are the bank.</p><form method=\"post\">\
         <button class=\"main\" name=\"how\" value=\"bank_pays\">The bank pays</button>\
         <button name=\"how\" value=\"bank_refuses\">The bank refuses</button></form>",
    )
}

/// Where a connected account signs up.
pub(super) fn onboarding() -> String {
    page(
        "Sign up",
        "<h1>Connect your account</h1><p>Stripe would ask for your shop, your bank and your papers \
         here. The fake believes you.</p><form method=\"post\">\
         <button class=\"main\">Finish signing up</button></form>",
    )
}

fn money(minor: &Value, currency: &Value) -> String {
    let Ok(currency) = Currency::parse(currency.as_str().unwrap_or_default()) else {
        return minor.to_string();
    };
    Money::new(minor.as_i64().unwrap_or_default(), currency).text()
}

fn put(body: &mut String, text: std::fmt::Arguments<'_>) {
    let _infallible = body.write_fmt(text);
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
