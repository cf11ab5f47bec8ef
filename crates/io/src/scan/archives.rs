//! What may hold pickles: zip and tar archives, gzip and zlib streams, numpy's arrays, safetensors. What they say of
//! themselves is not believed: entries are found by the headers in front of them too.

use super::{Place, Scan, Verdict, find};
use crate::zip::{Archive, Entry, is_zip};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use safetensors::tensor::SafeTensors;
use std::ops::Range;

/// The most that is unpacked at once, or 16 times what is packed.
const AT_ONCE: usize = 32 << 20;

/// Archives and streams that are not unpacked here, by how they begin.
const CLOSED: [(&[u8], &str); 6] = [
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
];

fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    Some(bytes.get(at..at.checked_add(len)?)?.iter().rev().fold(0, |x, b| x << 8 | usize::from(*b)))
}

/// An entry of a zip archive, as the header in front of it tells.
struct Local {
    name: String,
    flags: usize,
    method: usize,
    start: usize,
    /// Where its bytes end, if it says so.
    end: Option<usize>,
}

impl Local {
    fn read(bytes: &[u8], at: usize) -> Option<Local> {
        let (flags, method) = (number(bytes, at + 6, 2)?, number(bytes, at + 8, 2)?);
        let (packed, name_len, extra) =
            (number(bytes, at + 18, 4)?, number(bytes, at + 26, 2)?, number(bytes, at + 28, 2)?);
        let name = String::from_utf8_lossy(bytes.get(at + 30..at + 30 + name_len)?).into_owned();
        let start = at + 30 + name_len + extra;
        let said = packed != u32::MAX as usize && (packed > 0 || flags & 8 == 0);
        let end = said.then(|| start + packed).filter(|end| *end <= bytes.len());
        (start <= bytes.len()).then_some(Local { name, flags, method, start, end })
    }
}

impl Scan {
    /// Looks into whatever archive these bytes may be. Answers which parts need no other look, in order.
    pub(super) fn archives(&mut self, place: Place<'_>, bytes: &[u8]) -> Vec<Range<usize>> {
        if let Some((_, name)) = CLOSED.iter().find(|(head, _)| bytes.starts_with(head)) {
            self.tell(
                Verdict::Unread,
                "packed",
                place,
                0,
                format!("it is packed with {name}; unpack it and scan that"),
            );
        }
        if bytes.starts_with(b"\x1f\x8b\x08") {
            self.gzip(place, bytes);
        } else if let [a, b, ..] = bytes
            && a & 0xf == 8
            && a >> 4 <= 7
            && (u16::from(*a) << 8 | u16::from(*b)).is_multiple_of(31)
        {
            let (out, _, status) = self.inflate(&bytes[2..]);
            self.inflated(place, "zlib", &out, status);
        }
        self.safetensors(place, bytes);
        let mut looked_at = self.tar(place, bytes);
        if looked_at.is_empty() {
            looked_at.extend(self.numpy(place, bytes));
            looked_at.extend(self.zip(place, bytes));
        }
        looked_at
    }

    /// Looks at an entry or a stream.
    fn inner(&mut self, place: Place<'_>, name: &str, bytes: &[u8]) {
        let arrow = if place.entry.is_empty() { "" } else { " > " };
        let name: String = name.chars().take(120).collect();
        let entry = format!("{}{arrow}{}", place.entry, name.escape_debug());
        let depth = place.depth + 1;
        self.blob(Place { entry: &entry, byte: 0, depth, in_pickle: place.in_pickle, stacked: place.stacked }, bytes);
    }

    /// Unpacks a stream as far as there is room; also how many bytes it took.
    fn inflate(&mut self, packed: &[u8]) -> (Vec<u8>, usize, TINFLStatus) {
        let most = AT_ONCE.max(packed.len().saturating_mul(16)).min(self.room);
        let (mut out, mut len, mut taken) = (Vec::new(), 0, 0);
        let mut state = Box::<DecompressorOxide>::default();
        loop {
            out.resize((2 * len).max(4096).min(most), 0);
            let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let (status, read, wrote) = decompress(&mut state, &packed[taken..], &mut out, len, flags);
            (taken, len) = (taken + read, len + wrote);
            if status != TINFLStatus::HasMoreOutput || len >= most {
                out.truncate(len);
                self.room -= len;
                return (out, taken, status);
            }
        }
    }

    /// Looks at what a stream unpacked to, sound or not.
    fn inflated(&mut self, place: Place<'_>, name: &str, out: &[u8], status: TINFLStatus) {
        if status == TINFLStatus::HasMoreOutput {
            let text = format!("{name:?} unpacks to more than there is room for; the rest was not looked at");
            self.tell(Verdict::Unread, "packed", place, 0, text);
        }
        if !out.is_empty() {
            self.inner(place, name, out);
        }
    }

