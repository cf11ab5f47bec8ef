//! Properties that hold for any layout, any operands and any index, against models that count places one by one.

use flambeau_core::ops::index::Index;
use flambeau_core::ops::map::result_type;
use flambeau_core::{DType, ErrorClass, Operand, Tensor, broadcast_shapes};
use proptest::prelude::*;
use proptest::sample::subsequence;
use std::collections::{BTreeMap, HashSet};

/// A tensor as a list: which element of the base stands at each index, row by row.
#[derive(Clone, Debug)]
struct Model {
    shape: Vec<usize>,
    places: Vec<i64>,
}

/// All indices of a shape, row by row.
fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |all, n| {
        all.iter().flat_map(|index| (0..*n).map(move |i| [&index[..], &[i]].concat())).collect()
    })
}

impl Model {
    fn new(shape: &[usize]) -> Model {
        Model { shape: shape.to_vec(), places: (0..shape.iter().product::<usize>() as i64).collect() }
    }

    fn at(&self, index: &[usize]) -> i64 {
        let flat = index.iter().zip(&self.shape).fold(0, |flat, (i, n)| flat * n + i);
        self.places[flat]
    }

    /// A view of `shape` whose element at an index is this one's at `from(index)`.
    fn pick(&self, shape: &[usize], from: impl Fn(&[usize]) -> Vec<usize>) -> Model {
        let places = indices(shape).iter().map(|index| self.at(&from(index))).collect();
        Model { shape: shape.to_vec(), places }
    }
}

fn arange(shape: &[usize]) -> Tensor {
    Tensor::from_vec(Model::new(shape).places, shape).expect("a tensor")
}

/// One step of a chain of views; the numbers are brought into range when it is taken.
type Step = (u8, usize, usize, usize);

/// The tensor and its model after one more view.
fn step(t: &Tensor, m: &Model, (kind, a, b, c): Step) -> (Tensor, Model) {
    let rank = m.shape.len();
    let dim = if rank > 0 { a % rank } else { 0 };
    let mut shape = m.shape.clone();
    let without = |index: &[usize], d: usize, i: usize| [&index[..d], &[i], &index[d..]].concat();
    let (view, model) = match kind {
        0 if rank > 1 => {
            let other = b % rank;
            shape.swap(dim, other);
            let swapped = |index: &[usize]| {
                let mut index = index.to_vec();
                index.swap(dim, other);
                index
            };
            (t.transpose(dim as i64, other as i64), m.pick(&shape, swapped))
        }
        1 if rank > 0 => {
            let n = shape[dim];
            let (start, by) = (b % (n + 1), c % 3 + 1);
            shape[dim] = (n - start).div_ceil(by);
            let view = t.slice(dim as i64, Some(start as i64), None, by as i64);
            (
                view,
                m.pick(&shape, |index| {
                    let mut index = index.to_vec();
                    index[dim] = start + index[dim] * by;
                    index
                }),
            )
        }
        2 if rank > 0 && shape[dim] > 0 => {
            let i = b % shape[dim];
            shape.remove(dim);
            (t.select(dim as i64, i as i64), m.pick(&shape, |index| without(index, dim, i)))
        }
        3 if rank < 5 => {
            let d = a % (rank + 1);
            shape.insert(d, 1);
            (t.unsqueeze(d as i64), m.pick(&shape, |index| [&index[..d], &index[d + 1..]].concat()))
        }
        4 => {
            let kept: Vec<usize> = (0..rank).filter(|d| shape[*d] != 1).collect();
            let small: Vec<usize> = kept.iter().map(|d| shape[*d]).collect();
            let wide = |index: &[usize]| {
                let mut all = vec![0; rank];
                kept.iter().zip(index).for_each(|(d, i)| all[*d] = *i);
                all
            };
            (t.squeeze(()), m.pick(&small, wide))
        }
        5 if rank < 5 => {
            let lead = b % 3;
            let wide: Vec<usize> =
                [lead].into_iter().chain(shape.iter().map(|n| if *n == 1 { c % 3 + 1 } else { *n })).collect();
            let sizes: Vec<i64> = wide.iter().map(|n| *n as i64).collect();
            let narrow =
                |index: &[usize]| index[1..].iter().zip(&shape).map(|(i, n)| if *n == 1 { 0 } else { *i }).collect();
            (t.expand(&sizes), m.pick(&wide, narrow))
        }
        6 if rank > 1 => {
            let other = (dim + 1 + b % (rank - 1)) % rank;
            let offset = c as i64 % 5 - 2;
            let (down, right) = ((-offset).max(0) as usize, offset.max(0) as usize);
            let len = shape[dim].saturating_sub(down).min(shape[other].saturating_sub(right));
            let rest: Vec<usize> = (0..rank).filter(|d| *d != dim && *d != other).collect();
            let mut cut: Vec<usize> = rest.iter().map(|d| shape[*d]).collect();
            cut.push(len);
            let along = |index: &[usize]| {
                let mut all = vec![0; rank];
                rest.iter().zip(index).for_each(|(d, i)| all[*d] = *i);
                let i = index[index.len() - 1];
                (all[dim], all[other]) = (i + down, i + right);
                all
            };
            (t.diagonal(offset, dim as i64, other as i64), m.pick(&cut, along))
        }
        7 if rank > 0 && rank < 5 => {
            let size = b % (shape[dim] + 1);
            let by = c % 3 + 1;
            let view = t.unfold(dim as i64, size as i64, by as i64);
            shape[dim] = (shape[dim] - size) / by + 1;
            shape.push(size);
            (
                view,
                m.pick(&shape, |index| {
                    let mut all = index[..rank].to_vec();
                    all[dim] = index[dim] * by + index[rank];
                    all
                }),
            )
        }
        8 if rank > 1 => {
            let merged = dim.min(rank - 2);
            let n = shape.remove(merged);
            shape[merged] *= n;
            let sizes: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
            (t.reshape(&sizes), Model { shape, places: m.places.clone() })
        }
        9 if rank > 0 && rank < 5 => {
            let n = shape[dim];
            let divisors: Vec<usize> = (1..=n.max(1)).filter(|k| n.is_multiple_of(*k)).collect();
            let inner = divisors[b % divisors.len()];
            shape[dim] = n / inner;
            shape.insert(dim + 1, inner);
            let sizes: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
            (t.reshape(&sizes), Model { shape, places: m.places.clone() })
        }
        _ => (Ok(t.clone()), m.clone()),
    };
    (view.expect("a view"), model)
}

