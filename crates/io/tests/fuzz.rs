//! Files cut at every byte and files changed at random, through every loader and the scan: nothing panics, and nothing takes
//! memory that the file does not account for. `fuzz/` does the same without end.

#[path = "../../../fuzz/bodies.rs"]
mod bodies;

use bodies::Scratch;
use std::path::Path;

/// Files up to this size are cut at every byte.
const SMALL: usize = 2560;
/// So many changed files are tried.
const CHANGED: usize = 10_000;

/// The fixtures and the attacks, of up to some bytes, with their names.
fn seeds(most: usize) -> Vec<(String, Vec<u8>)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folders = ["fixtures", "attacks"].map(|name| std::fs::read_dir(tests.join(name)).expect("a folder"));
    let mut paths: Vec<_> = folders.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let files = paths.into_iter().filter(|p| p.extension().is_none_or(|e| e != "json"));
    let read = |path: std::path::PathBuf| (path.display().to_string(), std::fs::read(path).expect("a file"));
    files.map(read).filter(|(_, bytes)| bytes.len() <= most).collect()
}

#[test]
fn cut_at_every_byte() {
    let scratch = Scratch::default();
    let mut before: Vec<u8> = Vec::new();
    for (name, bytes) in seeds(SMALL) {
        // What begins as the file before did was tried with it. What unpacks to 64 MB each time is cut at some bytes.
        let same = bytes.iter().zip(&before).take_while(|(a, b)| a == b).count();
        for len in (same..=bytes.len()).step_by(if name.contains("bomb") { 100 } else { 1 }) {
            scratch.run("any", &bytes[..len]);
            scratch.run("scan", &bytes[..len]);
        }
        before = bytes;
    }
}

/// A small generator of numbers, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// Changes bytes, takes some away, doubles some, and brings some of another file.
fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const VALUES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'.', b'(', b'R'];
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let len = random.below(16).min(bytes.len() - at);
        match random.below(5) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            1 if !bytes.is_empty() => bytes[at] = VALUES[random.below(8)],
            2 => drop(bytes.drain(at..at + len)),
            3 => {
                let again = bytes[at..at + len].to_vec();
                drop(bytes.splice(at..at, again));
            }
            _ => {
                let from = random.below(other.len());
                let part = &other[from..other.len().min(from + 64)];
                drop(bytes.splice(at..at + len, part.iter().copied()));
            }
        }
    }
}

#[test]
fn changed_at_random() {
    let (scratch, seeds, mut random) = (Scratch::default(), seeds(1 << 14), Random(0x5eed_0001));
    for i in 0..CHANGED {
        let mut bytes = seeds[i % seeds.len()].1.clone();
        let other = random.below(seeds.len());
        change(&mut bytes, &seeds[other].1, &mut random);
        scratch.run("any", &bytes);
        scratch.run("scan", &bytes);
    }
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    assert!(peak.is_some_and(|kb| kb < 256 << 10), "{peak:?} kB at most were in use");
}
