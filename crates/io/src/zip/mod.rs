//! Zip archives, found through a directory whose every statement is checked against the file and against its copy in front
//! of the entry. Entries that are stored as they are can be used in place; packed ones are unpacked within bounds. Archives
//! are written front to back, and what is written can be read here.

mod write;

pub(crate) use write::Writer;

use flambeau_core::storage::mapped::MappedFile;
use flambeau_core::{Error, Result, bail, err};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::ops::Range;

/// Unpacked entries may be this large,
pub(crate) const SMALL: usize = 32 << 20;
/// and beyond that this many times as large as they are packed.
pub(crate) const GROWTH: usize = 200;

/// Bytes that are unpacked at once where that is done in portions.
const PORTION: usize = 1 << 20;

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
/// The extra field that moves an entry's bytes to their alignment: the letters that PyTorch's files have there.
const PADDING: u64 = u16::from_le_bytes(*b"FB") as u64;

/// The most that so many packed bytes may grow to.
fn most(packed: usize) -> usize {
    SMALL.max(packed.saturating_mul(GROWTH))
}

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
    /// Reads and checks the directory of a mapped file. The pages looked at are given back every few entries: the system
    /// may map 2 MB around each header.
    pub(crate) fn read_map(map: &MappedFile) -> Result<Archive> {
        Archive::read_with(map.bytes(), &|| map.release())
    }

    /// Reads and checks the directory.
    pub(crate) fn read(file: &[u8]) -> Result<Archive> {
        Archive::read_with(file, &|| ())
    }

    /// The same; `pause` is called after every few entries.
    fn read_with(file: &[u8], pause: &dyn Fn()) -> Result<Archive> {
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
        for i in 0..count {
            if i % 16 == 15 {
                pause();
            }
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
                let len = self.len()?;
                match decompress_to_vec_with_limit(packed, len) {
                    Ok(bytes) if bytes.len() == len => Cow::Owned(bytes),
                    _ => return Err(self.damaged()),
                }
            }
            other => {
                bail!(NotImplemented, "entry {name:?} is packed by method {other}; 0 and 8 (deflate) are supported")
            }
        };
        self.check(crc32fast::hash(&bytes))?;
        Ok(bytes)
    }

    /// The length unpacked, which the directory says and which may not be out of proportion to what is packed.
    pub(crate) fn len(&self) -> Result<usize> {
        let packed = self.range.len();
        match usize::try_from(self.len).ok().filter(|len| self.method == 0 || *len <= most(packed)) {
            Some(len) => Ok(len),
            None => bail!(
                Value,
                "entry {:?} would grow from {packed} bytes to {}, more than {GROWTH} times; unpack it with another program if \
                 you trust it",
                self.name,
                self.len
            ),
        }
    }

    fn check(&self, crc: u32) -> Result<()> {
        if crc != self.crc {
            bail!(
                Value,
                "entry {:?} is damaged: its checksum is {crc:#010x}, and {:#010x} is said",
                self.name,
                self.crc
            );
        }
        Ok(())
    }

    fn damaged(&self) -> Error {
        err!(Value, "entry {:?} is damaged: it does not unpack to the {} bytes that are said", self.name, self.len)
    }

    /// The first bytes, unpacked: as many as are asked for, or all if there are fewer. Nothing is checked of the rest.
    pub(crate) fn head(&self, file: &[u8], most: usize) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        let mut add = |bytes: &[u8], _| {
            head.extend_from_slice(&bytes[..bytes.len().min(most - head.len())]);
            // Whatever kind of error ends the stream.
            if head.len() < most { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
        };
        let streamed = self.stream(file, &mut add);
        match streamed {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => Err(e.into()),
            _ => Ok(head),
        }
    }

    /// Calls `f` with the bytes, unpacked, in portions, and with how many packed bytes each was made of. Length and checksum
    /// are compared with what the directory says at the end.
    pub(crate) fn stream(&self, file: &[u8], f: &mut dyn FnMut(&[u8], usize) -> io::Result<()>) -> io::Result<()> {
        let own = io::Error::other::<Error>;
        let (len, mut packed) = (self.len().map_err(own)?, &file[self.range.clone()]);
        let (mut crc, mut total) = (crc32fast::Hasher::new(), 0);
        if self.encrypted || !matches!(self.method, 0 | 8) {
            // What is said of these.
            return self.unpack(file).map(drop).map_err(own);
        }
        if self.method == 0 {
            for portion in packed.chunks(PORTION) {
                crc.update(portion);
                f(portion, portion.len())?;
            }
        } else {
            let mut state = InflateState::new_boxed(DataFormat::Raw);
            let mut out = vec![0; PORTION.min(len.max(1))];
            loop {
                let step = inflate(&mut state, packed, &mut out, MZFlush::None);
                packed = &packed[step.bytes_consumed..];
                total += step.bytes_written;
                if total > len {
                    return Err(own(self.damaged()));
                }
                crc.update(&out[..step.bytes_written]);
                f(&out[..step.bytes_written], step.bytes_consumed)?;
                match step.status {
                    Ok(MZStatus::StreamEnd) => break,
                    Ok(_) if step.bytes_written + step.bytes_consumed > 0 => {}
                    _ => return Err(own(self.damaged())),
                }
            }
            if total != len {
                return Err(own(self.damaged()));
            }
        }
        self.check(crc.finalize()).map_err(own)
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