/// Where the elements lie, row by row.
fn walk(shape: &[usize], strides: &[isize], offset: usize) -> Vec<i64> {
    let place = |index: Vec<usize>| index.iter().zip(strides).map(|(i, s)| *i as i64 * *s as i64).sum::<i64>();
    indices(shape).into_iter().map(|index| offset as i64 + place(index)).collect()
}

fn shapes(rank: std::ops::Range<usize>, sizes: std::ops::Range<usize>) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(sizes, rank)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// A chain of views shows the elements that the model shows; what the layout says of itself is true; a write through
    /// the view reaches these elements of the base and no others.
    #[test]
    fn views_show_and_write_their_elements(
        sizes in shapes(0..4, 0..5),
        steps in prop::collection::vec((0u8..10, 0usize..60, 0usize..60, 0usize..60), 0..6),
    ) {
        let base = arange(&sizes);
        let (mut t, mut m) = (base.clone(), Model::new(&sizes));
        for s in steps {
            (t, m) = step(&t, &m, s);
            if m.places.len() > 3000 {
                break;
            }
        }
        prop_assert_eq!(t.shape(), &m.shape[..]);
        prop_assert_eq!(t.to_vec::<i64>().expect("numbers"), m.places.clone());
        if !t.storage().same(base.storage()) {
            return Ok(()); // A reshape had to copy: there is no layout of the base to speak of.
        }
        let layout = t.layout();
        prop_assert_eq!(walk(&layout.shape, &layout.strides, layout.offset), m.places.clone());
        let ends = m.places.iter().min().zip(m.places.iter().max()).map(|(a, b)| (*a as usize, *b as usize));
        prop_assert_eq!(layout.span(), ends);
        let run = m.places.windows(2).all(|w| w[1] == w[0] + 1);
        prop_assert_eq!(layout.is_contiguous(), run);
        let distinct: HashSet<i64> = m.places.iter().copied().collect();
        let once = distinct.len() == m.places.len();
        prop_assert!(once || layout.overlaps_itself());
        if layout.is_dense() && !m.places.is_empty() {
            let (low, high) = layout.span().expect("not empty");
            prop_assert!(once && high - low + 1 == m.places.len());
        }

        let wrote = t.mul_(-2);
        if !once {
            prop_assert!(wrote.is_err());
        } else if wrote.is_ok() {
            let expected: Vec<i64> =
                Model::new(&sizes).places.into_iter().map(|p| if distinct.contains(&p) { -2 * p } else { p }).collect();
            prop_assert_eq!(base.to_vec::<i64>().expect("numbers"), expected);
            prop_assert_eq!((base.version(), t.version()), (1, 1));
        } else {
            prop_assert!(layout.overlaps_itself());
        }
    }

    /// A layout is seen in another shape without a copy exactly where strides for that shape exist.
    #[test]
    fn reshaping_copies_only_where_it_must(
        sizes in shapes(1..5, 1..5),
        order in any::<prop::sample::Index>(),
        cut in prop::collection::vec((any::<bool>(), 0usize..8), 4),
        target in any::<prop::sample::Index>(),
    ) {
        let mut t = arange(&sizes);
        for (d, (every_second, swap)) in cut.iter().take(sizes.len()).enumerate() {
            t = t.transpose(d as i64, (swap % sizes.len()) as i64).expect("transpose");
            if *every_second {
                t = t.slice(d as i64, None, None, 2).expect("slice");
            }
        }
        t = t.transpose(0, order.index(sizes.len()) as i64).expect("transpose");
        let n = t.numel();
        let shapes: Vec<Vec<usize>> = indices(&[n + 1, n + 1, n + 1]).into_iter().filter(|s| s.iter().product::<usize>() == n).collect();
        let shape = target.get(&shapes);
        let places = walk(t.shape(), t.stride(), t.storage_offset());
        // If there are strides at all, each is the way from the first element to its neighbour.
        let inner: Vec<usize> = (0..3).map(|d| shape[d + 1..].iter().product()).collect();
        let strides: Vec<isize> =
            (0..3).map(|d| if shape[d] > 1 { (places[inner[d]] - places[0]) as isize } else { 0 }).collect();
        let possible = walk(shape, &strides, t.storage_offset()) == places;
        let seen = t.layout().view(shape);
        prop_assert_eq!(seen.is_some(), possible);
        if let Some(l) = seen {
            prop_assert_eq!(walk(&l.shape, &l.strides, l.offset), places);
        }
        let sizes: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
        prop_assert_eq!(t.view(&sizes).is_ok(), possible);
        prop_assert_eq!(t.reshape(&sizes).and_then(|r| r.to_vec::<i64>()).expect("reshape"), t.to_vec::<i64>().expect("numbers"));
    }

    /// Two shapes broadcast where each pair of sizes is equal or has a 1, counted from the end; the result takes the
    /// elements that the model takes; in place only if the first keeps its shape.
    #[test]
    fn broadcasting(a in shapes(0..5, 0..4), b in shapes(0..5, 0..4), copy in subsequence(vec![0, 1, 2, 3], 0..4)) {
        // Independent shapes rarely fit: some sizes are taken over.
        let mut b = b;
        for d in copy {
            if d < a.len() && d < b.len() {
                let at = b.len() - 1 - d;
                b[at] = a[a.len() - 1 - d];
            }
        }
        let rank = a.len().max(b.len());
        let size = |s: &[usize], d: usize| if d + s.len() >= rank { s[d + s.len() - rank] } else { 1 };
        let fits = (0..rank).all(|d| size(&a, d) == size(&b, d) || size(&a, d) == 1 || size(&b, d) == 1);
        let (x, y) = (arange(&a), arange(&b));
        let product = x.mul(100).and_then(|x| x.add(&y));
        prop_assert_eq!(broadcast_shapes(&a, &b).is_ok(), fits);
        prop_assert_eq!(product.is_ok(), fits);
        if !fits {
            let message = product.expect_err("a refusal").to_string();
            prop_assert!(message.contains("must match the size of tensor b"), "{}", message);
            return Ok(());
        }
        let wide: Vec<usize> = (0..rank).map(|d| if size(&a, d) == 1 { size(&b, d) } else { size(&a, d) }).collect();
        let narrow = |index: &[usize], s: &[usize]| -> Vec<usize> {
            index[rank - s.len()..].iter().zip(s).map(|(i, n)| if *n == 1 { 0 } else { *i }).collect()
        };
        let (left, right) = (Model::new(&a).pick(&wide, |i| narrow(i, &a)), Model::new(&b).pick(&wide, |i| narrow(i, &b)));
        let expected: Vec<i64> = left.places.iter().zip(&right.places).map(|(l, r)| 100 * l + r).collect();
        let product = product.expect("checked");
        prop_assert_eq!(product.shape(), &wide[..]);
        prop_assert_eq!(product.to_vec::<i64>().expect("numbers"), expected);
        prop_assert_eq!(x.add_(&y).is_ok(), wide == a);
    }

    /// The dtype of many operands does not depend on their order, and is that of the pairwise answers of PyTorch.
    #[test]
    fn promotion_does_not_depend_on_the_order(mut chosen in prop::collection::vec(0usize..24, 1..6), turn in 0usize..6) {
        let tensor = |i: &usize| Tensor::from_vec(vec![true], if i.is_multiple_of(2) { &[1] } else { &[] })
            .and_then(|t| t.to_dtype(DType::ALL[i / 2])).expect("a tensor");
        let tensors: Vec<Tensor> = chosen.iter().map(tensor).collect();
        let first = result_type(tensors.iter().map(Operand::from));
        let n = chosen.len();
        chosen.rotate_left(turn % n);
        chosen.reverse();
        let tensors: Vec<Tensor> = chosen.iter().map(tensor).collect();
        prop_assert_eq!(first, result_type(tensors.iter().map(Operand::from)));
    }
}

