//! theme.css as a tree. Everything that is checked is checked on it, and what pages get is written from it
//! anew: what was not understood here never reaches a page.

use std::fmt::Write as _;

use cssparser::{ParseError, Parser, ToCss as _, Token};

use super::{
    archive::SHEET,
    finding::{Check, Finding},
};

/// What a token is, as far as anybody asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A word.
    Ident(String),
    /// `@` and a word.
    At(String),
    /// `#` and letters.
    Hash(String),
    /// A quoted text.
    Text(String),
    /// `url(…)` without quotes.
    Url(String),
    /// A number with its unit, `%`, or nothing.
    Number(f32, String),
    /// One sign.
    Sign(char),
    /// White space or a comment.
    Space,
    /// `name(…)`.
    Function(String),
    /// `(…)`, `[…]`, `{…}` by their opening.
    Block(char),
    /// Anything else.
    Other,
}

/// A token, or a block with what is in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// What it is; words of functions and units in small letters.
    pub(super) kind: Kind,
    /// In which line, from 1.
    pub(super) line: u32,
    /// What is in the block.
    pub(super) inside: Vec<Node>,
    /// How it is written, up to what is in the block.
    css: String,
}

impl Node {
    /// A word, escaped already.
    pub(super) fn word_of(css: String, line: u32) -> Self {
        Self { kind: Kind::Ident(css.clone()), line, inside: Vec::new(), css }
    }

    /// Whether it is this sign.
    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// Its word, if it is one, in small letters.
    pub(super) fn word(&self) -> Option<String> {
        if let Kind::Ident(word) = &self.kind { Some(word.to_ascii_lowercase()) } else { None }
    }
}

/// `name: value`.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    /// The property, in small letters unless it is a custom one.
    pub(super) name: String,
    /// Its value, without space around.
    pub(super) value: Vec<Node>,
    /// In which line it begins.
    pub(super) line: u32,
}

/// A rule: selectors, or steps of keyframes, and what they declare.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Each without space around.
    pub(super) selectors: Vec<Vec<Node>>,
    /// What is declared.
    pub(super) declarations: Vec<Declaration>,
    /// In which line it begins.
    pub(super) line: u32,
}

/// What a sheet is made of.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A plain rule.
    Rule(Rule),
    /// `@media` with its condition.
    Media(Vec<Node>, Vec<Rule>),
    /// `@keyframes` with its name.
    Keyframes(String, Vec<Rule>),
    /// `@font-face`.
    FontFace(Vec<Declaration>),
}

/// Reads a sheet: what it is made of, and every line that cannot be read.
pub(super) fn parse(sheet: &[u8]) -> (Vec<Item>, Vec<Finding>) {
    let mut findings = Vec::new();
    let Ok(text) = std::str::from_utf8(sheet) else {
        return (Vec::new(), vec![Check::Syntax.found(SHEET, None, "it is no UTF-8 text")]);
    };
    let mut parser = Parser::new(text.trim_start_matches('\u{feff}'));
    let Ok(read) = nodes(&mut parser) else {
        let line = parser.current_source_location().line + 1;
        findings.push(Check::Syntax.found(SHEET, Some(line), "quotes or brackets do not match"));
        return (Vec::new(), findings);
    };
    let items = items(&read, &mut findings);
    (items, findings)
}

fn nodes(parser: &mut Parser<'_>) -> Result<Vec<Node>, ()> {
    let mut all = Vec::new();
    loop {
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else {
            return Ok(all);
        };
        if token.is_parse_error() {
            return Err(());
        }
        let line = parser.current_source_location().line + 1;
        let kind = kind(&token);
        let inside = if let Kind::Function(_) | Kind::Block(_) = kind {
            let nested: Result<_, ParseError<()>> =
                parser.parse_nested_block(|parser| nodes(parser).map_err(ParseError::custom));
            nested.map_err(|_| ())?
        } else {
            Vec::new()
        };
        let css = if kind == Kind::Space { " ".into() } else { token.to_css_string() };
        all.push(Node { kind, line, inside, css });
    }
}

fn kind(token: &Token<'_>) -> Kind {
    let small = |text: &str| text.to_ascii_lowercase();
    match token {
        Token::Ident(word) => Kind::Ident(word.to_string()),
        Token::AtKeyword(word) => Kind::At(small(word)),
        Token::Hash(word) | Token::IDHash(word) => Kind::Hash(word.to_string()),
        Token::QuotedString(text) => Kind::Text(text.to_string()),
        Token::UnquotedUrl(text) => Kind::Url(text.to_string()),
        Token::Number { value, .. } => Kind::Number(*value, String::new()),
        Token::Percentage { unit_value, .. } => Kind::Number(unit_value * 100.0, "%".into()),
        Token::Dimension { value, unit, .. } => Kind::Number(*value, small(unit)),
        Token::Delim(sign) => Kind::Sign(*sign),
        Token::Colon => Kind::Sign(':'),
        Token::Semicolon => Kind::Sign(';'),
        Token::Comma => Kind::Sign(','),
        Token::WhiteSpace(_) | Token::Comment(_) => Kind::Space,
        Token::Function(name) => Kind::Function(small(name)),
        Token::ParenthesisBlock => Kind::Block('('),
        Token::SquareBracketBlock => Kind::Block('['),
        Token::CurlyBracketBlock => Kind::Block('{'),
        _ => Kind::Other,
    }
}

