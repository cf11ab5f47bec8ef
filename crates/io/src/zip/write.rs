//! Archives written front to back.

use super::{CENTRAL, END, END_64, LOCAL, LOCATOR_64, PADDING, most};
use miniz_oxide::deflate::compress_to_vec;
use std::io::{self, Write};

/// The checksum and length of what is written to it.
struct Checksum {
    crc: crc32fast::Hasher,
    len: usize,
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.crc.update(bytes);
        self.len += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes an archive front to back. The same entries give the same bytes: their times are all 1980-01-01.
pub(crate) struct Writer<'a> {
    out: &'a mut dyn Write,
    /// Bytes written so far.
    at: u64,
    directory: Vec<u8>,
    count: u64,
    /// Sizes and places from here on are written in 64 bits.
    wide: u64,
}

impl<'a> Writer<'a> {
    /// An archive without entries, which begins where `out` stands.
    pub(crate) fn new(out: &'a mut dyn Write) -> Writer<'a> {
        Writer { out, at: 0, directory: Vec::new(), count: 0, wide: u64::from(u32::MAX) }
    }

    /// Adds an entry: the bytes of all pieces in order, which begin at a multiple of `align` (at most 32768). With `deflate`
    /// they are packed, unless that gains nothing or so much that [`Entry::unpack`](super::Entry::unpack) would refuse.
    pub(crate) fn entry(&mut self, name: &str, data: &[&[u8]], align: usize, deflate: bool) -> io::Result<()> {
        let length = |data: &[&[u8]]| data.iter().map(|piece| piece.len()).sum::<usize>();
        let len = length(data);
        let mut crc = crc32fast::Hasher::new();
        data.iter().for_each(|piece| crc.update(piece));
        let crc = u64::from(crc.finalize());
        let packed = deflate.then(|| compress_to_vec(&data.concat(), 6));
        let packed = packed.filter(|packed| packed.len() < len && len <= most(packed.len()));
        let whole = [packed.as_deref().unwrap_or_default()];
        let (method, data) = if packed.is_some() { (8, &whole[..]) } else { (0, data) };
        self.header(name, (len as u64, length(data) as u64), crc, method, align)?;
        data.iter().try_for_each(|piece| self.out.write_all(piece))
    }

    /// Adds an entry that is stored as it is: `len` bytes, which `write` writes twice, first for the checksum that stands in
    /// front of them; it is told whether this is that first time. So nothing of them is held in memory.
    pub(crate) fn streamed(
        &mut self,
        name: &str,
        len: usize,
        align: usize,
        mut write: impl FnMut(&mut dyn Write, bool) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut sum = Checksum { crc: crc32fast::Hasher::new(), len: 0 };
        write(&mut sum, true)?;
        if sum.len != len {
            let text = format!("entry {name:?} was to have {len} bytes, and {} were written", sum.len);
            return Err(io::Error::other(text));
        }
        self.header(name, (len as u64, len as u64), u64::from(sum.crc.finalize()), 0, align)?;
        write(self.out, false)
    }

    /// Writes the header in front of an entry of so many bytes, unpacked and packed, and notes it in the directory.
    fn header(&mut self, name: &str, (len, packed): (u64, u64), crc: u64, method: u64, align: usize) -> io::Result<()> {
        if name.len() > usize::from(u16::MAX) {
            let text = format!("a name in an archive may have 65535 bytes, and one of {} is given", name.len());
            return Err(io::Error::other(text));
        }
        let local = self.at;
        let wide = [local, len, packed].iter().any(|n| *n >= self.wide);
        let short = |n: u64| if wide { u64::from(u32::MAX) } else { n };
        let zip64 = |numbers: &[u64]| {
            let mut field = Vec::new();
            if wide {
                put(&mut field, &[(1, 2), (8 * numbers.len() as u64, 2)]);
                numbers.iter().for_each(|n| put(&mut field, &[(*n, 8)]));
            }
            field
        };
        // What an entry's header and its place in the directory have in common.
        let common = |record: &mut Vec<u8>, extra: &[u8]| {
            let (version, utf8) = (if wide { 45 } else { 20 }, if name.is_ascii() { 0 } else { 1 << 11 });
            put(record, &[(version, 2), (utf8, 2), (method, 2), (0, 2), (1 << 5 | 1, 2), (crc, 4)]);
            put(record, &[(short(packed), 4), (short(len), 4), (name.len() as u64, 2), (extra.len() as u64, 2)]);
        };
        let mut extra = zip64(&[len, packed]);
        if align > 1 {
            let start = local + (30 + name.len() + extra.len() + 4) as u64;
            let pad = start.next_multiple_of(align as u64) - start;
            put(&mut extra, &[(PADDING, 2), (pad, 2)]);
            extra.resize(extra.len() + pad as usize, b'Z');
        }
        let mut header = LOCAL.to_vec();
        common(&mut header, &extra);
        header.extend([name.as_bytes(), &extra].concat());
        self.out.write_all(&header)?;
        self.at += header.len() as u64 + packed;

        let extra = zip64(&[len, packed, local]);
        self.directory.extend(CENTRAL);
        put(&mut self.directory, &[(45, 2)]);
        common(&mut self.directory, &extra);
        put(&mut self.directory, &[(0, 2), (0, 2), (0, 2), (0, 4), (short(local), 4)]);
        self.directory.extend([name.as_bytes(), &extra].concat());
        self.count += 1;
        Ok(())
    }

    /// Writes the directory, which ends the archive.
    pub(crate) fn finish(self) -> io::Result<()> {
        let (count, size, start) = (self.count, self.directory.len() as u64, self.at);
        let mut end = Vec::new();
        if start + size >= self.wide || count >= u64::from(u16::MAX) {
            end.extend(END_64);
            put(&mut end, &[(44, 8), (45, 2), (45, 2), (0, 4), (0, 4), (count, 8), (count, 8), (size, 8), (start, 8)]);
            end.extend(LOCATOR_64);
            put(&mut end, &[(0, 4), (start + size, 8), (1, 4)]);
        }
        let short = |n: u64, most: u64| if end.is_empty() { n } else { most };
        let (count, large) = (short(count, u16::MAX.into()), u64::from(u32::MAX));
        let last = [(0, 2), (0, 2), (count, 2), (count, 2), (short(size, large), 4), (short(start, large), 4), (0, 2)];
        end.extend(END);
        put(&mut end, &last);
        self.out.write_all(&self.directory)?;
        self.out.write_all(&end)
    }
}

/// Numbers, lowest byte first, each in so many bytes.
fn put(record: &mut Vec<u8>, fields: &[(u64, usize)]) {
    for (number, n) in fields {
        record.extend(&number.to_le_bytes()[..*n]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Archive, SMALL};
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn what_is_written_can_be_read() {
        let (plain, zeros, none) = ([7u8, 8, 9], vec![0u8; 5000], []);
        // The same archive with plain numbers, and with all of them in 64 bits.
        for wide in [u64::from(u32::MAX), 1] {
            let mut file = Vec::new();
            let mut writer = Writer { wide, ..Writer::new(&mut file) };
            writer.entry("a", &[&plain[..1], &plain[1..]], 64, false).expect("an entry");
            writer.entry("ä/b", &[&zeros], 1, true).expect("an entry");
            writer.entry("c", &[&none], 4096, true).expect("an entry");
            writer.entry("d", &[&plain], 1, true).expect("an entry");
            writer.finish().expect("an end");
            let archive = Archive::read(&file).expect("an archive");
            let found: Vec<_> = archive
                .entries()
                .iter()
                .map(|e| (e.name.as_str(), e.method, e.unpack(&file).expect("bytes")))
                .collect();
            let want = [("a", 0, &plain[..]), ("ä/b", 8, &zeros), ("c", 0, &none), ("d", 0, &plain)];
            assert_eq!(found, want.map(|(name, method, bytes)| (name, method, Cow::Borrowed(bytes))));
            assert_eq!((archive.entries()[0].range.start % 64, archive.entries()[2].range.start % 4096), (0, 0));
            assert_eq!(file.windows(4).filter(|w| *w == LOCATOR_64).count(), usize::from(wide == 1));
        }
    }

    #[test]
    fn what_packs_too_well_is_stored() {
        let (zeros, mut file) = (vec![0; SMALL + 1], Vec::new());
        let mut writer = Writer::new(&mut file);
        writer.entry("zeros", &[&zeros], 1, true).expect("an entry");
        writer.finish().expect("an end");
        let archive = Archive::read(&file).expect("an archive");
        assert_eq!((archive.entries()[0].method, archive.entries()[0].range.len()), (0, zeros.len()));
        let error = Writer::new(&mut file).entry(&"x".repeat(65536), &[], 1, false).expect_err("too long");
        assert!(error.to_string().contains("65536"));
    }
}
