//! Einstein summation: operands are brought to one order of letters and multiplied pair by pair, as batched matrix products.

use crate::tensor::Shape;
use crate::{Result, Tensor, bail};
use std::collections::BTreeMap;

/// A letter of the equation; the dimensions of an ellipsis get numbers above all letters.
type Letter = u32;
const ELLIPSIS: Letter = 1 << 16;

fn letters(term: &str, rank: Option<usize>, ellipsis: usize) -> Result<Vec<Letter>> {
    let dots = term.matches("...").count();
    if dots > 1 || term.replace("...", "").contains('.') {
        bail!("einsum(): found '.' in {term:?} that is not part of any ellipsis, or more than one ellipsis");
    }
    let mut out = Vec::new();
    let mut chars = term.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' => {}
            '.' => {
                chars.next();
                chars.next();
                let named = term.chars().filter(|c| c.is_ascii_alphabetic()).count();
                let own = match rank {
                    Some(rank) if rank >= named => rank - named,
                    Some(rank) => {
                        bail!("einsum(): the term {term:?} has {named} subscripts, but its operand {rank} dimensions")
                    }
                    None => ellipsis,
                };
                // Ellipsis dimensions broadcast from the right.
                out.extend((ellipsis - own..ellipsis).map(|i| ELLIPSIS + i as Letter));
            }
            c if c.is_ascii_alphabetic() => out.push(c as Letter),
            c => bail!("einsum(): invalid subscript given in {term:?}: {c:?}; subscripts must be in [a-zA-Z]"),
        }
    }
    Ok(out)
}

/// `operand` with one dimension per letter of `order` (size 1 where it has none), repeated letters taken on the diagonal.
fn align(operand: &Tensor, mut term: Vec<Letter>, order: &[Letter]) -> Result<Tensor> {
    let mut x = operand.clone();
    let mut i = 0;
    while i < term.len() {
        if let Some(j) = (i + 1..term.len()).find(|j| term[*j] == term[i]) {
            if x.shape()[i] != x.shape()[j] {
                bail!(
                    "einsum(): a repeated subscript has sizes {} and {} in one operand {:?}",
                    x.shape()[i],
                    x.shape()[j],
                    operand.shape()
                );
            }
            x = x.diagonal(0, i as i64, j as i64)?;
            let letter = term[i];
            term.remove(j);
            term.remove(i);
            term.push(letter);
        } else {
            i += 1;
        }
    }
    let present: Vec<i64> = order.iter().filter_map(|l| term.iter().position(|t| t == l)).map(|p| p as i64).collect();
    let x = x.permute(&present)?;
    let mut shape = Shape::new();
    let mut next = 0;
    for letter in order {
        if term.contains(letter) {
            shape.push(x.shape()[next]);
            next += 1;
        } else {
            shape.push(1);
        }
    }
    crate::ops::view::reshape_to(&x, &shape)
}

/// The product of two aligned operands, summed over the dimensions in `sum` (which keep size 1).
fn contract(a: &Tensor, b: &Tensor, sum: &[usize]) -> Result<Tensor> {
    let rank = a.dim();
    let (mut batch, mut left, mut right, mut inner) = (vec![], vec![], vec![], vec![]);
    let (mut a, mut b) = (a.clone(), b.clone());
    for d in 0..rank {
        let (has_a, has_b) = (a.shape()[d] != 1, b.shape()[d] != 1);
        match (sum.contains(&d), has_a, has_b) {
            (true, true, true) => inner.push(d),
            (true, true, false) => a = a.sum(d as i64, true, None)?,
            (true, false, true) => b = b.sum(d as i64, true, None)?,
            (true, false, false) | (false, true, true) => batch.push(d),
            (false, true, false) => left.push(d),
            (false, false, _) => right.push(d),
        }
    }
    if inner.is_empty() {
        return a.mul(&b);
    }
    let sizes = |x: &Tensor, dims: &[usize]| dims.iter().map(|d| x.shape()[*d]).product::<usize>();
    let order = |groups: [&[usize]; 4]| groups.concat().iter().map(|d| *d as i64).collect::<Vec<i64>>();
    let (nb, nl, nr, ni) = (sizes(&a, &batch), sizes(&a, &left), sizes(&b, &right), sizes(&a, &inner));
    let x = crate::ops::view::reshape_to(&a.permute(&order([&batch, &left, &inner, &right]))?, &[nb, nl, ni])?;
    let y = crate::ops::view::reshape_to(&b.permute(&order([&batch, &inner, &right, &left]))?, &[nb, ni, nr])?;
    let product = x.bmm(&y)?;
    let mut shape = Shape::new();
    let now = [&batch[..], &left, &right, &inner].concat();
    for d in &now {
        shape.push(match () {
            () if batch.contains(d) || left.contains(d) => a.shape()[*d],
            () if right.contains(d) => b.shape()[*d],
            () => 1,
        });
    }
    let back: Vec<i64> = (0..rank).filter_map(|d| now.iter().position(|n| *n == d)).map(|p| p as i64).collect();
    crate::ops::view::reshape_to(&product, &shape)?.permute(&back)
}