    /// A gzip file: streams behind each other, which are one.
    fn gzip(&mut self, place: Place<'_>, bytes: &[u8]) {
        let (mut all, mut at) = (Vec::new(), 0);
        while let Some(start) = gzip_start(&bytes[at..]) {
            let (out, taken, status) = self.inflate(&bytes[at + start..]);
            all.extend(out);
            at += start + taken + 8;
            if status != TINFLStatus::Done || at >= bytes.len() {
                self.inflated(place, "gzip", &all, status);
                return;
            }
        }
        self.inflated(place, "gzip", &all, TINFLStatus::Done);
        if at > 0 {
            self.tell(Verdict::Suspicious, "gzip", place, at, "something stands behind the end of the stream".into());
            self.inner(place, "behind the stream", &bytes[at..]);
        }
    }

    fn safetensors(&mut self, place: Place<'_>, bytes: &[u8]) {
        let header = number(bytes, 0, 8).filter(|len| *len < bytes.len());
        if header.is_some()
            && bytes.get(8) == Some(&b'{')
            && let Err(e) = SafeTensors::read_metadata(bytes)
        {
            self.tell(Verdict::Suspicious, "safetensors", place, 0, format!("the header is not sound: {e}"));
        }
    }

    /// An array of numpy, whose header stands in front of numbers, or of a pickle.
    fn numpy(&mut self, place: Place<'_>, bytes: &[u8]) -> Option<Range<usize>> {
        let major = bytes.strip_prefix(b"\x93NUMPY")?.first()?;
        let (from, width) = if *major == 1 { (10usize, 2) } else { (12, 4) };
        let end = number(bytes, 8, width).and_then(|len| from.checked_add(len)).filter(|end| *end <= bytes.len());
        let Some(end) = end else {
            self.tell(Verdict::Suspicious, "npy", place, 0, "the header is longer than the file".into());
            return None;
        };
        let header = String::from_utf8_lossy(&bytes[from..end]);
        if header
            .split(['\'', '"'])
            .any(|word| matches!(word.trim_start_matches(['|', '<', '>', '=']), "O" | "O4" | "O8"))
        {
            let text = "an array of Python objects, which numpy unpickles";
            self.tell(Verdict::Suspicious, "npy", place, from, text.into());
        }
        Some(0..end)
    }

    /// A tar archive, known by the checksum of its first header.
    fn tar(&mut self, place: Place<'_>, bytes: &[u8]) -> Vec<Range<usize>> {
        let octal = |field: &[u8]| {
            let text = std::str::from_utf8(field).unwrap_or("").trim_matches(['\0', ' ']);
            usize::from_str_radix(text, 8).ok()
        };
        let (mut looked_at, mut at) = (Vec::new(), 0usize);
        while let Some(header) = at.checked_add(512).and_then(|end| bytes.get(at..end)) {
            let sum = |bytes: &[u8]| bytes.iter().map(|b| usize::from(*b)).sum::<usize>();
            if octal(&header[148..156]) != Some(sum(header) - sum(&header[148..156]) + 8 * usize::from(b' ')) {
                break;
            }
            let name = header[..100].split(|b| *b == 0).next().unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            let end =
                octal(&header[124..136]).and_then(|len| (at + 512).checked_add(len)).filter(|end| *end <= bytes.len());
            let Some(end) = end else {
                self.tell(Verdict::Suspicious, "tar", place, at, format!("entry {name:?} is longer than the archive"));
                break;
            };
            self.path(place, at, &name);
            let stacked = matches!(name.trim_start_matches("./"), "storages" | "tensors");
            self.inner(Place { stacked, ..place }, &name, &bytes[at + 512..end]);
            looked_at.push(at..end);
            at = end.next_multiple_of(512);
        }
        looked_at
    }

