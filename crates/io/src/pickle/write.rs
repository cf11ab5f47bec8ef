//! Pickles of protocol 2, written with the opcodes that PyTorch's restricted reader knows.

use std::borrow::Cow;
use std::collections::HashMap;

/// A pickle that grows. Every call puts an object on the reader's stack, or takes the objects on top of it together.
pub(crate) struct Pickle {
    out: Vec<u8>,
    /// Slots of the memo that are taken.
    slots: u32,
    /// Texts and globals that are in the memo.
    texts: HashMap<Vec<u8>, u32>,
}

impl Pickle {
    pub(crate) fn new() -> Pickle {
        Pickle { out: vec![0x80, 2], slots: 0, texts: HashMap::new() }
    }

    /// The bytes, of which the object that is left is the result.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'.');
        self.out
    }

    /// An opcode without operands of its own.
    pub(crate) fn op(&mut self, code: u8) {
        self.out.push(code);
    }

    fn op_with(&mut self, code: u8, operands: &[&[u8]]) {
        self.op(code);
        operands.iter().for_each(|bytes| self.out.extend(*bytes));
    }

    /// Keeps what is on top of the stack in the memo.
    pub(crate) fn put(&mut self) -> u32 {
        let slot = self.slots;
        self.slots += 1;
        match u8::try_from(slot) {
            Ok(short) => self.op_with(b'q', &[&[short]]),
            Err(_) => self.op_with(b'r', &[&slot.to_le_bytes()]),
        }
        slot
    }

    /// Puts what is in a slot of the memo on the stack.
    pub(crate) fn get(&mut self, slot: u32) {
        match u8::try_from(slot) {
            Ok(short) => self.op_with(b'h', &[&[short]]),
            Err(_) => self.op_with(b'j', &[&slot.to_le_bytes()]),
        }
    }

    pub(crate) fn bool(&mut self, b: bool) {
        self.op(if b { 0x88 } else { 0x89 });
    }

    pub(crate) fn int(&mut self, n: i128) {
        if let Ok(n) = u8::try_from(n) {
            self.op_with(b'K', &[&[n]]);
        } else if let Ok(n) = u16::try_from(n) {
            self.op_with(b'M', &[&n.to_le_bytes()]);
        } else if let Ok(n) = i32::try_from(n) {
            self.op_with(b'J', &[&n.to_le_bytes()]);
        } else {
            self.long(&n.to_le_bytes());
        }
    }

    /// An integer of any size: two's complement, lowest byte first.
    pub(crate) fn long(&mut self, mut bytes: &[u8]) {
        // A last byte that only repeats the sign says nothing.
        while let [rest @ .., before, last] = bytes
            && *last == if before & 0x80 == 0 { 0 } else { 0xff }
        {
            bytes = &bytes[..rest.len() + 1];
        }
        match u8::try_from(bytes.len()) {
            Ok(len) => self.op_with(0x8a, &[&[len], bytes]),
            Err(_) => self.op_with(0x8b, &[&(bytes.len() as u32).to_le_bytes(), bytes]),
        }
    }

    pub(crate) fn float(&mut self, x: f64) {
        self.op_with(b'G', &[&x.to_be_bytes()]);
    }

    /// A text, which is written once.
    pub(crate) fn text(&mut self, text: &str) {
        self.once(Cow::Borrowed(text.as_bytes()), |p| {
            p.op_with(b'X', &[&(text.len() as u32).to_le_bytes(), text.as_bytes()]);
        });
    }

    /// A class or function, `module.name`, which is written once.
    pub(crate) fn global(&mut self, module: &str, name: &str) {
        let line = format!("{module}\n{name}\n").into_bytes();
        // No text begins with this byte, so that it is told from globals.
        self.once(Cow::Owned([&[0xff], &line[..]].concat()), |p| p.op_with(b'c', &[&line]));
    }

    fn once(&mut self, key: Cow<'_, [u8]>, write: impl FnOnce(&mut Pickle)) {
        match self.texts.get(&*key) {
            Some(slot) => self.get(*slot),
            None => {
                write(self);
                let slot = self.put();
                self.texts.insert(key.into_owned(), slot);
            }
        }
    }

    /// Bytes, by the detour through Latin-1 text that Python takes for protocol 2.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.global("_codecs", "encode");
        let text: String = bytes.iter().map(|b| char::from(*b)).collect();
        self.op_with(b'X', &[&(text.len() as u32).to_le_bytes(), text.as_bytes()]);
        self.text("latin1");
        self.op(0x86);
        self.op(b'R');
    }

    /// A tuple of integers.
    pub(crate) fn ints(&mut self, ints: impl IntoIterator<Item = i128>) {
        self.op(b'(');
        ints.into_iter().for_each(|n| self.int(n));
        self.op(b't');
    }
}