/// Every pair of dtypes as tensors, 0-d tensors and numbers: PyTorch's `result_type`, which is also the dtype of a sum.
#[test]
fn promotion_is_pytorchs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance/goldens/promotion.json");
    let text = std::fs::read_to_string(path).expect("the goldens");
    let table: BTreeMap<String, String> = serde_json::from_str(&text).expect("a table");
    assert_eq!(table.len(), 28 * 28);
    let tensor = |name: &str| {
        let (dtype, shape) = name.split_once('[')?;
        let shape: &[usize] = if shape == "1]" { &[2] } else { &[] };
        Some(flambeau_core::ops::ones(shape, DType::from_name(dtype).expect("a dtype")).expect("a tensor"))
    };
    fn number(name: &str) -> Operand<'static> {
        match name {
            "bool" => true.into(),
            "int" => 3.into(),
            "float" => 2.5.into(),
            _ => Operand::Scalar(flambeau_core::Scalar::Complex(1.0, 2.0)),
        }
    }
    for (pair, expected) in table {
        let (left, right) = pair.split_once(' ').expect("two operands");
        // The complex dtypes of halves are not among ours.
        let expected = if expected.ends_with("complex32") { "complex64" } else { &expected };
        let (a, b) = (tensor(left), tensor(right));
        let operand = |t: &'static Option<Tensor>, name| t.as_ref().map_or_else(|| number(name), Operand::from);
        let (a, b): (&'static _, &'static _) = (Box::leak(Box::new(a)), Box::leak(Box::new(b)));
        assert_eq!(result_type([operand(a, left), operand(b, right)]).name(), expected, "{pair}");
        if let Some(a) = a {
            let sum = a.add(operand(b, right)).expect("a sum");
            assert_eq!(sum.dtype().name(), expected, "{pair}");
        }
    }
}

