//! What all objects share: pages of lists, and `expand[]`.

use serde_json::{Value, json};

use super::{
    books::Books,
    forms::Params,
    refusal::{Answer, Refusal},
};

/// Rows of a page when the caller does not say, and at most.
const PAGE: (i64, i64) = (10, 100);
/// Deepest `expand`, as at Stripe.
const EXPAND_DEPTH_MAX: usize = 4;

/// One page of `rows`, which are in the list's order.
pub(super) fn page(rows: &[&Value], params: &Params<'_>, url: &str) -> Answer {
    let limit = params.whole("limit")?.unwrap_or(PAGE.0);
    if !(1..=PAGE.1).contains(&limit) {
        let message = format!("This value must be between 1 and {} (inclusive).", PAGE.1);
        return Err(Refusal::param("limit", message).code("parameter_invalid_integer"));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    let place = |key: &str| match params.text(key)? {
        None => Ok(None),
        Some(id) => match rows.iter().position(|row| row["id"] == id) {
            Some(at) => Ok(Some(at)),
            None => Err(Refusal::no_such("object", id, Some(key.into()))),
        },
    };
    let (page, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            return Err(Refusal::request(
                "You can use either starting_after or ending_before, not both.",
            ));
        }
        (_, Some(end)) => {
            let start = end.saturating_sub(limit);
            (&rows[start..end], start > 0)
        }
        (after, None) => {
            let start = after.map_or(0, |at| at + 1);
            let end = rows.len().min(start + limit);
            (&rows[start..end], end < rows.len())
        }
    };
    Ok(json!({ "object": "list", "data": page, "has_more": has_more, "url": url }))
}

/// Puts objects in the place of their ids, along each path of `expand[]`.
pub(super) fn expand(
    answer: &mut Value,
    params: &Params<'_>,
    books: &Books,
) -> Result<(), Refusal> {
    for path in params.texts("expand") {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > EXPAND_DEPTH_MAX + 1 {
            let message = format!("You cannot expand more than {EXPAND_DEPTH_MAX} levels.");
            return Err(Refusal::param("expand", message));
        }
        if !walk(answer, &steps, books) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(Refusal::param("expand", message));
        }
    }
    Ok(())
}

fn walk(node: &mut Value, steps: &[&str], books: &Books) -> bool {
    if let Value::Array(entries) = node {
        return entries.iter_mut().all(|entry| walk(entry, steps, books));
    }
    if let Some(object) = node.as_str().and_then(|id| books.get(id)) {
        *node = object.clone();
    }
    let Some((step, rest)) = steps.split_first() else { return true };
    if node.is_null() || node["deleted"] == true {
        return true;
    }
    if let Some(part) = left_out(node, step, books) {
        node[*step] = part;
    }
    match node.get_mut(step) {
        Some(below) if !below.is_boolean() && !below.is_number() => walk(below, rest, books),
        _ => false,
    }
}

/// What is no part of an object unless it is asked for.
fn left_out(node: &Value, step: &str, books: &Books) -> Option<Value> {
    let id = node["id"].as_str()?;
    let rows: Vec<Value> = match step {
        "line_items" => books.lines.get(id)?.clone(),
        "payments" => {
            books.of_kind("invoice_payment").filter(|row| row["invoice"] == id).cloned().collect()
        }
        "refunds" => books.of_kind("refund").filter(|row| row["charge"] == id).cloned().collect(),
        _ => return None,
    };
    let (first, _) = PAGE;
    let shown = rows.len().min(usize::try_from(first).unwrap_or_default());
    let url = format!("/v1/{step}?of={id}");
    Some(json!({
        "object": "list", "data": rows[..shown], "has_more": rows.len() > shown, "url": url,
    }))
}
