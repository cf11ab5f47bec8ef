//! Which tensors are meant, and what they are to be called.

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

/// Names that match a pattern, in which `*` stands for anything and `?` for one character; without one, all.
pub struct Filter(Option<Regex>);

impl Filter {
    pub fn new(glob: Option<&str>) -> Result<Filter> {
        let Some(glob) = glob else { return Ok(Filter(None)) };
        let mut pattern = String::from("^");
        for c in glob.chars() {
            match c {
                '*' => pattern.push_str(".*"),
                '?' => pattern.push('.'),
                c => pattern.push_str(&regex_lite::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        pattern.push('$');
        Ok(Filter(Some(Regex::new(&pattern).with_context(|| format!("--filter {glob}"))?)))
    }

    pub fn takes(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|r| r.is_match(name))
    }
}

/// `PATTERN=REPLACEMENT`: a regular expression, and what takes the place of its match, with `$1` for its first group.
pub struct Renaming(Regex, String);

impl Renaming {
    pub fn new(text: &str) -> Result<Renaming> {
        let Some((pattern, replacement)) = text.split_once('=') else {
            bail!("--rename {text}: write PATTERN=REPLACEMENT, as in '^model\\.=' or 'layer(\\d+)=h.$1'");
        };
        Ok(Renaming(Regex::new(pattern).with_context(|| format!("--rename {text}"))?, replacement.to_string()))
    }

    pub fn apply(&self, name: &str) -> String {
        self.0.replace_all(name, self.1.as_str()).into_owned()
    }
}

/// `5GB`, `500MB`, `1GiB` or plain bytes.
pub fn parse_size(text: &str) -> Result<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit: f64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1048576.0,
        "gib" => 1073741824.0,
        other => bail!("{text}: {other:?} is no unit; write B, kB, MB, GB, TB, KiB, MiB or GiB"),
    };
    let number: f64 =
        text[..digits].parse().with_context(|| format!("{text} is no size; write 5GB, 500MB or plain bytes"))?;
    let bytes = number * unit;
    if !(1.0..9e18).contains(&bytes) {
        bail!("{text} is no size that a shard can have");
    }
    Ok(bytes as usize)
}
