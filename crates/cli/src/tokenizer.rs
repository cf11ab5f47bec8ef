//! Characters as tokens.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;

/// The name of the vocabulary in a run's folder.
pub const FILE: &str = "vocab.json";

/// The characters of a text, in order; a token is a place among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokenizer {
    characters: Vec<char>,
}

impl Tokenizer {
    /// The characters that occur in a text.
    pub fn of(text: &str) -> Tokenizer {
        Tokenizer { characters: text.chars().collect::<BTreeSet<char>>().into_iter().collect() }
    }

    /// The number of characters.
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// The tokens of a text; an error names a character that the vocabulary lacks.
    pub fn encode(&self, text: &str) -> Result<Vec<i64>> {
        text.chars()
            .map(|c| match self.characters.binary_search(&c) {
                Ok(i) => Ok(i as i64),
                Err(_) => bail!("the character {c:?} does not occur in the text that the model was trained on"),
            })
            .collect()
    }

    /// The character of a token.
    pub fn decode(&self, token: i64) -> char {
        self.characters.get(token as usize).copied().unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// As JSON.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string(&self.characters.iter().collect::<String>())?)
    }

    /// The vocabulary of a run's folder.
    pub fn read(folder: &Path) -> Result<Tokenizer> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is not the folder of a run: cannot read {FILE}", folder.display()))?;
        let characters: String =
            serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        Ok(Tokenizer { characters: characters.chars().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_encoding() {
        let t = Tokenizer::of("hello, wörld\n");
        let tokens = t.encode("low\nö").unwrap();
        assert_eq!(tokens.iter().map(|i| t.decode(*i)).collect::<String>(), "low\nö");
        assert!(t.encode("x").unwrap_err().to_string().contains("'x'"));
    }
}
