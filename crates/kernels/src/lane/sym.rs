//! `Sym`, the lane that records: a body evaluated on it leaves an [`Expr`], the list of operations it did, for fused
//! kernels and for generated source. Equal operations are recorded once.

use super::{Field, Lane, Num, Ring};
use crate::map::Map;
use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

/// Declares the operations: name, number of operands, and what each computes on any lane.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident [$($arg:ident)*] $n:literal => $e:expr;)*) => {
        /// An operation of an [`Expr`]. Truth values are numbers, 1 or 0.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Op {
            $($(#[$doc])* $name,)*
        }

        impl Op {
            /// How many operands it takes.
            pub fn operands(self) -> usize {
                match self {
                    $(Op::$name => $n,)*
                }
            }

            /// The kernel that does this operation alone.
            pub fn kernel(self) -> &'static crate::map::Kernel {
                match self {
                    $(Op::$name => {
                        #[derive(Clone, Copy)]
                        struct Body;
                        impl Map<$n> for Body {
                            #[inline(always)]
                            fn eval<L: Lane>(&self, [$($arg),*]: [L; $n]) -> L {
                                $e
                            }
                        }
                        crate::map::map::<Body, $n>()
                    })*
                }
            }
        }
    };
}

operations! {
    /// -a
    Neg [a] 1 => -a;
    /// |a|
    Abs [a] 1 => a.abs();
    /// Square root.
    Sqrt [a] 1 => a.sqrt();
    /// e^a.
    Exp [a] 1 => a.exp();
    /// 2^a.
    Exp2 [a] 1 => a.exp2();
    /// e^a - 1.
    Expm1 [a] 1 => a.expm1();
    /// Natural logarithm.
    Log [a] 1 => a.log();
    /// Logarithm to base 2.
    Log2 [a] 1 => a.log2();
    /// Logarithm to base 10.
    Log10 [a] 1 => a.log10();
    /// log(1 + a).
    Log1p [a] 1 => a.log1p();
    /// Sine.
    Sin [a] 1 => a.sin();
    /// Cosine.
    Cos [a] 1 => a.cos();
    /// Tangent.
    Tan [a] 1 => a.tan();
    /// Inverse sine.
    Asin [a] 1 => a.asin();
    /// Inverse cosine.
    Acos [a] 1 => a.acos();
    /// Inverse tangent.
    Atan [a] 1 => a.atan();
    /// Hyperbolic sine.
    Sinh [a] 1 => a.sinh();
    /// Hyperbolic cosine.
    Cosh [a] 1 => a.cosh();
    /// Hyperbolic tangent.
    Tanh [a] 1 => a.tanh();
    /// Inverse hyperbolic sine.
    Asinh [a] 1 => a.asinh();
    /// Inverse hyperbolic cosine.
    Acosh [a] 1 => a.acosh();
    /// Inverse hyperbolic tangent.
    Atanh [a] 1 => a.atanh();
    /// 1 / (1 + e^-a).
    Sigmoid [a] 1 => a.sigmoid();
    /// Largest integer not above.
    Floor [a] 1 => a.floor();
    /// Smallest integer not below.
    Ceil [a] 1 => a.ceil();
    /// Without the fraction.
    Trunc [a] 1 => a.trunc();
    /// Nearest integer, ties to even.
    Round [a] 1 => a.round();
    /// The error function.
    Erf [a] 1 => a.erf();
    /// 1 - erf(a).
    Erfc [a] 1 => a.erfc();
    /// erfc(a/√2)/2 for a that is not negative.
    NormalTail [a] 1 => a.normal_tail();
    /// Inverse of the error function.
    Erfinv [a] 1 => a.erfinv();
    /// log |Γ(a)|.
    Lgamma [a] 1 => a.lgamma();
    /// Derivative of log Γ.
    Digamma [a] 1 => a.digamma();
    /// 1 - a of a truth value.
    Not [a] 1 => L::splat(1.0) - a;
    /// a + b
    Add [a b] 2 => a + b;
    /// a - b
    Sub [a b] 2 => a - b;
    /// a * b
    Mul [a b] 2 => a * b;
    /// a / b
    Div [a b] 2 => a / b;
    /// The smaller; NaN if either is.
    Min [a b] 2 => a.min(b);
    /// The larger; NaN if either is.
    Max [a b] 2 => a.max(b);
    /// a^b.
    Pow [a b] 2 => a.pow(b);
    /// Angle of the point (b, a).
    Atan2 [a b] 2 => a.atan2(b);
    /// C's `fmod`.
    Fmod [a b] 2 => a.fmod(b);
    /// sqrt(a² + b²).
    Hypot [a b] 2 => a.hypot(b);
    /// The next float towards b.
    Nextafter [a b] 2 => a.nextafter(b);
    /// Magnitude of a, sign of b.
    Copysign [a b] 2 => a.copysign(b);
    /// a < b
    Lt [a b] 2 => L::from_mask(a.lt(b));
    /// a <= b
    Le [a b] 2 => L::from_mask(a.le(b));
    /// a == b
    Eq [a b] 2 => L::from_mask(a.eq(b));
    /// Exclusive or of truth values.
    Xor [a b] 2 => L::from_mask(a.ne(b));
    /// a * b + c, rounded once.
    Fma [a b c] 3 => a.fma(b, c);
    /// b where a is not 0, else c.
    Select [a b c] 3 => L::select(a.truthy(), b, c);
}

