//! What Stripe's clients send: forms whose names nest with brackets, as in
//! `line_items[0][price_data][currency]=eur`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::refusal::Refusal;

/// Most pairs of one form: a basket of 100 lines with all that belongs to them has fewer.
const PAIRS_MAX: usize = 4000;
/// Deepest nesting of a name; Stripe's own go to 6.
const DEPTH_MAX: usize = 10;
/// Most keys, longest key and longest value of metadata, from docs.stripe.com/api/metadata.
const METADATA_MAX: (usize, usize, usize) = (50, 40, 500);

/// Reads a form into the tree it stands for. All leaves are texts.
pub(super) fn read(form: &[u8]) -> Result<Value, Refusal> {
    let mut root = Value::Object(Map::new());
    for (count, (name, text)) in form_urlencoded::parse(form).enumerate() {
        let steps: Vec<&str> = name.split('[').map(|step| step.trim_end_matches(']')).collect();
        if count >= PAIRS_MAX || steps.len() > DEPTH_MAX {
            return Err(Refusal::request("Request has too many parameters."));
        }
        put(&mut root, &steps, &text).ok_or_else(|| Refusal::param(&*name, "Invalid form."))?;
    }
    arrays(&mut root);
    Ok(root)
}

/// Lists are kept as objects with numbers for names until all of the form is read.
fn put(node: &mut Value, steps: &[&str], text: &str) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        *node = text.into();
        return Some(());
    };
    let map = node.as_object_mut()?;
    let name = if step.is_empty() { map.len().to_string() } else { (*step).to_owned() };
    let below = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
    put(below, rest, text)
}

fn arrays(node: &mut Value) {
    let Some(map) = node.as_object_mut() else { return };
    map.values_mut().for_each(arrays);
    let numbers: Option<BTreeMap<usize, &String>> =
        map.keys().map(|name| Some((name.parse().ok()?, name))).collect();
    if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
        let names: Vec<String> = numbers.into_values().cloned().collect();
        *node = names.iter().filter_map(|name| map.remove(name)).collect();
    }
}

/// Parameters of a call, or a part of them, with the name of that part for refusals.
pub(super) struct Params<'a> {
    tree: &'a Value,
    within: String,
}

impl<'a> Params<'a> {
    pub(super) fn new(tree: &'a Value) -> Self {
        Self { tree, within: String::new() }
    }

    /// A parameter's full name, as in `line_items[0][price]`.
    pub(super) fn name(&self, key: &str) -> String {
        if self.within.is_empty() { key.to_owned() } else { format!("{}[{key}]", self.within) }
    }

    /// The parameter as it is; an empty text is none, as for Stripe.
    pub(super) fn raw(&self, key: &str) -> Option<&'a Value> {
        self.tree.get(key).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.raw(key) else { return Ok(None) };
        let text = value.as_str();
        text.map(Some).ok_or_else(|| Refusal::param(self.name(key), "Invalid string."))
    }

    pub(super) fn required(&self, key: &str) -> Result<&'a str, Refusal> {
        self.text(key)?.ok_or_else(|| Refusal::missing(self.name(key)))
    }

    /// A whole number, written as one.
    pub(super) fn whole(&self, key: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.raw(key) else { return Ok(None) };
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Refusal::param(self.name(key), format!("Invalid integer: {shown}"))
                .code("parameter_invalid_integer")
        })
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.raw(key) else { return Ok(None) };
        match (value.as_bool(), value.as_str()) {
            (Some(flag), _) => Ok(Some(flag)),
            (_, Some("true")) => Ok(Some(true)),
            (_, Some("false")) => Ok(Some(false)),
            _ => Err(Refusal::param(self.name(key), "Invalid boolean: must be true or false")),
        }
    }

    /// One of a few words.
    pub(super) fn word(
        &self,
        key: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Refusal> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let found = words.iter().find(|word| **word == text).copied();
        found.map(Some).ok_or_else(|| {
            let message = format!("Invalid {key}: must be one of {}", words.join(", "));
            Refusal::param(self.name(key), message)
        })
    }

    /// The parameters inside a parameter.
    pub(super) fn part(&self, key: &str) -> Option<Params<'a>> {
        let tree = self.raw(key).filter(|value| value.is_object())?;
        Some(Params { tree, within: self.name(key) })
    }

    /// The parameters inside each entry of a list.
    pub(super) fn list(&self, key: &str) -> Vec<Params<'a>> {
        let entries = self.raw(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let part = |(at, tree)| Params { tree, within: format!("{}[{at}]", self.name(key)) };
        entries.iter().enumerate().map(part).collect()
    }

    /// The texts of a list.
    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        let entries = self.raw(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        entries.iter().filter_map(Value::as_str).collect()
    }

    /// `metadata`, within Stripe's limits.
    pub(super) fn metadata(&self) -> Result<Value, Refusal> {
        let Some(given) = self.raw("metadata").and_then(Value::as_object) else {
            return Ok(json!({}));
        };
        let (keys, key_len, value_len) = METADATA_MAX;
        let too_long = given.iter().find(|(key, value)| {
            let length = value.as_str().map_or(usize::MAX, |text| text.chars().count());
            key.chars().count() > key_len || length > value_len
        });
        if let Some((key, _)) = too_long {
            let message = format!(
                "Metadata keys can have up to {key_len} characters, values up to {value_len}."
            );
            return Err(Refusal::param(format!("{}[{key}]", self.name("metadata")), message));
        }
        if given.len() > keys {
            let message = format!("Metadata can have up to {keys} keys.");
            return Err(Refusal::param(self.name("metadata"), message));
        }
        Ok(Value::Object(given.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest_and_numbers_make_lists() {
        let form = b"mode=payment&line_items[1][quantity]=2&line_items[0][price]=price_1\
            &metadata[streamer]=me&expand[]=a&expand[]=b&line_items[10][price]=price_2\
            &name=%C3%A9+x&price_data%5Bcurrency%5D=eur";
        let tree = read(form).unwrap();
        let expected = json!({
            "mode": "payment",
            "line_items": [{ "price": "price_1" }, { "quantity": "2" }, { "price": "price_2" }],
            "metadata": { "streamer": "me" },
            "expand": ["a", "b"],
            "name": "é x",
            "price_data": { "currency": "eur" },
        });
        assert_eq!(tree, expected);
        assert_eq!(read(b"").unwrap(), json!({}));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert!(read(b"a=1&a[b]=2").is_err());
        assert!(read("a[b]".repeat(20).as_bytes()).is_err());
    }

    #[test]
    fn a_refusal_names_the_whole_parameter() {
        let tree = read(b"line_items[0][quantity]=many").unwrap();
        let params = Params::new(&tree);
        let refusal = params.list("line_items")[0].whole("quantity").unwrap_err();
        assert_eq!(refusal.body()["error"]["param"], "line_items[0][quantity]");
        assert_eq!(refusal.body()["error"]["code"], "parameter_invalid_integer");
        let refusal = params.required("mode").unwrap_err();
        assert_eq!(refusal.body()["error"]["code"], "parameter_missing");
    }
}
