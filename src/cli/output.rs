//! Text for people: aligned, indented by two, coloured only for state.

use serde_json::Value;

use crate::money::Money;

/// A column: its head, and what it shows of a row.
pub(super) type Column = (&'static str, fn(&Value) -> String);

/// Rows as cells.
pub(super) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[Column], rows: &[Value]) -> Self {
        let cells = |row| columns.iter().map(|(_, cell)| printable(&cell(row))).collect();
        Self {
            heads: columns.iter().map(|(head, _)| *head).collect(),
            rows: rows.iter().map(cells).collect(),
        }
    }

    pub(super) fn render(&self, colours: bool) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0).max(self.heads[column].len())
        };
        let widths: Vec<_> = (0..self.heads.len()).map(width).collect();
        let line = |cells: &[String], colours: bool| {
            let mut text = String::from("  ");
            for ((cell, width), head) in cells.iter().zip(&widths).zip(&self.heads) {
                let padded = format!("{cell:<width$}  ");
                let is_state = colours && *head == "state";
                text.push_str(&if is_state { colour(cell, &padded) } else { padded });
            }
            text.trim_end().to_owned()
        };
        let heads: Vec<_> = self.heads.iter().map(ToString::to_string).collect();
        let mut lines = vec![line(&heads, false)];
        lines.extend(self.rows.iter().map(|row| line(row, colours)));
        lines.join("\n")
    }
}

/// A state's word in its colour: green for what went well, red for what viewers did not see, yellow
/// for what waits for somebody.
pub(super) fn colour(state: &str, text: &str) -> String {
    let code = match state {
        "shown" | "ok" | "verifies" | "active" => 32,
        "missed" | "interrupted" | "rejected" | "fails" => 31,
        "held" | "skipped" | "warning" | "inactive" => 33,
        "playing" | "queued" | "accepted" => 36,
        _ => return text.into(),
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// The value at a JSON pointer as a person writes it; `-` for none.
pub(super) fn at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).map_or_else(|| "-".into(), plain)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) => time(text).unwrap_or_else(|| text.clone()),
        Value::Array(items) if items.is_empty() => "-".into(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => money(other).unwrap_or_else(|| other.to_string()),
    }
}

/// An amount of the wire as people write it.
fn money(value: &Value) -> Option<String> {
    let amount: Money = serde_json::from_value(value.clone()).ok()?;
    Some(amount.text())
}

/// A moment of the wire without its fraction: `2026-01-02 03:04:05Z`.
fn time(text: &str) -> Option<String> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// All fields of an object under one another; those of inner objects by both names.
pub(super) fn record(thing: &Value) -> String {
    let mut fields = Vec::new();
    collect(thing, "", &mut fields);
    // The rest stays in the order of the alphabet, which is the order of our JSON.
    fields.sort_by_key(|(label, _)| label != "id");
    labelled(&fields)
}

/// Labels and values, aligned.
pub(super) fn labelled(fields: &[(String, String)]) -> String {
    let width = fields.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let lines = fields.iter().map(|(label, value)| {
        format!("  {label:<width$}  {}", printable(value)).trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn collect(thing: &Value, prefix: &str, fields: &mut Vec<(String, String)>) {
    let Value::Object(members) = thing else { return };
    for (name, value) in members {
        let label = format!("{prefix}{name}");
        match value {
            Value::Object(_) if money(value).is_none() => {
                collect(value, &format!("{label} "), fields)
            }
            value => fields.push((label, plain(value))),
        }
    }
}

/// Names and messages come from buyers: a control character would reach the terminal as a command, a
/// bidi control would turn the rest of the line round.
pub(super) fn printable(text: &str) -> String {
    let turns = |c| matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// `1 connection`, `2 connections`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