fn items(nodes: &[Node], findings: &mut Vec<Finding>) -> Vec<Item> {
    let mut items = Vec::new();
    for (head, body) in heads(nodes, findings) {
        let Kind::At(name) = &head[0].kind else {
            items.push(Item::Rule(rule(head, body, findings)));
            continue;
        };
        let (line, prelude) = (head[0].line, trim(&head[1..]));
        match (name.as_str(), body) {
            ("media", body) => items.push(Item::Media(prelude.to_vec(), rules(body, findings))),
            ("keyframes" | "-webkit-keyframes", body) => match prelude {
                [Node { kind: Kind::Ident(name), .. }] => {
                    items.push(Item::Keyframes(name.clone(), rules(body, findings)));
                }
                _ => {
                    findings.push(Check::Syntax.found(SHEET, Some(line), "keyframes have one name"))
                }
            },
            ("font-face", body) => items.push(Item::FontFace(declarations(body, findings))),
            _ => findings.push(no_at_rule(name, line)),
        }
    }
    items
}

fn no_at_rule(name: &str, line: u32) -> Finding {
    let check = if name == "import" { Check::Address } else { Check::Syntax };
    check.found(SHEET, Some(line), format!("@{name} has no place in a theme"))
}

fn rules(nodes: &[Node], findings: &mut Vec<Finding>) -> Vec<Rule> {
    let heads = heads(nodes, findings);
    let plain = heads.into_iter().filter_map(|(head, body)| {
        if let Kind::At(name) = &head[0].kind {
            findings.push(no_at_rule(name, head[0].line));
            return None;
        }
        Some(rule(head, body, findings))
    });
    plain.collect()
}

/// What stands before each `{…}`, and what is in it.
fn heads<'a>(nodes: &'a [Node], findings: &mut Vec<Finding>) -> Vec<(&'a [Node], &'a [Node])> {
    let mut heads = Vec::new();
    let mut rest = trim(nodes);
    while let Some(first) = rest.first() {
        let ends = |node: &Node| node.kind == Kind::Block('{') || node.is(';');
        let end = rest.iter().position(ends);
        match end.map(|end| (&rest[..end], &rest[end])) {
            Some((head, body)) if body.kind == Kind::Block('{') && !head.is_empty() => {
                heads.push((head, &*body.inside));
            }
            _ => findings.push(match &first.kind {
                Kind::At(name) => no_at_rule(name, first.line),
                _ => Check::Syntax.found(SHEET, Some(first.line), "here is no rule"),
            }),
        }
        rest = end.map_or(&[], |end| trim(&rest[end + 1..]));
    }
    heads
}

fn rule(head: &[Node], body: &[Node], findings: &mut Vec<Finding>) -> Rule {
    let selectors = head.split(|node| node.is(',')).map(|one| trim(one).to_vec()).collect();
    Rule { selectors, declarations: declarations(body, findings), line: head[0].line }
}

fn declarations(body: &[Node], findings: &mut Vec<Finding>) -> Vec<Declaration> {
    let each = body.split(|node| node.is(';')).map(trim).filter(|one| !one.is_empty());
    let read = each.filter_map(|one| {
        let line = one[0].line;
        let declared = declaration(one);
        if declared.is_none() {
            findings.push(Check::Syntax.found(SHEET, Some(line), "here is no “name: value”"));
        }
        declared
    });
    read.collect()
}

fn declaration(nodes: &[Node]) -> Option<Declaration> {
    let (Node { kind: Kind::Ident(name), line, .. }, rest) = nodes.split_first()? else {
        return None;
    };
    let (colon, value) = trim(rest).split_first()?;
    let value = trim(value);
    let custom = name.starts_with("--");
    // A block is a nested rule, or the rule after a forgotten semicolon.
    let block = value.iter().any(|node| matches!(node.kind, Kind::Block('{')));
    if !colon.is(':') || value.is_empty() || block {
        return None;
    }
    let name = if custom { name.clone() } else { name.to_ascii_lowercase() };
    Some(Declaration { name, value: value.to_vec(), line: *line })
}

/// Without space around.
fn trim(mut nodes: &[Node]) -> &[Node] {
    while let [Node { kind: Kind::Space, .. }, rest @ ..] = nodes {
        nodes = rest;
    }
    while let [rest @ .., Node { kind: Kind::Space, .. }] = nodes {
        nodes = rest;
    }
    nodes
}

/// Writes nodes as they were read, escapes and quotes made plain.
pub(super) fn write(nodes: &[Node], to: &mut String) {
    for node in nodes {
        to.push_str(&node.css);
        write(&node.inside, to);
        match node.kind {
            Kind::Function(_) | Kind::Block('(') => to.push(')'),
            Kind::Block('[') => to.push(']'),
            Kind::Block(_) => to.push('}'),
            _ => {}
        }
    }
}

/// Writes declarations, one a line.
pub(super) fn write_declarations(declarations: &[Declaration], to: &mut String) {
    for Declaration { name, value, .. } in declarations {
        let mut text = String::new();
        write(value, &mut text);
        let _ = writeln!(to, "  {name}: {text};");
    }
}

/// Nodes as text, for people.
pub(super) fn text(nodes: &[Node]) -> String {
    let mut text = String::new();
    write(nodes, &mut text);
    text.chars().take(80).collect()
}

/// Every node, those in blocks too.
pub(super) fn all(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().flat_map(|node| std::iter::once(node).chain(all(&node.inside))).collect()
}