    /// A zip archive: what its directory lists, and what only the headers in front of entries tell of.
    fn zip(&mut self, place: Place<'_>, bytes: &[u8]) -> Vec<Range<usize>> {
        let first = find(bytes, 0, b"PK\x03\x04");
        let Some(first) = first.filter(|first| is_zip(bytes) || has_directory(bytes, *first)) else {
            return Vec::new();
        };
        if first > 0 {
            let text = "something stands before the archive: programs do not agree what the file is";
            self.tell(Verdict::Suspicious, "zip", place, 0, text.into());
        }
        let (entries, sound) = match Archive::read(bytes) {
            Ok(archive) => (archive.entries().to_vec(), true),
            Err(e) => {
                let text = format!("programs do not agree what the archive holds: {e}");
                self.tell(Verdict::Suspicious, "zip", place, 0, text);
                (Vec::new(), false)
            }
        };
        let mut looked_at: Vec<Range<usize>> = Vec::new();
        for Entry { name, range, method, encrypted, .. } in &entries {
            let local = Local {
                name: name.clone(),
                flags: usize::from(*encrypted),
                method: usize::from(*method),
                start: range.start,
                end: Some(range.end),
            };
            self.entry(place, bytes, &local, sound);
            looked_at.push(range.clone());
        }
        looked_at.sort_by_key(|range| range.start);
        // Between what the directory lists.
        let mut hidden: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        let ends = looked_at.iter().map(|r| (r.start, r.end)).chain([(bytes.len(), bytes.len())]).collect::<Vec<_>>();
        for (gap_end, next) in ends {
            while let Some(header) = find(&bytes[..gap_end], at, b"PK\x03\x04") {
                at = header + 4;
                let Some(local) = Local::read(bytes, header) else { continue };
                if looked_at.binary_search_by_key(&local.start, |range| range.start).is_ok() {
                    continue;
                }
                if sound {
                    let text = format!("entry {:?} stands in the file and not in the archive's directory", local.name);
                    self.tell(Verdict::Suspicious, "zip", place, header, text);
                }
                let end = self.entry(place, bytes, &local, false);
                if local.method == 0 {
                    hidden.push(local.start..end);
                    at = at.max(end.min(gap_end));
                }
            }
            at = at.max(next);
        }
        looked_at.extend(hidden);
        looked_at.sort_by_key(|range| range.start);
        looked_at
    }

    /// Looks at an entry of a zip archive, in every way in which a program might; answers where its bytes end.
    fn entry(&mut self, place: Place<'_>, bytes: &[u8], local: &Local, sound: bool) -> usize {
        let Local { name, start, .. } = local;
        self.path(place, *start, name);
        if local.flags & 1 != 0 {
            let text = format!("entry {name:?} says that it is encrypted; it was looked at as it stands");
            self.tell(Verdict::Unread, "zip", place, *start, text);
        }
        if name.contains("code/") && name.ends_with(".py") {
            let text = "holds code of TorchScript, which runs when the model does";
            self.tell(Verdict::Suspicious, "torchscript", place, *start, text.into());
        }
        // If the archive is not sound, the entry may be longer than it says.
        let next = || ["PK\x03\x04", "PK\x01\x02"].iter().filter_map(|s| find(bytes, *start, s.as_bytes())).min();
        let end = match local.end {
            Some(end) if sound => end,
            said => next().unwrap_or(bytes.len()).max(said.unwrap_or(0)),
        };
        let data = &bytes[*start..end];
        if local.method == 8 || !sound && !data.is_empty() {
            let (out, _, status) = self.inflate(data);
            // Bytes that were never packed seldom unpack to their end.
            if local.method == 8 || status == TINFLStatus::Done {
                if matches!(status, TINFLStatus::Done | TINFLStatus::HasMoreOutput) {
                    self.inflated(place, name, &out, status);
                } else {
                    let text = format!("entry {name:?} does not unpack; it was looked at as far as it does");
                    self.tell(Verdict::Suspicious, "zip", place, *start, text);
                    self.inner(place, name, &out);
                }
            }
        }
        if !matches!(local.method, 0 | 8) {
            let text = format!("entry {name:?} is packed by method {}, and 0 and 8 can be unpacked", local.method);
            self.tell(Verdict::Unread, "zip", place, *start, text);
        }
        if local.method != 8 || !sound {
            self.inner(place, name, data);
        }
        end
    }

    /// A path that leads out of the folder that an archive is unpacked to.
    fn path(&mut self, place: Place<'_>, at: usize, name: &str) {
        if name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..") || name.contains('\0') {
            let text = format!("entry {name:?} would be unpacked outside of the archive's folder");
            self.tell(Verdict::Suspicious, "path", place, at, text);
        }
    }
}

/// Whether an archive's directory ends somewhere behind `from`: signatures alone stand in every program that knows them.
fn has_directory(bytes: &[u8], mut from: usize) -> bool {
    while let Some(end) = find(bytes, from, b"PK\x05\x06") {
        let start = number(bytes, end + 12, 4).and_then(|len| end.checked_sub(len));
        let wide = end.checked_sub(20).is_some_and(|at| bytes[at..].starts_with(b"PK\x06\x07"));
        if wide || start.is_some_and(|start| bytes[start..].starts_with(b"PK\x01\x02")) {
            return true;
        }
        from = end + 4;
    }
    false
}

/// Where the packed bytes of a gzip stream begin.
fn gzip_start(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.strip_prefix(b"\x1f\x8b\x08")?.first()?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + number(bytes, at, 2)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at = find(bytes, at, &[0])? + 1;
        }
    }
    at += usize::from(flags & 2 != 0) * 2;
    (at <= bytes.len()).then_some(at)
}
