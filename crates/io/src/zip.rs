//! Zip archives, found through a directory whose every statement is checked against the file and against its copy in front
//! of the entry. Entries that are stored as they are can be used in place; packed ones are unpacked within bounds.

use flambeau_core::{Result, bail};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Unpacked entries may be this large,
const SMALL: usize = 32 << 20;
/// and beyond that this many times as large as they are packed.
const GROWTH: usize = 200;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";

/// Whether a file says that it is a zip archive.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(&LOCAL) || bytes.starts_with(&END)
}

/// Fields of a record, read one after the other.
struct Record<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Record<'a> {
    /// The record at a place, which begins with a signature.
    fn at(file: &'a [u8], at: u64, signature: [u8; 4], what: &'static str) -> Result<Record<'a>> {
        let rest = usize::try_from(at).ok().and_then(|at| file.get(at..));
        match rest.and_then(|r| r.strip_prefix(&signature)) {
            Some(bytes) => Ok(Record { bytes, what }),
            None => bail!(Value, "the archive is damaged: there is no {what} at byte {at}"),
        }
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        let Some((head, tail)) = self.bytes.split_at_checked(n) else {
            bail!(Value, "the archive is damaged: its {} is cut off", self.what);
        };
        self.bytes = tail;
        Ok(head)
    }

    /// An unsigned number of N bytes, lowest first.
    fn number(&mut self, n: usize) -> Result<u64> {
        Ok(self.bytes(n)?.iter().rev().fold(0, |x, b| x << 8 | u64::from(*b)))
    }
}

/// An entry of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Where its bytes lie, packed as they are.
    pub(crate) range: Range<usize>,
    /// How they are packed: 0 is not at all, 8 is deflate.
    pub(crate) method: u16,
    pub(crate) encrypted: bool,
    /// Its length unpacked.
    len: u64,
    crc: u32,
}

/// The entries of an archive.
#[derive(Debug)]
pub(crate) struct Archive {
    entries: Vec<Entry>,
    names: HashMap<String, usize>,
}

impl Archive {
    /// Reads and checks the directory.
    pub(crate) fn read(file: &[u8]) -> Result<Archive> {
        // The end record stands before a comment of up to 65535 bytes, which ends the file.
        let first = file.len().saturating_sub(22 + 65535);
        let end = (first..=file.len().saturating_sub(22)).rev().find(|at| {
            file[*at..].starts_with(&END)
                && file
                    .get(at + 20..at + 22)
                    .is_some_and(|n| at + 22 + usize::from(u16::from_le_bytes([n[0], n[1]])) == file.len())
        });
        let Some(end) = end else {
            bail!(
                Value,
                "the archive is damaged: it has no end; the file was cut short, or has something after its end"
            );
        };
        let mut record = Record::at(file, end as u64, END, "end record")?;
        let disks = record.number(4)?;
        let (_, mut count) = (record.number(2)?, record.number(2)?);
        let (mut size, mut start) = (record.number(4)?, record.number(4)?);
        let mut directory_end = end as u64;
        if let Some(locator) = end.checked_sub(20).filter(|at| file[*at..].starts_with(&LOCATOR_64)) {
            let mut record = Record::at(file, locator as u64, LOCATOR_64, "zip64 locator")?;
            let (_, at) = (record.number(4)?, record.number(8)?);
            let mut record = Record::at(file, at, END_64, "zip64 end record")?;
            record.bytes(20)?;
            let (_, n) = (record.number(8)?, record.number(8)?);
            (count, size, start, directory_end) = (n, record.number(8)?, record.number(8)?, at);
        }
        if disks != 0 || start.checked_add(size) != Some(directory_end) {
            bail!(
                Value,
                "the archive is damaged: its directory of {size} bytes at {start} does not end at {directory_end}, where its end \
                 record stands"
            );
        }
        let (mut entries, mut names) = (Vec::new(), HashMap::new());
        let mut ranges = Vec::new();
        let mut at = start;
        for _ in 0..count {
            let mut record = Record::at(file, at, CENTRAL, "directory entry")?;
            record.bytes(4)?;
            let (flags, method) = (record.number(2)?, record.number(2)?);
            record.bytes(4)?;
            let crc = record.number(4)?;
            let (mut packed, mut len) = (record.number(4)?, record.number(4)?);
            let lengths = [record.number(2)?, record.number(2)?, record.number(2)?];
            record.bytes(8)?;
            let mut local = record.number(4)?;
            let name = record.bytes(lengths[0] as usize)?;
            let extra = record.bytes(lengths[1] as usize)?;
            at += 46 + lengths.iter().sum::<u64>();
            let mut wide = Record { bytes: zip64_extra(extra)?, what: "zip64 field" };
            for field in [&mut len, &mut packed, &mut local] {
                if *field == u64::from(u32::MAX) {
                    *field = wide.number(8)?;
                }
            }
            let Ok(text) = std::str::from_utf8(name) else {
                bail!(Value, "the archive has an entry whose name is not UTF-8: {}", String::from_utf8_lossy(name));
            };
            let range = local_entry(file, local, start, (name, flags, method, crc, packed, len))
                .map_err(|e| e.context(format!("entry {text:?}")))?;
            ranges.push(local as usize..range.end);
            if names.insert(text.to_string(), entries.len()).is_some() {
                bail!(Value, "the archive has two entries {text:?}: programs would not agree which one counts");
            }
            let (name, method, encrypted) = (text.to_string(), method as u16, flags & 1 != 0);
            entries.push(Entry { name, range, method, encrypted, len, crc: crc as u32 });
        }
        if at != directory_end {
            bail!(Value, "the archive is damaged: its directory has more than the {count} entries that it counts");
        }
        ranges.sort_by_key(|r| r.start);
        if let Some(pair) = ranges.windows(2).find(|pair| pair[1].start < pair[0].end) {
            bail!(Value, "the archive is damaged: two entries lie over each other at byte {}", pair[1].start);
        }
        Ok(Archive { entries, names })
    }