/// One entry of an index before it is fitted to a dimension.
type Entry = (u8, i64, i64, i64, u8);

/// An index tensor: its shape and values.
#[derive(Clone, Debug)]
struct Places {
    shape: Vec<usize>,
    values: Vec<usize>,
}

/// The indices that the entries make for a tensor of this shape, and what they choose; `None` if they should be refused.
fn index_by_model(shape: &[usize], entries: &[Entry]) -> (Vec<Index>, Option<Model>) {
    let mut indices_made = Vec::new();
    let mut view = Model::new(shape);
    let mut advanced: Vec<Option<Places>> = Vec::new();
    let (mut dim, mut consumed, mut valid, mut dots) = (0, 0, true, false);
    for (kind, a, b, c, form) in entries.iter().copied() {
        let left = shape.len() - consumed;
        let n = view.shape.get(dim).copied().unwrap_or(0);
        let signed = |i: usize, minus: bool| if minus { i as i64 - n as i64 } else { i as i64 };
        match kind {
            0 if left > 0 => {
                let i = a.rem_euclid(n as i64 + 1) as usize;
                let inside = i < n;
                indices_made.push(Index::Int(if inside { signed(i, b % 2 == 0) } else { n as i64 }));
                if !inside {
                    valid = false;
                    break;
                }
                let mut rest = view.shape.clone();
                rest.remove(dim);
                view = view.pick(&rest, |index| [&index[..dim], &[i], &index[dim..]].concat());
                consumed += 1;
            }
            1 | 2 if left > 0 => {
                let start = (form % 2 == 0).then_some(a);
                let end = (form % 3 == 0).then_some(b);
                let by = c.rem_euclid(3) + 1;
                indices_made.push(Index::Range { start, end, step: by });
                let clamp = |i: i64| (if i < 0 { i + n as i64 } else { i }).clamp(0, n as i64) as usize;
                let (from, to) = (start.map_or(0, clamp), end.map_or(n, clamp));
                let mut cut = view.shape.clone();
                cut[dim] = to.saturating_sub(from).div_ceil(by as usize);
                view = view.pick(&cut, |index| {
                    let mut index = index.to_vec();
                    index[dim] = from + index[dim] * by as usize;
                    index
                });
                dim += 1;
                consumed += 1;
            }
            3 if left > 0 => {
                indices_made.push(Index::Full);
                dim += 1;
                consumed += 1;
            }
            4 => {
                indices_made.push(Index::NewAxis);
                let mut more = view.shape.clone();
                more.insert(dim, 1);
                view = view.pick(&more, |index| [&index[..dim], &index[dim + 1..]].concat());
                dim += 1;
            }
            5 | 6 if left > 0 && n > 0 => {
                let shape: Vec<usize> =
                    [vec![], vec![3], vec![2, 1], vec![2, 3], vec![1], vec![0]][form as usize % 6].clone();
                let count = shape.iter().product::<usize>();
                let values: Vec<usize> =
                    (0..count).map(|i| (a.unsigned_abs() as usize + i * (b.unsigned_abs() as usize + 1)) % n).collect();
                let given = values.iter().enumerate().map(|(i, v)| signed(*v, (c + i as i64) % 2 == 0)).collect();
                indices_made.push(Index::Tensor(Tensor::from_vec::<i64>(given, &shape).expect("places")));
                advanced.resize(dim, None);
                advanced.push(Some(Places { shape, values }));
                dim += 1;
                consumed += 1;
            }
            7 if left > 0 => {
                // A mask over one dimension or two.
                let over = if form % 2 == 0 && left > 1 { 2 } else { 1 };
                let sizes = view.shape[dim..dim + over].to_vec();
                let mask: Vec<bool> =
                    (0..sizes.iter().product::<usize>() as i64).map(|i| (i * (b + 12) + a) % 3 != 0).collect();
                let chosen: Vec<Vec<usize>> =
                    indices(&sizes).into_iter().zip(&mask).filter(|(_, m)| **m).map(|(i, _)| i).collect();
                indices_made.push(Index::Tensor(Tensor::from_vec(mask, &sizes).expect("a mask")));
                advanced.resize(dim, None);
                for d in 0..over {
                    advanced.push(Some(Places {
                        shape: vec![chosen.len()],
                        values: chosen.iter().map(|i| i[d]).collect(),
                    }));
                }
                dim += over;
                consumed += over;
            }
            8 if !dots => {
                // What is left after this entry is not known yet, so `...` stands at the end only.
                dots = true;
            }
            _ => {}
        }
    }
    if dots {
        indices_made.push(Index::Ellipsis);
    }
    if !valid {
        return (indices_made, None);
    }
    advanced.resize(view.shape.len(), None);
    let at: Vec<usize> = (0..advanced.len()).filter(|d| advanced[*d].is_some()).collect();
    let (Some(first), Some(last)) = (at.first(), at.last()) else { return (indices_made, Some(view)) };
    let mut wide: Vec<usize> = Vec::new();
    for places in advanced.iter().flatten() {
        let Ok(both) = broadcast_shapes(&wide, &places.shape) else { return (indices_made, None) };
        wide = both.to_vec();
    }
    // The dimensions of the places stand where the index tensors stood if these are side by side, else in front.
    let front = if last - first + 1 == at.len() { *first } else { 0 };
    let rest: Vec<usize> = (0..advanced.len()).filter(|d| advanced[*d].is_none()).collect();
    let mut shape: Vec<usize> = rest.iter().map(|d| view.shape[*d]).collect();
    shape.splice(front..front, wide.iter().copied());
    let model = view.pick(&shape, |index| {
        let (among, mut others) = (&index[front..front + wide.len()], index.to_vec());
        others.drain(front..front + wide.len());
        let mut all = vec![0; view.shape.len()];
        rest.iter().zip(others).for_each(|(d, i)| all[*d] = i);
        for d in &at {
            let places = advanced[*d].as_ref().expect("indexed");
            let lead = wide.len() - places.shape.len();
            let flat =
                among[lead..].iter().zip(&places.shape).fold(0, |f, (i, n)| f * n + if *n == 1 { 0 } else { *i });
            all[*d] = places.values[flat];
        }
        all
    });
    (indices_made, Some(model))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// `x[…]` reads, writes and adds at the places that the model names, whatever the memory order of `x`; an index that
    /// should be refused is refused as an IndexError, and changes nothing.
    #[test]
    fn indexing(
        shape in shapes(1..5, 0..5),
        entries in prop::collection::vec((0u8..9, -6i64..7, -6i64..7, 0i64..6, 0u8..12), 0..5),
        turned in any::<bool>(),
    ) {
        let (index, model) = index_by_model(&shape, &entries);
        // The same elements in another memory order.
        let fresh = || if turned {
            let order: Vec<i64> = (0..shape.len() as i64).rev().collect();
            arange(&shape).permute(&order).and_then(|t| t.contiguous()).and_then(|t| t.permute(&order)).expect("turned")
        } else {
            arange(&shape)
        };
        let numbers = |t: &Tensor| t.to_vec::<i64>().expect("numbers");
        let x = fresh();
        let got = x.index(&index);
        let Some(model) = model else {
            prop_assert_eq!(got.expect_err("a refusal").class(), ErrorClass::Index);
            let put = x.index_put_(&index, &Tensor::from_vec(vec![7i64], &[]).expect("a number"), false);
            prop_assert_eq!(put.expect_err("a refusal").class(), ErrorClass::Index);
            prop_assert_eq!(numbers(&x), Model::new(&shape).places);
            return Ok(());
        };
        let got = got.expect("an index");
        prop_assert_eq!(got.shape(), &model.shape[..]);
        prop_assert_eq!(numbers(&got), model.places.clone());

        let chosen: HashSet<i64> = model.places.iter().copied().collect();
        x.index_put_(&index, &Tensor::from_vec(vec![-7i64], &[]).expect("a number"), false).expect("put");
        let expected: Vec<i64> = Model::new(&shape).places.into_iter().map(|p| if chosen.contains(&p) { -7 } else { p }).collect();
        prop_assert_eq!(numbers(&x), expected);

        let x = fresh();
        let values: Vec<i64> = (0..model.places.len() as i64).map(|i| 1000 + i * i).collect();
        x.index_put_(&index, &Tensor::from_vec(values.clone(), &model.shape).expect("values"), true).expect("accumulate");
        let mut expected = Model::new(&shape).places;
        model.places.iter().zip(values).for_each(|(p, v)| expected[*p as usize] += v);
        prop_assert_eq!(numbers(&x), expected);
    }
}
