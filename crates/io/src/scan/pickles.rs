//! Pickles among bytes, and what is thought of what they say.

use super::policy::{calls_its_first_operand, judge};
use super::{Place, Scan, Verdict, find};
use crate::pickle::{Graph, Id, Node, Observed, observe};
use crate::torch::MAGIC;

/// A string shorter than this holds no pickle that calls anything.
const SHORTEST: usize = 8;

impl Scan {
    /// Looks for pickles: at the start, behind each other, and wherever one names its protocol.
    pub(super) fn pickles(&mut self, place: Place<'_>, bytes: &[u8]) {
        let (mut at, mut behind, mut count, mut legacy, mut stacked) = (0, 0, 0, false, false);
        while at < bytes.len() {
            let seen = observe(&bytes[at..], self.objects);
            if !self.spend(place, seen.looked) {
                return;
            }
            if count == 0 {
                // Other files begin with a magic number, the lists of the oldest with how long they are.
                let root = seen.error.is_none().then(|| seen.graph.node(seen.graph.root));
                legacy = matches!(root, Some(Node::Int(MAGIC)));
                stacked = legacy || place.stacked && matches!(root, Some(Node::Int(_)));
            }
            let here = Place { byte: place.byte + at, ..place };
            // Where a pickle must stand, a broken one is no chance; elsewhere a few opcodes may be.
            let headed = bytes[at..].starts_with(&[0x80]);
            let sure = seen.error.is_none() || headed && at == behind && (seen.steps > 3 || legacy && count < 5);
            self.pickle(here, headed, sure, count > 0 && !stacked, &seen);
            if seen.error.is_none() {
                at += seen.end;
                (behind, count) = (at, count + 1);
            } else {
                // A pickle that stands within what was followed was followed with it.
                at += seen.end.max(1);
                loop {
                    match find(bytes, at, &[0x80]) {
                        Some(head) if bytes.get(head + 1).is_some_and(|protocol| *protocol <= 5) => {
                            at = head;
                            break;
                        }
                        Some(other) => at = other + 1,
                        None => return,
                    }
                }
            }
        }
    }

    /// Judges what may be a pickle. If it is not sure that it is one, only a call gives it away.
    fn pickle(&mut self, place: Place<'_>, headed: bool, sure: bool, chained: bool, seen: &Observed<'_>) {
        let graph = &seen.graph;
        let mut names = false;
        for (id, node) in graph.nodes() {
            let (verdict, kind, text) = match node {
                Node::Global(..) => match graph.global(id) {
                    Some((module, name)) => {
                        let (verdict, why) = judge(module, name, false);
                        (verdict, "global", format!("names {}: {why}", shown(module, name)))
                    }
                    None => (
                        Verdict::Dangerous,
                        "stack global",
                        "names a class or function by what is computed while it is loaded".to_string(),
                    ),
                },
                Node::Call(call) => {
                    let (mut verdict, text) = called(graph, call.callee);
                    let operand = match graph.node(call.args) {
                        Node::Tuple(args) => args.first().copied(),
                        _ => None,
                    };
                    if let (Some((module, name)), Some(operand)) = (graph.global(call.callee), operand)
                        && calls_its_first_operand(module, name)
                    {
                        let (worse, text) = called(graph, operand);
                        verdict = verdict.max(worse);
                        if sure || worse == Verdict::Dangerous {
                            self.tell(worse, "call", place, graph.offset(id), text);
                        }
                    }
                    if graph.global(call.callee) == Some(("_codecs", "encode")) && !latin1(graph, call.args) {
                        let text = "calls _codecs.encode with something else than latin1, which computes a string";
                        self.tell(Verdict::Dangerous, "call", place, graph.offset(id), text.into());
                    }
                    (verdict, "call", text)
                }
                Node::Extension(code) => (
                    Verdict::Suspicious,
                    "extension",
                    format!(
                        "names a class or function by extension code {code}, which only the program that loads it knows"
                    ),
                ),
                Node::Text(text) => {
                    self.string(place, graph.offset(id), text.as_bytes());
                    continue;
                }
                Node::Bytes(bytes) => {
                    self.string(place, graph.offset(id), bytes);
                    continue;
                }
                _ => continue,
            };
            names = true;
            if sure || verdict == Verdict::Dangerous && matches!(node, Node::Call(_)) && plausible(graph, id) {
                self.tell(verdict, kind, place, graph.offset(id), text);
            }
        }
        for oddity in seen.oddities.iter().filter(|o| sure || o.grave) {
            let verdict = if oddity.grave { Verdict::Dangerous } else { Verdict::Suspicious };
            self.tell(verdict, "oddity", place, oddity.at, oddity.text.clone());
        }
        if graph.nodes().len() >= self.objects {
            let text = format!("the pickle makes more than {} objects; the rest was not looked at", self.objects);
            self.tell(Verdict::Unread, "limit", place, seen.end, text);
        } else if sure && let Some(error) = &seen.error {
            let text = format!("the pickle breaks off, and what stands before that would have run: {error}");
            self.tell(Verdict::Suspicious, "broken", place, seen.end, text);
        }
        if sure && names && chained {
            self.tell(Verdict::Suspicious, "chained", place, 0, "a pickle stands behind the end of another".into());
        }
        if sure && place.in_pickle && (headed || names) {
            self.tell(Verdict::Suspicious, "nested", place, 0, "a string of a pickle is a pickle itself".into());
        }
    }

    /// A string of a pickle, which may be anything.
    fn string(&mut self, place: Place<'_>, at: usize, bytes: &[u8]) {
        if bytes.len() >= SHORTEST {
            let arrow = if place.entry.is_empty() { "" } else { " > " };
            let entry = format!("{}{arrow}string at byte {}", place.entry, place.byte + at);
            self.blob(Place { entry: &entry, byte: 0, depth: place.depth + 1, in_pickle: true, stacked: false }, bytes);
        }
    }
}

/// A name, cut to what fits on a line.
fn shown(module: &str, name: &str) -> String {
    let cut = |text: &str| text.chars().take(120).collect::<String>().escape_debug().to_string();
    format!("{}.{}", cut(module), cut(name))
}

/// What is thought of a call.
fn called(graph: &Graph<'_>, callee: Id) -> (Verdict, String) {
    let class = match graph.node(callee) {
        Node::Persistent(tag) => graph.class_with_source(*tag),
        _ => None,
    };
    match graph.global(class.unwrap_or(callee)) {
        Some((module, name)) => {
            let (verdict, why) = judge(module, name, true);
            (verdict, format!("calls {}: {why}", shown(module, name)))
        }
        None => (Verdict::Dangerous, format!("calls {}, whatever that is by then", graph.kind(callee))),
    }
}

/// Whether what is called could be a function's name, not chance.
fn plausible(graph: &Graph<'_>, id: Id) -> bool {
    let Node::Call(call) = graph.node(id) else { return false };
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._<>".contains(c));
    match graph.global(call.callee) {
        Some((module, name)) => word(module) && word(name),
        None => matches!(graph.node(call.callee), Node::Global(..) | Node::Call(_)),
    }
}

fn latin1(graph: &Graph<'_>, args: Id) -> bool {
    let Node::Tuple(args) = graph.node(args) else { return false };
    args.len() == 2 && matches!(graph.text(args[1]), Some("latin1" | "latin-1"))
}
