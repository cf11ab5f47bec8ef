//! TensorBoard event files: TFRecord framing around hand-written protocol buffers (`Event` and `Summary`).

use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// CRC-32C (Castagnoli), bit by bit: records are short.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for b in bytes {
        crc ^= u32::from(*b);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82F6_3B78 } else { crc >> 1 };
        }
    }
    !crc
}

/// The checksum as TFRecord stores it.
fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xA282_EAD8)
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// A length-delimited field.
fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// An event file that is written to as training goes on.
pub struct Events {
    path: PathBuf,
    file: File,
}

impl Events {
    /// A new file in a folder.
    pub fn create(folder: &Path) -> Result<Events> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let path = folder.join(format!("events.out.tfevents.{}.{}.flambeau", now.as_secs(), std::process::id()));
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut events = Events { path, file };
        let mut body = Vec::new();
        field(&mut body, 3, b"brain.Event:2");
        events.event(0, &body)?;
        Ok(events)
    }

    fn event(&mut self, step: u64, rest: &[u8]) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut event = vec![1 << 3 | 1];
        event.extend_from_slice(&now.to_le_bytes());
        event.push(2 << 3);
        varint(&mut event, step);
        event.extend_from_slice(rest);
        let length = (event.len() as u64).to_le_bytes();
        let mut record = length.to_vec();
        record.extend_from_slice(&masked(&length).to_le_bytes());
        record.extend_from_slice(&event);
        record.extend_from_slice(&masked(&event).to_le_bytes());
        self.file.write_all(&record).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// One number of a step.
    pub fn scalar(&mut self, step: u64, tag: &str, value: f64) -> Result<()> {
        let mut entry = Vec::new();
        field(&mut entry, 1, tag.as_bytes());
        entry.push(2 << 3 | 5);
        entry.extend_from_slice(&(value as f32).to_le_bytes());
        let (mut summary, mut body) = (Vec::new(), Vec::new());
        field(&mut summary, 1, &entry);
        field(&mut body, 5, &summary);
        self.event(step, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_published_ones() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }
}