/// Sums of products over named dimensions: `einsum("bij,bjk->bik", &[a, b])`. Ellipses broadcast; without `->` the output has
/// the letters that occur once, in alphabetical order.
#[crate::function(dtypes = "float", method = false, samples = ["'ij,jk->ik', [T(2,3), T(3,4)]", "'bij,bjk', [T(2,3,4), T(2,4,5)]", "'ii->i', [T(3,3)]", "'ii', [T(3,3)]", "'...ij,...jk->...ik', [T(2,3,4), T(4,5)]", "'i,j,k->ijk', [T(2), T(3), T(4)]", "'ij->ji', [T(2,3)]", "'bhid,bhjd->bhij', [T(2,2,3,4), T(2,2,5,4)]", "'ij,j->i', [T(3,4), T(4)]"])]
pub fn einsum(equation: &str, operands: &[Tensor]) -> Result<Tensor> {
    let (left, right) = match equation.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (equation, None),
    };
    let terms: Vec<&str> = left.split(',').collect();
    if terms.len() != operands.len() || operands.is_empty() {
        bail!("einsum(): the equation {equation:?} has {} terms for {} operands", terms.len(), operands.len());
    }
    let named = |t: &str| t.chars().filter(|c| c.is_ascii_alphabetic()).count();
    let ellipsis = terms
        .iter()
        .zip(operands)
        .filter(|(t, _)| t.contains("..."))
        .map(|(t, o)| o.dim().saturating_sub(named(t)))
        .max()
        .unwrap_or(0);
    let terms: Vec<Vec<Letter>> =
        terms.iter().zip(operands).map(|(t, o)| letters(t, Some(o.dim()), ellipsis)).collect::<Result<_>>()?;
    let mut sizes: BTreeMap<Letter, usize> = BTreeMap::new();
    let mut counts: BTreeMap<Letter, usize> = BTreeMap::new();
    for (term, operand) in terms.iter().zip(operands) {
        if term.len() != operand.dim() {
            bail!(
                "einsum(): the number of subscripts ({}) does not match the number of dimensions ({}) of an operand of {equation:?}",
                term.len(),
                operand.dim()
            );
        }
        for (letter, size) in term.iter().zip(operand.shape()) {
            let known = sizes.entry(*letter).or_insert(*size);
            if *known == 1 {
                *known = *size;
            } else if *size != 1 && *known != *size {
                bail!("einsum(): operands do not broadcast in {equation:?}: a subscript has sizes {known} and {size}");
            }
            *counts.entry(*letter).or_default() += 1;
        }
    }
    let output: Vec<Letter> = match right {
        Some(right) => letters(right, None, if right.contains("...") { ellipsis } else { 0 })?,
        None => {
            let dots = (0..ellipsis).map(|i| ELLIPSIS + i as Letter);
            dots.chain(counts.iter().filter(|(l, n)| **l < ELLIPSIS && **n == 1).map(|(l, _)| *l)).collect()
        }
    };
    for (i, letter) in output.iter().enumerate() {
        if output[..i].contains(letter) || !sizes.contains_key(letter) {
            bail!("einsum(): an output subscript of {equation:?} appears more than once, or in no operand");
        }
    }
    let summed: Vec<Letter> = sizes.keys().filter(|l| !output.contains(l)).copied().collect();
    let order: Vec<Letter> = output.iter().chain(&summed).copied().collect();
    let aligned: Vec<Tensor> = operands.iter().zip(terms).map(|(o, t)| align(o, t, &order)).collect::<Result<_>>()?;
    let mut result = aligned[0].clone();
    for (i, next) in aligned.iter().enumerate().skip(1) {
        // A dimension is summed as soon as no later operand has it.
        let sum: Vec<usize> =
            (output.len()..order.len()).filter(|d| aligned[i + 1..].iter().all(|t| t.shape()[*d] == 1)).collect();
        result = contract(&result, next, &sum)?;
    }
    let rest: Vec<i64> = (output.len()..order.len()).map(|d| d as i64).collect();
    if rest.is_empty() {
        return Ok(result);
    }
    let sum = result.sum(&rest[..], true, None)?;
    // The sums of a single operand of integers are int64, as those of `sum`; products keep their dtype.
    let result = if operands.len() == 1 { sum } else { sum.to_dtype(result.dtype())? };
    let shape: Shape = result.shape()[..output.len()].into();
    crate::ops::view::reshape_to(&result, &shape)
}
