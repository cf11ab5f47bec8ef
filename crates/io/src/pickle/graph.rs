//! What a pickle says: objects that name each other by number, so that sharing costs nothing and cycles hang nobody.

use std::borrow::Cow;

/// The number of an object.
pub(crate) type Id = usize;

/// An object of a pickle.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<'a> {
    None,
    Bool(bool),
    Int(i128),
    /// An integer beyond 128 bits: two's complement, lowest byte first.
    BigInt(&'a [u8]),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    /// A class or function by its module and name, which are texts.
    Global(Id, Id),
    /// What Python would call, and what it would do to the result.
    Call(Call),
    /// An object that lies outside the pickle, by its identification.
    Persistent(Id),
    /// A global by its number in a registry that only the writing program knows.
    Extension(u32),
    /// A buffer that was to be passed beside the pickle.
    Buffer,
}

/// A call that Python would make.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) callee: Id,
    /// A tuple, as a rule.
    pub(crate) args: Id,
    pub(crate) kwargs: Option<Id>,
    /// States that the result would be given, in order.
    pub(crate) states: Vec<Id>,
    /// What would be appended to the result, or added to it.
    pub(crate) items: Vec<Id>,
    /// What would be put into the result under keys.
    pub(crate) pairs: Vec<(Id, Id)>,
}

/// All objects of a pickle.
#[derive(Clone, Debug)]
pub(crate) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    at: Vec<usize>,
    /// The object that the pickle is.
    pub(crate) root: Id,
    /// How many bytes the pickle takes.
    pub(crate) len: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn new() -> Graph<'a> {
        Graph { nodes: Vec::new(), at: Vec::new(), root: 0, len: 0 }
    }

    pub(super) fn push(&mut self, node: Node<'a>, at: usize) -> Id {
        self.nodes.push(node);
        self.at.push(at);
        self.nodes.len() - 1
    }

    pub(super) fn node_mut(&mut self, id: Id) -> &mut Node<'a> {
        &mut self.nodes[id]
    }

    /// The object of a number.
    pub(crate) fn node(&self, id: Id) -> &Node<'a> {
        &self.nodes[id]
    }

    /// The byte of the pickle at which an object was made.
    pub(crate) fn offset(&self, id: Id) -> usize {
        self.at[id]
    }

    /// All objects with their numbers, in the order in which they were made.
    pub(crate) fn nodes(&self) -> impl ExactSizeIterator<Item = (Id, &Node<'a>)> {
        self.nodes.iter().enumerate()
    }

    /// The module and name of a global.
    pub(crate) fn global(&self, id: Id) -> Option<(&str, &str)> {
        let Node::Global(module, name) = *self.node(id) else { return None };
        Some((self.text(module)?, self.text(name)?))
    }

    /// The class that a persistent id of PyTorch names, beside the text of its source: `('module', class, file, text)`, in
    /// the first releases without `'module'`.
    pub(crate) fn class_with_source(&self, tag: Id) -> Option<Id> {
        let Node::Tuple(parts) = self.node(tag) else { return None };
        match parts[..] {
            [first, class, _, _] if self.text(first) == Some("module") => Some(class),
            [class, _, _] => self.global(class).map(|_| class),
            _ => None,
        }
    }

    /// The text that an object is.
    pub(crate) fn text(&self, id: Id) -> Option<&str> {
        if let Node::Text(text) = self.node(id) { Some(text) } else { None }
    }

    /// What an object is, for messages.
    pub(crate) fn kind(&self, id: Id) -> &'static str {
        match self.node(id) {
            Node::None => "None",
            Node::Bool(_) => "a bool",
            Node::Int(_) | Node::BigInt(_) => "an integer",
            Node::Float(_) => "a float",
            Node::Text(_) => "a string",
            Node::Bytes(_) => "bytes",
            Node::Tuple(_) => "a tuple",
            Node::List(_) => "a list",
            Node::Dict(_) => "a dict",
            Node::Set(_) | Node::FrozenSet(_) => "a set",
            Node::Global(..) => "a global",
            Node::Call(_) => "the result of a call",
            Node::Persistent(_) => "a persistent id",
            Node::Extension(_) => "an extension code",
            Node::Buffer => "a buffer",
        }
    }
}
