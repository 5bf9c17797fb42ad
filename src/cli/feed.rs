//! Server-sent events: the log as it grows.

use std::io::BufRead;

use serde_json::Value;

use super::client::next_line;

/// One event of the stream.
#[derive(Debug, PartialEq)]
pub(super) struct News {
    /// The position to go on from; live news has none.
    pub(super) position: Option<String>,
    /// The entry.
    pub(super) entry: Value,
}

/// The entries of a stream, until it ends.
pub(super) struct Feed<R> {
    lines: R,
}

impl<R: BufRead> Feed<R> {
    pub(super) fn new(lines: R) -> Self {
        Self { lines }
    }
}

impl<R: BufRead> Iterator for Feed<R> {
    type Item = News;

    fn next(&mut self) -> Option<News> {
        let (mut position, mut data) = (None, String::new());
        loop {
            let line = next_line(&mut self.lines)?;
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => position = Some(value.to_owned()).filter(|id| !id.is_empty()),
                "data" => {
                    data.push_str(value);
                    data.push('\n');
                }
                // A blank line ends an event; comments keep the connection open and carry nothing.
                "" if line.is_empty() => {
                    if let Ok(entry) = serde_json::from_str(&data) {
                        return Some(News { position, entry });
                    }
                    (position, data) = (None, String::new());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_read_whole() {
        let stream = ": hello\n\nid: e:1\ndata: {\"a\":1}\n\ndata: {\"b\":\ndata: 2}\n\n: ping\n\nid: e:2\ndata: {";
        let news: Vec<_> = Feed::new(stream.as_bytes()).collect();
        let first = News { position: Some("e:1".into()), entry: json!({"a": 1}) };
        let second = News { position: None, entry: json!({"b": 2}) };
        assert_eq!(news, [first, second], "the third was cut off");
    }
}
