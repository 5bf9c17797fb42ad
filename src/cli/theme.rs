//! `theme`: a streamer's own themes. `check` needs no gateway.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use zip::{DateTime, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::client::segment;
use super::output::{Column, at, printable};
use super::{CliError, Console};
use crate::http::theme_sheets;
use crate::theme::{self, Finding};

/// Check, add, list, export or remove a streamer's own themes.
#[derive(Debug, Args)]
pub(super) struct Theme {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say what is wrong with a theme, and what to look at; needs no gateway
    Check {
        /// A zip, or the folder that would be zipped
        file: PathBuf,
    },
    /// Add a theme, or put it in the place of the one of its name
    Add {
        /// A zip, or the folder that would be zipped
        file: PathBuf,
    },
    /// List the streamer's own themes
    List,
    /// Write a theme's zip into a file, as it was added
    Export {
        /// Which
        name: String,
        /// The file to make [default: NAME.zip]; one that is there is not touched
        file: Option<PathBuf>,
    },
    /// Remove a theme that no setting and no rule asks for
    Remove {
        /// Which
        name: String,
    },
}

const COLUMNS: [Column; 5] = [
    ("name", |row| at(row, "/name")),
    ("title", |row| at(row, "/title")),
    ("version", |row| at(row, "/version")),
    ("base", |row| at(row, "/base")),
    ("added", |row| at(row, "/added")),
];

impl Theme {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let file = match &self.action {
            Action::Check { file } | Action::Add { file } => Some(file),
            _ => None,
        };
        let Some(file) = file else { return self.ask(console) };
        let zip = read(file)?;
        let checked = theme::check(&zip, theme_sheets);
        let refused = checked.manifest.is_none();
        if refused || matches!(self.action, Action::Check { .. }) {
            let findings = json!({ "refused": refused, "findings": checked.findings });
            console.say(&findings, &told(&checked.findings, refused))?;
            // What was found is on stdout already; the exit code says it to scripts.
            return if refused { Err(CliError::Failed(String::new())) } else { Ok(()) };
        }
        let client = console.client()?;
        let path = format!("{}/themes", client.at_streamer(self.streamer.as_deref())?);
        let added = client.upload(&path, "application/zip", &zip)?;
        let name = at(&added, "/theme/name");
        let warned = told(&checked.findings, false);
        let next = format!("use it with: tillbell streamer set … theme={name}");
        console.say(&added, &format!("{warned}\n  added {name}; {next}"))
    }

    /// What the gateway does without a file of ours.
    fn ask(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/themes", client.at_streamer(self.streamer.as_deref())?);
        let one = |name: &str| format!("{all}/{}", segment(name));
        match self.action {
            Action::Export { name, file } => {
                let file = file.unwrap_or_else(|| format!("{name}.zip").into());
                let mut zip = Vec::new();
                client.fetch(&one(&name), &mut zip)?;
                let made = File::create_new(&file).and_then(|mut made| made.write_all(&zip));
                made.map_err(|error| {
                    CliError::Failed(format!("cannot write {}: {error}", file.display()))
                })?;
                console.done("wrote", &file.display().to_string())
            }
            Action::Remove { name } => {
                client.delete(&one(&name))?;
                console.done("removed", &name)
            }
            _ => console.list(
                &client.list(&all, None)?,
                &COLUMNS,
                "no themes of your own: tillbell theme add FILE",
            ),
        }
    }
}

/// Findings as people read them: where, what, why, and what to do.
fn told(findings: &[Finding], refused: bool) -> String {
    let mut lines = Vec::new();
    for Finding { refused, file, line, what, why, fix, .. } in findings {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let file = if file.is_empty() { "the zip" } else { file };
        let word = if *refused { "refused" } else { "warning" };
        lines.push(format!("  {word}  {}{line}: {}", printable(file), printable(what)));
        lines.push(format!("           {why}; {fix}"));
    }
    lines.push(match (findings.len(), refused) {
        (0, _) => "  nothing found".into(),
        (all, true) => {
            format!("  refused for {all} {}", if all == 1 { "reason" } else { "reasons" })
        }
        (all, false) => {
            format!("  fine, with {all} {}", if all == 1 { "warning" } else { "warnings" })
        }
    });
    lines.join("\n")
}

/// A zip, or a folder's files as one.
fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error: &dyn std::fmt::Display| {
        CliError::Failed(format!("cannot read {}: {error}", path.display()))
    };
    if !path.is_dir() {
        return fs::read(path).map_err(|error| failed(&error));
    }
    zipped(path).map_err(|error| failed(&error))
}

/// The files of a folder as a zip: the same one each time, whoever makes it.
fn zipped(folder: &Path) -> Result<Vec<u8>, ZipError> {
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            // What editors and systems leave behind is not of the theme.
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
        if files.len() > theme::FILES_MAX {
            break;
        }
    }
    files.sort();
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        zip.start_file(parts.join("/"), options)?;
        zip.write_all(&fs::read(&path)?)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_zipped_the_same_each_time() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/theme");
        let zip = read(&folder).unwrap();
        assert_eq!(zip, read(&folder).unwrap());
        let checked = theme::check(&zip, theme_sheets);
        assert!(checked.manifest.is_some(), "{}", told(&checked.findings, true));
        assert_eq!(checked.findings, [], "{}", told(&checked.findings, false));
    }

    #[test]
    fn findings_are_told_in_words() {
        let zip = b"no zip";
        let checked = theme::check(zip, theme_sheets);
        let said = told(&checked.findings, true);
        assert!(said.starts_with("  refused  the zip: it is no zip that can be read\n"), "{said}");
        assert!(said.ends_with("\n  refused for 1 reason"), "{said}");
    }
}