    /// All entries, in the order of the directory.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a name.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.names.get(name).map(|i| &self.entries[*i])
    }

    /// Where the bytes of an entry lie that must be there and must be stored as it is.
    pub(crate) fn stored(&self, name: &str) -> Result<Range<usize>> {
        let Some(entry) = self.entry(name) else { bail!(Key, "the archive has no entry {name:?}") };
        match entry {
            Entry { encrypted: true, .. } => bail!(Value, "entry {name:?} cannot be read: it is encrypted"),
            Entry { method: 0, .. } => Ok(entry.range.clone()),
            _ => bail!(Value, "entry {name:?} cannot be read: it is compressed, and torch.save does not compress"),
        }
    }
}

impl Entry {
    /// The bytes, unpacked, of which length and checksum are as the directory says.
    pub(crate) fn unpack<'a>(&self, file: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        let (name, packed) = (&self.name, &file[self.range.clone()]);
        if self.encrypted {
            bail!(Value, "entry {name:?} is encrypted");
        }
        let bytes = match self.method {
            0 => Cow::Borrowed(packed),
            8 => {
                let most = SMALL.max(packed.len().saturating_mul(GROWTH));
                let Some(len) = usize::try_from(self.len).ok().filter(|len| *len <= most) else {
                    bail!(
                        Value,
                        "entry {name:?} would grow from {} bytes to {}, more than {GROWTH} times; unpack it with another program \
                         if you trust it",
                        packed.len(),
                        self.len
                    );
                };
                match decompress_to_vec_with_limit(packed, len) {
                    Ok(bytes) if bytes.len() == len => Cow::Owned(bytes),
                    _ => bail!(Value, "entry {name:?} is damaged: it does not unpack to the {len} bytes that are said"),
                }
            }
            other => {
                bail!(NotImplemented, "entry {name:?} is packed by method {other}; 0 and 8 (deflate) are supported")
            }
        };
        let crc = crc32fast::hash(&bytes);
        if crc != self.crc {
            bail!(Value, "entry {name:?} is damaged: its checksum is {crc:#010x}, and {:#010x} is said", self.crc);
        }
        Ok(bytes)
    }
}

/// The field of 64-bit numbers among the extra fields of an entry.
fn zip64_extra(mut extra: &[u8]) -> Result<&[u8]> {
    while let [a, b, c, d, rest @ ..] = extra {
        let len = usize::from(u16::from_le_bytes([*c, *d]));
        let Some((field, tail)) = rest.split_at_checked(len) else { break };
        if [*a, *b] == [1, 0] {
            return Ok(field);
        }
        extra = tail;
    }
    Ok(&[])
}

/// Where an entry's bytes lie, if the header in front of them says what the directory says.
fn local_entry(
    file: &[u8],
    at: u64,
    directory: u64,
    (name, flags, method, crc, packed, len): (&[u8], u64, u64, u64, u64, u64),
) -> Result<Range<usize>> {
    let mut record = Record::at(file, at, LOCAL, "header")?;
    record.bytes(2)?;
    let said = (record.number(2)?, record.number(2)?);
    record.bytes(4)?;
    let sizes = [record.number(4)?, record.number(4)?, record.number(4)?];
    let (name_len, extra_len) = (record.number(2)?, record.number(2)?);
    let own_name = record.bytes(name_len as usize)?;
    let extra = record.bytes(extra_len as usize)?;
    let mut wide = Record { bytes: zip64_extra(extra)?, what: "zip64 field" };
    let mut own = [sizes[0], sizes[2], sizes[1]]; // checksum, length, packed length: the order of the 64-bit field
    for field in &mut own[1..] {
        if *field == u64::from(u32::MAX) {
            *field = wide.number(8)?;
        }
    }
    // With bit 3, sizes and checksum follow the data, and may stand as zeros here.
    let agrees = own == [crc, len, packed] || (flags & 8 != 0 && own == [0, 0, 0]);
    if own_name != name || said != (flags, method) || !agrees {
        bail!(Value, "the header in front of it and the directory do not say the same");
    }
    if method == 0 && packed != len {
        bail!(Value, "{len} bytes are said to be stored in {packed}");
    }
    let start = at + 30 + name_len + extra_len;
    match start.checked_add(packed).filter(|end| *end <= directory) {
        Some(end) => Ok(start as usize..end as usize),
        None => bail!(Value, "its {packed} bytes at {start} reach into the directory at {directory}"),
    }
}
