//! The write-ahead log as a file, looked at before SQLite does: that takes it up to the first frame
//! that does not fit, and drops the rest without a word. After a crash this is right, since all that
//! can be torn is the one commit that was not confirmed. More than one means that the disk damaged
//! what it had confirmed.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read},
    path::Path,
};

use super::open::PAGE;
use crate::store::{StoreError, files::unusable};

/// Bytes before the first frame, and before each page (sqlite.org/fileformat2.html, 4.1).
const HEADER: usize = 32;
const FRAME: usize = 24;

/// What a log begins with; the last bit says how its sums are made.
const MAGIC: u32 = 0x377f_0682;

/// Makes sure that no confirmed commit of this log would be dropped.
///
/// # Errors
/// When one would, or the file cannot be read.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let lost = match File::open(path) {
        Ok(file) => unreadable_commits(&mut BufReader::new(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    };
    match lost.map_err(|error| unusable(path, &error))? {
        0 | 1 => Ok(()),
        lost => Err(StoreError::Unreadable {
            what: format!("the newest part, {}", path.display()),
            why: format!(
                "it is damaged before its last {lost} commits: restore a backup, or move this file \
                 away to go on without them"
            ),
        }),
    }
}

/// How many commits come with or after the first frame that does not fit.
fn unreadable_commits(log: &mut impl Read) -> io::Result<usize> {
    let mut header = [0; HEADER];
    if !fill(log, &mut header)? {
        return Ok(0);
    }
    let big_endian = word(&header, 0) == MAGIC + 1;
    let mut sum = Sum { state: (0, 0), big_endian };
    sum.add(&header[..24]);
    let mut whole = word(&header, 0) & !1 == MAGIC && sum.is(&header[24..]);
    let page = if whole { word(&header, 8) as usize } else { PAGE };
    let mut salts = whole.then(|| header[16..24].to_vec());
    let (mut frame, mut lost) = (vec![0; FRAME + page], 0);
    while fill(log, &mut frame)? {
        // Without a header, the first frame tells which frames are of this log and not older ones.
        let salts = salts.get_or_insert_with(|| frame[8..16].to_vec());
        let is_of_this_log = frame[8..16] == **salts;
        if whole {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME..]);
            whole = is_of_this_log && sum.is(&frame[16..FRAME]);
        }
        let is_commit = word(&frame, 4) != 0;
        lost += usize::from(!whole && is_of_this_log && is_commit);
    }
    Ok(lost)
}

/// Fills a buffer; whether there was enough.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The sum over a log up to some place (4.2).
struct Sum {
    state: (u32, u32),
    big_endian: bool,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let read = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        let words = bytes.chunks_exact(4).map(|word| read(word.try_into().expect("four bytes")));
        for (number, word) in words.enumerate() {
            let (one, other) = self.state;
            if number % 2 == 0 {
                self.state.0 = one.wrapping_add(word).wrapping_add(other);
            } else {
                self.state.1 = other.wrapping_add(word).wrapping_add(one);
            }
        }
    }

    fn is(&self, bytes: &[u8]) -> bool {
        (word(bytes, 0), word(bytes, 4)) == self.state
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use rusqlite::Connection;

    use super::*;

    /// A log of ten commits of one page each.
    fn log() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("db");
        let db = Connection::open(&file).unwrap();
        db.execute_batch(&format!("PRAGMA page_size = {PAGE}")).unwrap();
        let _wal: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
        db.execute_batch("CREATE TABLE t (n)").unwrap();
        for n in 0..9 {
            db.execute("INSERT INTO t VALUES (?1)", [n]).unwrap();
        }
        std::fs::read(dir.path().join("db-wal")).unwrap()
    }

    fn unreadable(log: &[u8]) -> usize {
        unreadable_commits(&mut Cursor::new(log)).unwrap()
    }

    #[test]
    fn damage_is_told_from_a_torn_end() {
        let log = log();
        assert_eq!(unreadable(&log), 0);
        assert_eq!(unreadable(&[]), 0);
        let flipped = |at: usize| {
            let mut log = log.clone();
            log[at] ^= 4;
            unreadable(&log)
        };
        let frames = (log.len() - HEADER) / (FRAME + PAGE);
        assert_eq!(flipped(log.len() - 1), 1, "the last commit may be torn");
        assert_eq!(flipped(log.len() - (FRAME + PAGE) - 1), 2);
        assert_eq!(flipped(HEADER + FRAME + 100), 10);
        assert_eq!(flipped(17), 10, "the header's salt");
        assert_eq!(flipped(0), 10, "the header's magic");
        for missing in (1..log.len() / frames).step_by(97) {
            assert_eq!(unreadable(&log[..log.len() - missing]), 0, "a short end is no damage");
        }
    }
}
