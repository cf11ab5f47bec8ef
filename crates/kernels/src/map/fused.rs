//! Fused kernels made at run time: an [`Expr`] is run over tiles of 512 elements in the L1 cache, one vectorised loop
//! per operation. It is a kernel like any other: the driver brings any dtypes and strides to it.

use super::{Chunk, DType, Dst, Kernel, Out, Src};
use crate::copy::convert;
use crate::lane::sym::{Expr, Node, Op};
use std::mem::MaybeUninit;

/// Elements of a tile.
const TILE: usize = 512;
/// Tiles that may be in use at once.
const TILES: usize = 24;

/// Where an operand lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Input(usize),
    Tile(usize),
    Output,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    chunks: [Chunk; 2],
    operands: usize,
    from: [Place; 3],
    to: Place,
}

/// An expression made ready to run.
#[derive(Debug)]
pub struct Fused {
    steps: Vec<Step>,
    /// Constants, each in a tile of its own that is filled once per call.
    constants: Vec<(f64, usize)>,
    kernel: Kernel,
}

impl Fused {
    /// The kernel of an expression of `inputs` inputs; `None` if it needs more tiles than there are, has too many inputs,
    /// or does no operation at all.
    pub fn new(expr: &Expr, inputs: usize) -> Option<Fused> {
        if inputs > super::MAX_INPUTS || !matches!(expr.nodes[expr.output as usize], Node::Op(..)) {
            return None;
        }
        let n = expr.output as usize + 1;
        // Nodes that the output needs, and the last node that uses each.
        let mut last_use = vec![0usize; n];
        last_use[n - 1] = n;
        for i in (0..n).rev() {
            if let (true, Node::Op(op, operands)) = (last_use[i] > 0, expr.nodes[i]) {
                for &o in &operands[..op.operands()] {
                    last_use[o as usize] = last_use[o as usize].max(i);
                }
            }
        }
        let mut free: Vec<usize> = (0..TILES).rev().collect();
        let mut places = vec![Place::Output; n];
        let (mut steps, mut constants) = (Vec::new(), Vec::new());
        // Constants are filled before the first step: their tiles must not serve anything earlier.
        for i in 0..n {
            if let (true, Node::Const(x)) = (last_use[i] > 0, expr.nodes[i]) {
                let tile = free.pop()?;
                places[i] = Place::Tile(tile);
                constants.push((x, tile));
            }
        }
        for i in 0..n {
            if last_use[i] == 0 {
                continue;
            }
            match expr.nodes[i] {
                Node::Input(k) => places[i] = Place::Input(k),
                Node::Const(_) => {}
                Node::Op(op, operands) => {
                    let from: [Place; 3] = std::array::from_fn(|k| places[operands[k] as usize]);
                    // A tile read for the last time here may be written here.
                    for (k, &o) in operands[..op.operands()].iter().enumerate() {
                        let again = operands[..k].contains(&o);
                        let constant = matches!(expr.nodes[o as usize], Node::Const(_));
                        if let (false, false, true, Place::Tile(tile)) =
                            (again, constant, last_use[o as usize] == i, from[k])
                        {
                            free.push(tile);
                        }
                    }
                    let to = if i == n - 1 { Place::Output } else { Place::Tile(free.pop()?) };
                    places[i] = to;
                    steps.push(Step { chunks: chunks(op)?, operands: op.operands(), from, to });
                }
            }
        }
        let mut table: [Option<Chunk>; 12] = [None; 12];
        table[DType::F32 as usize] = Some(run_tiles::<4>);
        table[DType::F64 as usize] = Some(run_tiles::<8>);
        let cost = 2 + steps.len() as u32;
        let kernel = Kernel { chunks: table, inputs, out: Out::Compute, first_bool: false, cost };
        Some(Fused { steps, constants, kernel })
    }

    /// Runs it.
    ///
    /// # Safety
    /// As [`super::run`]; `compute` is f32 or f64.
    pub unsafe fn run(&self, compute: DType, shape: &[usize], ins: &[Src<'_>], out: Dst<'_>) {
        // SAFETY: the caller's promise; the kernel's body is this very value.
        unsafe { super::run(&self.kernel, (&raw const *self).cast(), compute, shape, ins, out) }
    }
}

fn chunks(op: Op) -> Option<[Chunk; 2]> {
    let kernel = op.kernel();
    Some([kernel.chunks[DType::F32 as usize]?, kernel.chunks[DType::F64 as usize]?])
}

#[repr(align(64))]
struct Tiles<const SIZE: usize> {
    _elements: [[[MaybeUninit<u8>; SIZE]; TILE]; TILES],
}

unsafe fn run_tiles<const SIZE: usize>(body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    let mut tiles = MaybeUninit::<Tiles<SIZE>>::uninit();
    let tiles = tiles.as_mut_ptr().cast::<u8>();
    let dtype = if SIZE == 4 { DType::F32 } else { DType::F64 };
    // SAFETY: `Fused::run` passes itself as body; the driver passes its inputs and an output of `n` elements each; tiles
    // have room for TILE elements; a step reads tiles that earlier steps wrote.
    unsafe {
        let fused = &*body.cast::<Fused>();
        for (x, tile) in &fused.constants {
            let to = tiles.add(tile * TILE * SIZE);
            convert(DType::F64, (&raw const *x).cast(), 0, dtype, to, 1, n.min(TILE));
        }
        let mut at = 0;
        while at < n {
            let len = TILE.min(n - at);
            for step in &fused.steps {
                let mut from = [std::ptr::null::<u8>(); 3];
                for (to, place) in from.iter_mut().zip(&step.from[..step.operands]) {
                    *to = match *place {
                        Place::Input(k) => (*ins.add(k)).add(at * SIZE),
                        Place::Tile(t) => tiles.add(t * TILE * SIZE),
                        Place::Output => out.add(at * SIZE),
                    };
                }
                let to = match step.to {
                    Place::Tile(t) => tiles.add(t * TILE * SIZE),
                    _ => out.add(at * SIZE),
                };
                (step.chunks[(SIZE == 8) as usize])((&raw const fused).cast(), from.as_ptr(), to, len);
            }
            at += len;
        }
    }
}
