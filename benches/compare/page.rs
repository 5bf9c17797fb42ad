//! Writes the table into docs/PERFORMANCE.md.

use std::{fs, path::Path};

use crate::report::{self, Item};

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Replaces what stands between the marks.
pub(crate) fn write(items: &[Item]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PERFORMANCE.md");
    let text = fs::read_to_string(&file).expect("it is part of the project");
    let (before, rest) = text.split_once(BEGIN).expect("the mark where the table begins");
    let (_, after) = rest.split_once(END).expect("the mark where the table ends");
    let table = report::page(items);
    fs::write(&file, format!("{before}{BEGIN}\n{table}\n{END}{after}")).expect("it is writable");
    eprintln!("written to {}", file.display());
}
