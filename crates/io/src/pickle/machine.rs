//! The machine that walks the opcodes. Each takes its operands off a stack and notes what it makes; every operand's kind,
//! every length and every index is checked, and each step takes time and memory in proportion to its own bytes.

use super::graph::{Call, Graph, Id, Node};
use flambeau_core::{Error, ErrorClass, Result, bail};
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads the pickle at the start of `bytes`; there may be something after its end.
pub(crate) fn read(bytes: &[u8]) -> Result<Graph<'_>> {
    let mut machine = Machine::new(bytes, None);
    while machine.step()? {}
    Ok(machine.graph)
}

/// What can be told of something that may be a pickle, without asking that it be sound.
pub(crate) struct Observed<'a> {
    /// The objects, also of a pickle that breaks off: Python would have made them by then.
    pub(crate) graph: Graph<'a>,
    /// Where no honest pickle would do what this one does, and Python might go on.
    pub(crate) oddities: Vec<Oddity>,
    /// Why it breaks off, if it does.
    pub(crate) error: Option<Error>,
    /// How many opcodes were followed.
    pub(crate) steps: usize,
    /// Where it ends, or the opcode at which it breaks off.
    pub(crate) end: usize,
    /// How far the bytes were looked at.
    pub(crate) looked: usize,
}

/// Something that no honest pickle does.
#[derive(Debug)]
pub(crate) struct Oddity {
    pub(crate) at: usize,
    pub(crate) text: String,
    /// Whether it changes what classes and functions do.
    pub(crate) grave: bool,
}

/// More oddities than these are not told apart.
const ODDITIES: usize = 200;

/// Follows the pickle at the start of `bytes` as far as Python might, or until it has made `limit` objects.
pub(crate) fn observe(bytes: &[u8], limit: usize) -> Observed<'_> {
    let mut machine = Machine::new(bytes, Some(Vec::new()));
    let (mut steps, mut error) = (0, None);
    loop {
        match machine.step() {
            Ok(true) if machine.graph.nodes().len() < limit => steps += 1,
            Ok(true) => error = Some(Error::new(ErrorClass::Value, format!("it makes more than {limit} objects"))),
            Ok(false) => steps += 1,
            Err(e) => error = Some(e),
        }
        if error.is_some() || machine.graph.len > 0 {
            break;
        }
    }
    let end = if error.is_some() { machine.at } else { machine.pos };
    Observed {
        graph: machine.graph,
        oddities: machine.oddities.unwrap_or_default(),
        error,
        steps,
        end,
        looked: machine.looked.max(machine.pos),
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    pos: usize,
    /// Where the opcode stands.
    at: usize,
    stack: Vec<Id>,
    /// Heights of the stack at which there is a mark.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
    graph: Graph<'a>,
    /// What was odd so far; without a place for it, what is odd is an error.
    oddities: Option<Vec<Oddity>>,
    /// How far lines were looked for.
    looked: usize,
}

