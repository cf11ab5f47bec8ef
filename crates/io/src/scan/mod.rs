//! What a file would do to a program that unpickles it. Nothing is unpickled: pickles are looked for by what stands in the
//! files, whatever these are called, followed by the machine that cannot call anything, and judged by the names in them.

mod archives;
mod pickles;
mod policy;

use crate::atomic::io_error;
use flambeau_core::storage::mapped::MappedFile;
use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What is thought of a file, from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing in it could run, or do more than hold data.
    #[default]
    Safe,
    /// Something in it should be looked at: a class outside the closed set, or something that no honest program writes.
    Suspicious,
    /// Some of it could not be looked at, so nobody knows.
    Unread,
    /// A program that unpickles it can be made to do what the file says.
    Dangerous,
}

impl Verdict {
    /// The verdict in one word.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Safe => "safe",
            Verdict::Suspicious => "suspicious",
            Verdict::Unread => "unread",
            Verdict::Dangerous => "dangerous",
        }
    }

    /// What a program that scans ends with: 0 safe, 1 suspicious, 2 dangerous, 3 not all could be read.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Safe => 0,
            Verdict::Suspicious => 1,
            Verdict::Dangerous => 2,
            Verdict::Unread => 3,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// What sort of thing it is, in a word or two: `global`, `call`, `memo`, `zip`.
    pub kind: &'static str,
    /// The way to it through archives and strings, joined by ` > `; empty for the file itself.
    pub entry: String,
    /// The byte of the file or the entry at which it stands.
    pub byte: usize,
    /// What was found.
    pub text: String,
}

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// Everything that was found, the harmless too, in the order of the file.
    pub findings: Vec<Finding>,
    /// How many findings beyond those are not told, none of them worse.
    pub left_out: usize,
}

/// Looks at a file, or at all files of a folder and the folders in it. Whatever cannot be read is reported as such.
pub fn scan(path: impl AsRef<Path>) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut folders_seen = HashSet::new();
    let mut to_do = vec![path.as_ref().to_path_buf()];
    while let Some(path) = to_do.pop() {
        let unread = |text: String| {
            let finding = Finding { verdict: Verdict::Unread, kind: "file", entry: String::new(), byte: 0, text };
            Report { path: path.clone(), verdict: Verdict::Unread, findings: vec![finding], left_out: 0 }
        };
        let kind = match fs::metadata(&path) {
            Ok(info) => info.file_type(),
            Err(e) => {
                reports.push(unread(io_error("read", &path, &e).to_string()));
                continue;
            }
        };
        if kind.is_dir() {
            // A link may lead back to a folder above.
            let listed = path.canonicalize().and_then(|real| {
                if !folders_seen.insert(real) {
                    return Ok(Vec::new());
                }
                let entries = fs::read_dir(&path)?.map(|entry| Ok(entry?.path()));
                entries.collect::<std::io::Result<Vec<PathBuf>>>()
            });
            match listed {
                Ok(mut entries) => {
                    entries.sort_by(|a, b| b.cmp(a));
                    to_do.extend(entries);
                }
                Err(e) => reports.push(unread(io_error("read", &path, &e).to_string())),
            }
        } else if kind.is_file() {
            match File::open(&path).and_then(|file| MappedFile::map(&file)) {
                Ok(map) => reports.push(Report { path: path.clone(), ..scan_bytes(map.bytes()) }),
                Err(e) => reports.push(unread(io_error("read", &path, &e).to_string())),
            }
        } else {
            reports.push(unread(format!("cannot read {}: it is neither a file nor a folder", path.display())));
        }
    }
    reports
}

/// Looks at what a file holds.
pub fn scan_bytes(bytes: &[u8]) -> Report {
    let mut scan = Scan {
        report: Report { path: PathBuf::new(), verdict: Verdict::Safe, findings: Vec::new(), left_out: 0 },
        told: HashSet::new(),
        work: WORK + bytes.len().saturating_mul(32),
        room: ROOM.max(bytes.len().saturating_mul(16)),
        objects: OBJECTS.max(bytes.len()),
    };
    scan.blob(Place { entry: "", byte: 0, depth: 0, in_pickle: false, stacked: false }, bytes);
    scan.report
}

/// How often bytes may be looked at, beside 32 times each of the file's.
const WORK: usize = 128 << 20;
/// How much may be unpacked, or 16 times the file.
const ROOM: usize = 64 << 20;
/// How many objects a pickle may make, or as many as the file has bytes.
const OBJECTS: usize = 1 << 17;
/// How deep archives and strings may lie in each other.
const DEPTH: usize = 8;
/// How many findings are told.
const FINDINGS: usize = 1000;

/// Where bytes stand that are looked at.
#[derive(Clone, Copy)]
struct Place<'a> {
    entry: &'a str,
    /// The byte of the entry at which they begin.
    byte: usize,
    depth: usize,
    /// Whether they are a string of a pickle.
    in_pickle: bool,
    /// Whether pickles stand behind each other there by rule: in the lists of storages and tensors of PyTorch's oldest files.
    stacked: bool,
}

/// A scan under way: what was found, and what may still be spent.
struct Scan {
    report: Report,
    told: HashSet<(String, String)>,
    work: usize,
    room: usize,
    objects: usize,
}

impl Scan {
    /// Notes a finding, once for an entry.
    fn tell(&mut self, verdict: Verdict, kind: &'static str, place: Place<'_>, at: usize, text: String) {
        let report = &mut self.report;
        if report.findings.len() >= FINDINGS && verdict <= report.verdict {
            report.left_out += 1;
        } else if self.told.insert((place.entry.to_string(), text.clone())) {
            report.findings.push(Finding { verdict, kind, entry: place.entry.into(), byte: place.byte + at, text });
            report.verdict = report.verdict.max(verdict);
        }
    }

    /// Takes what looking at some bytes costs; false, once, when nothing is left.
    fn spend(&mut self, place: Place<'_>, bytes: usize) -> bool {
        match self.work.checked_sub(bytes) {
            Some(left) => {
                self.work = left;
                true
            }
            None => {
                let text = "the file asks for more work than its size allows; the rest was not looked at";
                self.tell(Verdict::Unread, "limit", place, 0, text.into());
                false
            }
        }
    }

    /// Looks at bytes that may be anything.
    fn blob(&mut self, place: Place<'_>, bytes: &[u8]) {
        if place.depth > DEPTH {
            let text =
                format!("archives or strings lie more than {DEPTH} deep in each other; this one was not looked at");
            return self.tell(Verdict::Unread, "depth", place, 0, text);
        }
        if !self.spend(place, bytes.len()) {
            return;
        }
        // What archives hold was looked at; pickles may stand before, between and behind.
        let mut at = 0;
        for range in self.archives(place, bytes) {
            if range.start > at {
                self.pickles(Place { byte: place.byte + at, ..place }, &bytes[at..range.start]);
            }
            at = at.max(range.end);
        }
        if at < bytes.len() {
            self.pickles(Place { byte: place.byte + at, ..place }, &bytes[at..]);
        }
    }
}

/// Where some bytes stand next, at `from` or behind.
fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let (first, mut at) = (*what.first()?, from);
    loop {
        // The standard library's quickest search for a byte; it goes to the end, or behind the byte.
        let mut rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        at += std::io::BufRead::skip_until(&mut rest, first).ok()?;
        if bytes[at - 1] == first && bytes[at - 1..].starts_with(what) {
            return Some(at - 1);
        }
    }
}