/// A node of an [`Expr`]; operands are indices of earlier nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// Input number so-and-so.
    Input(usize),
    /// A constant.
    Const(f64),
    /// An operation; operands beyond its number are 0.
    Op(Op, [u32; 3]),
}

/// What a body does: nodes in order, each using earlier ones only, and which of them is the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The result.
    pub output: u32,
}

thread_local! {
    static NODES: RefCell<Vec<Node>> = const { RefCell::new(Vec::new()) };
}

fn push(node: Node) -> Sym {
    NODES.with_borrow_mut(|nodes| {
        let same = |other: &Node| match (*other, node) {
            // By bits: -0 is not 0.
            (Node::Const(a), Node::Const(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        };
        let at = nodes.iter().position(same).unwrap_or_else(|| {
            nodes.push(node);
            nodes.len() - 1
        });
        Sym(at as u32)
    })
}

impl Expr {
    /// What this body does. Recordings do not nest: a body must not record another.
    pub fn record<B: Map<N>, const N: usize>(body: &B) -> Expr {
        NODES.with_borrow_mut(Vec::clear);
        let output = body.eval(std::array::from_fn::<Sym, N, _>(|i| push(Node::Input(i)))).0;
        Expr { nodes: NODES.with_borrow_mut(std::mem::take), output }
    }

    /// This expression with `inner` in the place of its input `input`; the other inputs follow `inner`'s.
    pub fn after(&self, input: usize, inner: &Expr) -> Expr {
        let inputs = |e: &Expr| e.nodes.iter().filter(|n| matches!(n, Node::Input(_))).count();
        let offset = inputs(inner);
        let mut nodes = inner.nodes.clone();
        let mut moved = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let at = match *node {
                Node::Input(i) if i == input => inner.output,
                Node::Input(i) => {
                    nodes.push(Node::Input(offset + i - (i > input) as usize));
                    nodes.len() as u32 - 1
                }
                Node::Const(x) => {
                    nodes.push(Node::Const(x));
                    nodes.len() as u32 - 1
                }
                Node::Op(op, operands) => {
                    let mut to = [0; 3];
                    for k in 0..op.operands() {
                        to[k] = moved[operands[k] as usize];
                    }
                    nodes.push(Node::Op(op, to));
                    nodes.len() as u32 - 1
                }
            };
            moved.push(at);
        }
        Expr { output: moved[self.output as usize], nodes }
    }
}

/// A lane that records what is done with it. Make one with [`Expr::record`].
#[derive(Clone, Copy, Debug)]
pub struct Sym(u32);

/// A recorded truth value.
#[derive(Clone, Copy, Debug)]
pub struct SymMask(Sym);

fn one(op: Op, a: Sym) -> Sym {
    push(Node::Op(op, [a.0, 0, 0]))
}

fn two(op: Op, a: Sym, b: Sym) -> Sym {
    push(Node::Op(op, [a.0, b.0, 0]))
}

macro_rules! operators {
    ($($trait:ident $name:ident)*) => {$(
        impl $trait for Sym {
            type Output = Sym;
            fn $name(self, other: Sym) -> Sym {
                two(Op::$trait, self, other)
            }
        }
    )*};
}
operators!(Add add Sub sub Mul mul Div div);

impl Neg for Sym {
    type Output = Sym;
    fn neg(self) -> Sym {
        one(Op::Neg, self)
    }
}
impl BitAnd for SymMask {
    type Output = SymMask;
    fn bitand(self, other: SymMask) -> SymMask {
        SymMask(two(Op::Min, self.0, other.0))
    }
}
impl BitOr for SymMask {
    type Output = SymMask;
    fn bitor(self, other: SymMask) -> SymMask {
        SymMask(two(Op::Max, self.0, other.0))
    }
}
impl BitXor for SymMask {
    type Output = SymMask;
    fn bitxor(self, other: SymMask) -> SymMask {
        SymMask(two(Op::Xor, self.0, other.0))
    }
}
impl Not for SymMask {
    type Output = SymMask;
    fn not(self) -> SymMask {
        SymMask(one(Op::Not, self.0))
    }
}

impl Ring for Sym {
    fn mul_add(self, b: Sym, c: Sym) -> Sym {
        Lane::fma(self, b, c)
    }
    type Mask = SymMask;
    fn splat(x: f64) -> Sym {
        push(Node::Const(x))
    }
    fn splat_i64(x: i64) -> Sym {
        push(Node::Const(x as f64))
    }
    fn eq(self, other: Sym) -> SymMask {
        SymMask(two(Op::Eq, self, other))
    }
    fn select(mask: SymMask, a: Sym, b: Sym) -> Sym {
        push(Node::Op(Op::Select, [mask.0.0, a.0, b.0]))
    }
    fn from_mask(mask: SymMask) -> Sym {
        mask.0
    }
}

impl Num for Sym {
    fn lt(self, other: Sym) -> SymMask {
        SymMask(two(Op::Lt, self, other))
    }
    fn le(self, other: Sym) -> SymMask {
        SymMask(two(Op::Le, self, other))
    }
    fn min(self, other: Sym) -> Sym {
        two(Op::Min, self, other)
    }
    fn max(self, other: Sym) -> Sym {
        two(Op::Max, self, other)
    }
    fn lowest() -> Sym {
        Self::splat(f64::NEG_INFINITY)
    }
    fn highest() -> Sym {
        Self::splat(f64::INFINITY)
    }
    fn abs(self) -> Sym {
        one(Op::Abs, self)
    }
}

macro_rules! recorded {
    ($($name:ident $op:ident)*) => {$(
        fn $name(self) -> Sym {
            one(Op::$op, self)
        }
    )*};
}
macro_rules! recorded2 {
    ($($name:ident $op:ident)*) => {$(
        fn $name(self, other: Sym) -> Sym {
            two(Op::$op, self, other)
        }
    )*};
}

impl Field for Sym {
    recorded!(sqrt Sqrt exp Exp exp2 Exp2 expm1 Expm1 log Log log2 Log2 log10 Log10 log1p Log1p sin Sin cos Cos tan Tan
        asin Asin acos Acos atan Atan sinh Sinh cosh Cosh tanh Tanh asinh Asinh acosh Acosh atanh Atanh
        sigmoid Sigmoid);
    recorded2!(pow Pow);
}

impl Lane for Sym {
    fn fma(self, b: Sym, c: Sym) -> Sym {
        push(Node::Op(Op::Fma, [self.0, b.0, c.0]))
    }
    recorded!(floor Floor ceil Ceil trunc Trunc round Round erf Erf erfc Erfc normal_tail NormalTail erfinv Erfinv lgamma Lgamma
        digamma Digamma);
    recorded2!(copysign Copysign atan2 Atan2 fmod Fmod hypot Hypot nextafter Nextafter);
}