impl<'a> Machine<'a> {
    fn new(bytes: &'a [u8], oddities: Option<Vec<Oddity>>) -> Machine<'a> {
        Machine {
            bytes,
            pos: 0,
            at: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            graph: Graph::new(),
            oddities,
            looked: 0,
        }
    }

    /// Something that is an error to who reads, and noted by who only looks.
    fn odd(&mut self, text: String) -> Result<()> {
        if self.oddities.is_none() {
            bail!(Value, "byte {}: {text}", self.at);
        }
        self.note(text, false);
        Ok(())
    }

    fn note(&mut self, text: String, grave: bool) {
        if let Some(oddities) = &mut self.oddities
            && (oddities.len() < ODDITIES || grave && !oddities.iter().any(|o| o.grave))
        {
            oddities.push(Oddity { at: self.at, text, grave });
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.pos..];
        let Some(taken) = rest.get(..n) else {
            bail!(
                Value,
                "byte {}: the pickle ends early: an opcode asks for {n} bytes, and {} are left",
                self.at,
                rest.len()
            );
        };
        self.pos += n;
        Ok(taken)
    }

    /// An unsigned number of N bytes, lowest first.
    fn number(&mut self, n: usize) -> Result<u64> {
        Ok(self.take(n)?.iter().rev().fold(0, |x, b| x << 8 | u64::from(*b)))
    }

    /// Bytes with their length, of N bytes, in front.
    fn counted(&mut self, n: usize) -> Result<&'a [u8]> {
        let len = self.number(n)?;
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// What stands before the end of the line.
    fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.pos..];
        let Some(len) = rest.iter().position(|b| *b == b'\n') else {
            self.looked = self.bytes.len();
            bail!(Value, "byte {}: the pickle ends within a line", self.at);
        };
        self.pos += len + 1;
        Ok(&rest[..len])
    }

    fn text(&mut self, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, Cow::Owned(_)) {
            self.odd("a string is not UTF-8".into())?;
        }
        Ok(text)
    }

    /// A string of Python 2: text where it is UTF-8, else bytes.
    fn old_string(&self, bytes: Cow<'a, [u8]>) -> Node<'a> {
        match bytes {
            Cow::Borrowed(b) => match std::str::from_utf8(b) {
                Ok(text) => Node::Text(Cow::Borrowed(text)),
                Err(_) => Node::Bytes(Cow::Borrowed(b)),
            },
            Cow::Owned(b) => match String::from_utf8(b) {
                Ok(text) => Node::Text(Cow::Owned(text)),
                Err(e) => Node::Bytes(Cow::Owned(e.into_bytes())),
            },
        }
    }

    fn push(&mut self, node: Node<'a>) {
        let id = self.graph.push(node, self.at);
        self.stack.push(id);
    }

    /// How much of the stack lies above the last mark.
    fn room(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id> {
        if self.room() > 0
            && let Some(id) = self.stack.pop()
        {
            return Ok(id);
        }
        bail!(Value, "byte {}: an opcode asks for an operand, and the stack is empty", self.at)
    }

    fn top(&self) -> Result<Id> {
        match self.stack.last() {
            Some(id) if self.room() > 0 => Ok(*id),
            _ => bail!(Value, "byte {}: an opcode asks for an operand, and the stack is empty", self.at),
        }
    }

    /// Everything above the last mark, which goes away.
    fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let Some(mark) = self.marks.pop() else {
            bail!(Value, "byte {}: an opcode asks for a mark, and there is none", self.at);
        };
        Ok(self.stack.split_off(mark))
    }

    fn pairs(&self, items: Vec<Id>) -> Result<Vec<(Id, Id)>> {
        if !items.len().is_multiple_of(2) {
            bail!(Value, "byte {}: a dict is given {} keys and values, which is odd", self.at, items.len());
        }
        Ok(items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<()> {
        let id = self.top()?;
        match self.graph.node_mut(id) {
            Node::List(list) => list.extend(items),
            Node::Call(call) => call.items.extend(items),
            _ => self.odd(format!("something is appended to {}, not to a list", self.graph.kind(id)))?,
        }
        Ok(())
    }

    fn add(&mut self, items: Vec<Id>) -> Result<()> {
        let id = self.top()?;
        match self.graph.node_mut(id) {
            Node::Set(set) => set.extend(items),
            Node::Call(call) => call.items.extend(items),
            _ => self.odd(format!("something is added to {}, not to a set", self.graph.kind(id)))?,
        }
        Ok(())
    }

    fn set(&mut self, pairs: Vec<(Id, Id)>) -> Result<()> {
        let id = self.top()?;
        match self.graph.node_mut(id) {
            Node::Dict(dict) => dict.extend(pairs),
            Node::Call(call) => call.pairs.extend(pairs),
            _ => self.odd(format!("a key is set in {}, not in a dict", self.graph.kind(id)))?,
        }
        Ok(())
    }

    fn call(&mut self, callee: Id, args: Id, kwargs: Option<Id>) {
        let call = Call { callee, args, kwargs, states: Vec::new(), items: Vec::new(), pairs: Vec::new() };
        self.push(Node::Call(call));
    }

    fn global(&mut self, module: &'a [u8], name: &'a [u8]) -> Result<Node<'a>> {
        let (module, name) = (self.text(module)?, self.text(name)?);
        let module = self.graph.push(Node::Text(module), self.at);
        Ok(Node::Global(module, self.graph.push(Node::Text(name), self.at)))
    }

    fn put(&mut self, slot: u64) -> Result<()> {
        let id = self.top()?;
        if self.memo.insert(slot, id).is_some_and(|before| before != id) {
            self.note(format!("slot {slot} of the memo is filled twice"), false);
        }
        Ok(())
    }

    fn get(&mut self, slot: u64) -> Result<()> {
        match self.memo.get(&slot) {
            Some(id) => self.stack.push(*id),
            None => {
                self.odd(format!("the memo has nothing in slot {slot}"))?;
                self.push(Node::None);
            }
        }
        Ok(())
    }

    /// A decimal number on a line of its own.
    fn decimal(&mut self) -> Result<i128> {
        let line = self.line()?;
        let text = std::str::from_utf8(line).unwrap_or("").trim();
        match text.strip_suffix('L').unwrap_or(text).parse() {
            Ok(n) => Ok(n),
            Err(_) => {
                // Who only looks does not mind a number that is too long.
                let long = text.trim_end_matches('L').bytes().all(|b| b.is_ascii_digit()) && self.oddities.is_some();
                if !long || text.is_empty() {
                    let shown = String::from_utf8_lossy(&line[..line.len().min(60)]);
                    self.odd(format!("{shown:?} is no integer of up to 128 bits"))?;
                }
                Ok(text.replace('_', "").parse().unwrap_or(0))
            }
        }
    }

    /// A slot of the memo, in one of three forms: a line of digits, one byte, four bytes.
    fn slot(&mut self, form: u8) -> Result<u64> {
        if form > 0 {
            return self.number(if form == 1 { 1 } else { 4 });
        }
        let n = self.decimal()?;
        match u64::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) => bail!(Value, "byte {}: the memo has no slot {n}", self.at),
        }
    }

    fn long(&mut self, bytes: &'a [u8]) {
        let node = if bytes.len() <= 16 {
            let fill = if bytes.last().is_some_and(|b| b & 0x80 != 0) { 0xff } else { 0 };
            let mut wide = [fill; 16];
            wide[..bytes.len()].copy_from_slice(bytes);
            Node::Int(i128::from_le_bytes(wide))
        } else {
            Node::BigInt(bytes)
        };
        self.push(node);
    }

    /// One opcode; false after the last.
    fn step(&mut self) -> Result<bool> {
        self.at = self.pos;
        let opcode = self.take(1)?[0];
        match opcode {
            // The pickle itself.
            0x80 => {
                let protocol = self.number(1)?;
                if protocol > 5 {
                    bail!(Value, "byte {}: pickle protocol {protocol} is not known; the latest is 5", self.at);
                }
            }
            0x95 => {
                let len = self.number(8)?;
                let left = (self.bytes.len() - self.pos) as u64;
                if len > left {
                    self.odd(format!("a frame of {len} bytes, and {left} are left"))?;
                }
            }
            b'.' => {
                let root = self.pop()?;
                (self.graph.root, self.graph.len) = (root, self.pos);
                return Ok(false);
            }
            // The stack.
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                // On a mark, POP takes the mark.
                if self.room() == 0 && self.marks.pop().is_some() {
                    return Ok(true);
                }
                self.pop()?;
            }
            b'1' => {
                self.pop_mark()?;
            }
            b'2' => {
                let id = self.top()?;
                self.stack.push(id);
            }
            // The memo.
            0x94 => self.put(self.memo.len() as u64)?,
            b'p' | b'q' | b'r' => {
                let slot = self.slot(opcode - b'p')?;
                self.put(slot)?;
            }
            b'g' | b'h' | b'j' => {
                let slot = self.slot(if opcode == b'j' { 2 } else { opcode - b'g' })?;
                self.get(slot)?;
            }
            // Numbers.
            b'N' => self.push(Node::None),
            0x88 => self.push(Node::Bool(true)),
            0x89 => self.push(Node::Bool(false)),
            b'I' => match self.bytes[self.pos..].get(..3) {
                Some(b"01\n") => {
                    self.pos += 3;
                    self.push(Node::Bool(true));
                }
                Some(b"00\n") => {
                    self.pos += 3;
                    self.push(Node::Bool(false));
                }
                _ => {
                    let n = self.decimal()?;
                    self.push(Node::Int(n));
                }
            },
            b'L' => {
                let n = self.decimal()?;
                self.push(Node::Int(n));
            }
            b'J' => {
                let n = self.number(4)? as u32 as i32;
                self.push(Node::Int(n.into()));
            }
            b'K' => {
                let n = self.number(1)?;
                self.push(Node::Int(n.into()));
            }
            b'M' => {
                let n = self.number(2)?;
                self.push(Node::Int(n.into()));
            }
            0x8a => {
                let bytes = self.counted(1)?;
                self.long(bytes);
            }
            0x8b => {
                let bytes = self.counted(4)?;
                self.long(bytes);
            }
            b'F' => {
                let line = self.line()?;
                let number = std::str::from_utf8(line).unwrap_or("").trim().parse();
                if number.is_err() {
                    let shown = String::from_utf8_lossy(&line[..line.len().min(60)]);
                    self.odd(format!("{shown:?} is no number"))?;
                }
                self.push(Node::Float(number.unwrap_or(0.0)));
            }
            b'G' => {
                let bytes = self.take(8)?;
                let bits = bytes.iter().fold(0u64, |x, b| x << 8 | u64::from(*b));
                self.push(Node::Float(f64::from_bits(bits)));
            }
            // Text and bytes.
            b'V' => {
                let line = self.line()?;
                let text = self.raw_unicode(line)?;
                self.push(Node::Text(text));
            }
            b'X' | 0x8c | 0x8d => {
                let bytes = self.counted(match opcode {
                    b'X' => 4,
                    0x8c => 1,
                    _ => 8,
                })?;
                let text = self.text(bytes)?;
                self.push(Node::Text(text));
            }
            b'S' => {
                let line = self.line()?;
                let bytes = self.quoted(line)?;
                let node = self.old_string(bytes);
                self.push(node);
            }
            b'T' | b'U' => {
                let bytes = self.counted(if opcode == b'T' { 4 } else { 1 })?;
                let node = self.old_string(Cow::Borrowed(bytes));
                self.push(node);
            }
            b'B' | b'C' | 0x8e | 0x96 => {
                let bytes = self.counted(match opcode {
                    b'B' => 4,
                    b'C' => 1,
                    _ => 8,
                })?;
                self.push(Node::Bytes(Cow::Borrowed(bytes)));
            }
            0x97 => self.push(Node::Buffer),
            0x98 => {
                self.top()?;
            }
            // Collections.
            b')' => self.push(Node::Tuple(Vec::new())),
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            0x8f => self.push(Node::Set(Vec::new())),
            b't' => {
                let items = self.pop_mark()?;
                self.push(Node::Tuple(items));
            }
            b'l' => {
                let items = self.pop_mark()?;
                self.push(Node::List(items));
            }
            b'd' => {
                let items = self.pop_mark()?;
                let pairs = self.pairs(items)?;
                self.push(Node::Dict(pairs));
            }
            0x91 => {
                let items = self.pop_mark()?;
                self.push(Node::FrozenSet(items));
            }
            0x85..=0x87 => {
                let n = usize::from(opcode - 0x84);
                if self.room() < n {
                    bail!(Value, "byte {}: a tuple of {n}, and {} objects are on the stack", self.at, self.room());
                }
                let items = self.stack.split_off(self.stack.len() - n);
                self.push(Node::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            0x90 => {
                let items = self.pop_mark()?;
                self.add(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![(key, value)])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                let pairs = self.pairs(items)?;
                self.set(pairs)?;
            }
            // Names, and calls that are noted and never made.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                let global = self.global(module, name)?;
                self.push(global);
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                if self.graph.text(module).is_none() || self.graph.text(name).is_none() {
                    let kinds = (self.graph.kind(module), self.graph.kind(name));
                    self.odd(format!("a global is named by {} and {}, not by two strings", kinds.0, kinds.1))?;
                }
                self.push(Node::Global(module, name));
            }
            b'R' | 0x81 => {
                let (args, callee) = (self.pop()?, self.pop()?);
                self.call(callee, args, None);
            }
            0x92 => {
                let (kwargs, args, callee) = (self.pop()?, self.pop()?, self.pop()?);
                self.call(callee, args, Some(kwargs));
            }
            b'i' => {
                let (module, name) = (self.line()?, self.line()?);
                let global = self.global(module, name)?;
                let items = self.pop_mark()?;
                let callee = self.graph.push(global, self.at);
                let args = self.graph.push(Node::Tuple(items), self.at);
                self.call(callee, args, None);
            }
            b'o' => {
                let mut items = self.pop_mark()?;
                if items.is_empty() {
                    bail!(Value, "byte {}: an object without a class", self.at);
                }
                let callee = items.remove(0);
                let args = self.graph.push(Node::Tuple(items), self.at);
                self.call(callee, args, None);
            }
            b'b' => {
                let state = self.pop()?;
                let id = self.top()?;
                match self.graph.node_mut(id) {
                    Node::Call(call) => call.states.push(state),
                    node => {
                        let global = matches!(node, Node::Global(..));
                        let text = format!("a state is given to {}, not to an object", self.graph.kind(id));
                        if global && self.oddities.is_some() { self.note(text, true) } else { self.odd(text)? }
                    }
                }
            }
            b'P' => {
                let line = self.line()?;
                let text = self.text(line)?;
                let id = self.graph.push(Node::Text(text), self.at);
                self.push(Node::Persistent(id));
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id));
            }
            0x82..=0x84 => {
                let code = self.number(1 << (opcode - 0x82))?;
                self.push(Node::Extension(code as u32));
            }
            other => bail!(Value, "byte {}: {other:#04x} is no opcode of a pickle", self.at),
        }
        Ok(true)
    }

    /// Text of protocol 0: Latin-1, and `\u` with four or `\U` with eight hexadecimal digits.
    fn raw_unicode(&mut self, line: &'a [u8]) -> Result<Cow<'a, str>> {
        if line.is_ascii() && !line.contains(&b'\\') {
            return self.text(line);
        }
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let [first, tail @ ..] = rest {
            let digits = match (first, tail.first()) {
                (b'\\', Some(b'u')) => 4,
                (b'\\', Some(b'U')) => 8,
                _ => {
                    text.push(char::from(*first));
                    rest = tail;
                    continue;
                }
            };
            let code = tail.get(1..=digits).and_then(|d| u32::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
            let code = code.and_then(char::from_u32);
            if code.is_none() {
                self.odd("a string has a bad \\u escape".into())?;
            }
            text.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = tail.get(1 + digits..).unwrap_or_default();
        }
        Ok(Cow::Owned(text))
    }

    /// A string literal of Python 2.
    fn quoted(&self, line: &'a [u8]) -> Result<Cow<'a, [u8]>> {
        let line = line.trim_ascii();
        let inner = match line {
            [q @ (b'\'' | b'"'), inner @ .., end] if q == end => inner,
            _ => bail!(Value, "byte {}: a string is not in quotes", self.at),
        };
        if !inner.contains(&b'\\') {
            return Ok(Cow::Borrowed(inner));
        }
        let mut out = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first != b'\\' {
                out.push(*first);
                continue;
            }
            let Some((escape, tail)) = rest.split_first() else {
                bail!(Value, "byte {}: a string ends within an escape", self.at);
            };
            rest = tail;
            match escape {
                b'n' => out.push(b'\n'),
                b't' => out.push(b'\t'),
                b'r' => out.push(b'\r'),
                b'a' => out.push(7),
                b'b' => out.push(8),
                b'f' => out.push(12),
                b'v' => out.push(11),
                b'\\' | b'\'' | b'"' => out.push(*escape),
                b'x' => {
                    let code = rest.get(..2).and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
                    let Some(code) = code else { bail!(Value, "byte {}: a string has a bad \\x escape", self.at) };
                    out.push(code);
                    rest = &rest[2..];
                }
                b'0'..=b'7' => {
                    let more = rest.iter().take(2).take_while(|b| (b'0'..=b'7').contains(*b)).count();
                    let code = rest[..more].iter().fold(u32::from(escape - b'0'), |c, b| c * 8 + u32::from(b - b'0'));
                    out.push(code as u8);
                    rest = &rest[more..];
                }
                other => out.extend([b'\\', *other]),
            }
        }
        Ok(Cow::Owned(out))
    }
}
