//! Writes the table into docs/PERFORMANCE.md, and its picture.

use std::{fs, path::Path};

use crate::{
    plot,
    report::{self, Item},
};

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Replaces what stands between the marks.
pub(crate) fn write(items: &[Item]) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let picture = docs.join("pictures/performance.svg");
    fs::write(picture, plot::draw(items)).expect("it is writable");
    let file = docs.join("PERFORMANCE.md");
    let text = fs::read_to_string(&file).expect("it is part of the project");
    let (before, rest) = text.split_once(BEGIN).expect("the mark where the table begins");
    let (_, after) = rest.split_once(END).expect("the mark where the table ends");
    let picture = "![The goals, and how near they are](pictures/performance.svg)";
    let table = report::page(items);
    fs::write(&file, format!("{before}{BEGIN}\n{picture}\n\n{table}\n{END}{after}"))
        .expect("it is writable");
    eprintln!("written to {}", file.display());
}
