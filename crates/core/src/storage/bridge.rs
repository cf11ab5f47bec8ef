//! The bridge from borrowed tensors to the kernels' raw pointers: the only place outside storage and kernels that handles
//! addresses. Every function here is safe to call because an [`Arg`] exists only while its storage is borrowed (inputs) or
//! unshared or borrowed for writing (outputs), and its layout was checked against the storage when the tensor was made.

use crate::scalar::Scalar;
use crate::tensor::{Arg, Strides};
use crate::{Bool, DType, Result, Tensor, bail};
use flambeau_kernels::copy::{Part, join_rows, joins_well};
use flambeau_kernels::gemm::{self, BatchDim, Bias, Gemm};
use flambeau_kernels::map::{self, Dst, Kernel, Src};
use flambeau_kernels::reduce::{self, ReduceKernel};
use smallvec::SmallVec;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// A Rust type that elements of a dtype can be seen as.
///
/// # Safety
/// `DTYPE`'s elements have this type's size, and every bit pattern is valid for it.
pub unsafe trait Element: Copy + Send + Sync + 'static {
    /// The dtype.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($ty:ty = $dtype:ident),*) => {$(
        // SAFETY: the type's size is the dtype's, and it is valid for every bit pattern.
        unsafe impl Element for $ty { const DTYPE: DType = DType::$dtype; }
    )*};
}
elements!(
    Bool = Bool,
    u8 = U8,
    i8 = I8,
    i16 = I16,
    i32 = I32,
    i64 = I64,
    half::f16 = F16,
    half::bf16 = BF16,
    f32 = F32,
    f64 = F64
);
// SAFETY: two floats, real and imaginary part, as C64 and C128 lay them out.
unsafe impl Element for [f32; 2] {
    const DTYPE: DType = DType::C64;
}
// SAFETY: as above.
unsafe impl Element for [f64; 2] {
    const DTYPE: DType = DType::C128;
}

/// A Rust value that elements are made of and read as: an [`Element`] itself, or `bool` for [`Bool`].
pub trait Native: Copy {
    /// How it lies in a tensor.
    type Element: Element;
    /// As an element.
    fn stored(self) -> Self::Element;
    /// From an element.
    fn of(element: Self::Element) -> Self;
}

impl<T: Element> Native for T {
    type Element = T;
    #[inline(always)]
    fn stored(self) -> T {
        self
    }
    #[inline(always)]
    fn of(element: T) -> T {
        element
    }
}

impl Native for bool {
    type Element = Bool;
    #[inline(always)]
    fn stored(self) -> Bool {
        self.into()
    }
    #[inline(always)]
    fn of(element: Bool) -> bool {
        element.get()
    }
}

/// The strides of `arg` seen from the broadcast `shape`.
#[inline]
pub(crate) fn broadcast_strides(arg: &Arg, shape: &[usize]) -> Strides {
    let lead = shape.len() - arg.layout.rank();
    let mut strides: Strides = smallvec::smallvec![0; shape.len()];
    for (i, (size, stride)) in arg.shape().iter().zip(arg.strides()).enumerate() {
        if *size != 1 {
            strides[lead + i] = *stride;
        }
    }
    strides
}

/// The body of a pointwise kernel, whatever its type, so that what handles it is compiled once.
#[derive(Clone, Copy)]
pub struct Body<'a>(*const (), PhantomData<&'a ()>);

impl<'a, B: Copy + Send + Sync + 'static> From<&'a B> for Body<'a> {
    #[inline(always)]
    fn from(body: &'a B) -> Self {
        Body((body as *const B).cast(), PhantomData)
    }
}

/// Runs a pointwise kernel. `scalars[i]` stands for operand i where it is a number; the tensors fill the other places.
pub fn map(kernel: &Kernel, body: Body, compute: DType, inputs: &[Arg], scalars: &[Option<Scalar>], out: Arg) {
    let mut broadcast: SmallVec<[Strides; 4]> = SmallVec::new();
    let same = inputs.iter().all(|a| a.shape() == out.shape());
    if !same {
        broadcast.extend(inputs.iter().map(|a| broadcast_strides(a, out.shape())));
    }
    let mut tensors = inputs.iter().enumerate();
    let mut sources: SmallVec<[Src; 4]> = SmallVec::new();
    for scalar in scalars {
        sources.push(match scalar {
            Some(s) => Src::Scalar(*s),
            None => match tensors.next() {
                Some((i, a)) => {
                    Src::Strided { ptr: a.ptr, dtype: a.dtype, strides: if same { a.strides() } else { &broadcast[i] } }
                }
                None => return,
            },
        });
    }
    let dst = Dst { ptr: out.ptr, dtype: out.dtype, strides: out.strides() };
    // SAFETY: `body` is the kernel's own type (both come from one `Pointwise`), `infer` checked that the kernel supports the
    // dtype; the args are live and borrowed; the output is unshared, or written by `apply_into`, which copies inputs that
    // overlap it other than exactly.
    unsafe { map::run(kernel, body.0, compute, out.shape(), &sources, dst) }
}

/// Elements that [`small`] takes at most: what a tile of a number fits on the stack.
pub const SMALL: usize = 64;

/// Runs a pointwise kernel on at most [`SMALL`] elements that all lie contiguous in the compute dtype: the loop itself,
/// without the driver. Returns false, with nothing done, if the kernel has no loop for the dtype.
#[inline(always)]
pub fn small<const N: usize>(
    kernel: &Kernel,
    body: Body,
    compute: DType,
    inputs: &[&Tensor],
    scalars: &[Option<Scalar>; N],
    out: &Tensor,
    n: usize,
) -> bool {
    let Some(chunk) = kernel.chunk(compute) else { return false };
    let mut numbers = [[const { MaybeUninit::<u64>::uninit() }; SMALL]; N];
    let mut pointers = [std::ptr::null::<u8>(); N];
    let mut next = inputs.iter();
    for ((pointer, scalar), room) in pointers.iter_mut().zip(scalars).zip(&mut numbers) {
        match scalar {
            None => {
                let Some(t) = next.next() else { return false };
                *pointer = crate::apply::arg(t).ptr;
            }
            Some(s) if compute == DType::F32 => {
                let x = (s.to_f64() as f32).to_bits() as u64;
                room[..n.div_ceil(2)].fill(MaybeUninit::new(x | x << 32));
                *pointer = room.as_ptr().cast();
            }
            Some(s) => {
                room[..n].fill(MaybeUninit::new(s.to_f64().to_bits()));
                *pointer = room.as_ptr().cast();
            }
        }
    }
    // SAFETY: the caller checked that the inputs are contiguous, of the compute dtype (F32 or F64) and `n` elements long,
    // holds their borrows, and made the output, which nobody else has, for `n` elements of the kernel's output dtype;
    // numbers were spread over `n` elements of that dtype.
    unsafe { chunk(body.0, pointers.as_ptr(), crate::apply::arg(out).ptr, n) };
    true
}

/// Copies elements, converting the dtype; `from` broadcasts to `to`.
pub fn copy(from: Arg, to: Arg) {
    let strides = broadcast_strides(&from, to.shape());
    let src = Src::Strided { ptr: from.ptr, dtype: from.dtype, strides: &strides };
    // SAFETY: both args are live; the destination is unshared or borrowed for writing and apart from the source.
    unsafe { map::copy(to.shape(), src, Dst { ptr: to.ptr, dtype: to.dtype, strides: to.strides() }) }
}

/// Writes the elements of `parts` to `to` one after the other along `dim`, as whole rows; `false` where they do not lie as
/// such. Sizes agree but for `dim`, and `to` is dense.
pub fn join(parts: &[Arg], dim: usize, to: Arg) -> bool {
    let rows = to.shape()[..dim].iter().product::<usize>();
    let size = to.dtype.size();
    let part = |from: &Arg| {
        let stride = from.layout.rows(dim).filter(|_| from.dtype == to.dtype)?;
        let len = from.shape()[dim..].iter().product::<usize>() * size;
        Some(Part { ptr: from.ptr, stride: stride * size as isize, len })
    };
    let parts: Option<SmallVec<[Part; 8]>> = parts.iter().filter(|p| p.numel() > 0).map(part).collect();
    match parts {
        Some(parts) if joins_well(&parts, rows) => {
            // SAFETY: all args are live; the destination is unshared and as large as all parts together.
            unsafe { join_rows(&parts, rows, to.ptr) };
            true
        }
        _ => false,
    }
}

/// Writes one number everywhere.
pub fn fill(value: Scalar, to: Arg) {
    // SAFETY: the destination is live and unshared or borrowed for writing.
    unsafe { map::copy(to.shape(), Src::Scalar(value), Dst { ptr: to.ptr, dtype: to.dtype, strides: to.strides() }) }
}

/// Adds the elements of `from` to `to` one after the other: the destination may lie over itself.
pub fn add_one_by_one(from: Arg, to: Arg) {
    let strides = broadcast_strides(&from, to.shape());
    let size = to.dtype.size() as isize;
    let mut index: SmallVec<[usize; 5]> = smallvec::smallvec![0; to.layout.rank()];
    for _ in 0..to.numel() {
        let at = |strides: &[isize]| index.iter().zip(strides).map(|(i, s)| *i as isize * s).sum::<isize>();
        let a = to.ptr.wrapping_offset(at(to.strides()) * size);
        let b = from.ptr.wrapping_offset(at(&strides) * from.dtype.size() as isize);
        let pair = [
            Src::Strided { ptr: a, dtype: to.dtype, strides: &[] },
            Src::Strided { ptr: b, dtype: from.dtype, strides: &[] },
        ];
        // SAFETY: both addresses are elements of live args; the output is exactly the first input.
        unsafe {
            let body = Sum;
            let dst = Dst { ptr: a, dtype: to.dtype, strides: &[] };
            map::run(map::ring::<Sum, 2>(), (&raw const body).cast(), to.dtype.compute(), &[], &pair, dst);
        }
        for d in (0..index.len()).rev() {
            index[d] += 1;
            if index[d] < to.shape()[d] {
                break;
            }
            index[d] = 0;
        }
    }
}

#[derive(Clone, Copy)]
struct Sum;

impl map::RingMap<2> for Sum {
    #[inline(always)]
    fn eval<R: flambeau_kernels::lane::Ring>(&self, [x, y]: [R; 2]) -> R {
        x + y
    }
}

impl<'a> Arg<'a> {
    /// The same elements seen through `view`, whose offset counts from this first element.
    pub fn at<'b>(&self, view: &'b crate::Layout) -> Result<Arg<'b>>
    where
        'a: 'b,
    {
        let inside = match (view.span(), self.layout.is_contiguous()) {
            (None, _) => true,
            (Some((_, high)), dense) => dense && high < self.numel(),
        };
        if !inside {
            bail!("a kernel asked for a view {view:?} outside of {:?}; this is a mistake in the op", self.layout);
        }
        Ok(Arg { ptr: self.ptr.wrapping_add(view.offset * self.dtype.size()), layout: view, dtype: self.dtype })
    }

    fn check<T: Element>(&self) -> Result<usize> {
        if self.dtype != T::DTYPE || !self.layout.is_contiguous() {
            bail!(
                "a kernel asked for contiguous {} and got {} {:?}; this is a mistake in the op",
                T::DTYPE.name(),
                self.dtype.name(),
                self.layout
            );
        }
        Ok(self.numel())
    }

    /// The elements of a contiguous input.
    pub fn slice<T: Element>(&self) -> Result<&'a [T]> {
        let n = self.check::<T>()?;
        // SAFETY: the layout lies inside the storage, is dense, has this dtype, and is borrowed for reading for 'a.
        Ok(if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.ptr.cast(), n) } })
    }

    /// The elements of a contiguous output.
    #[allow(clippy::mut_from_ref)]
    pub fn slice_mut<T: Element>(&self) -> Result<&'a mut [T]> {
        let n = self.check::<T>()?;
        // SAFETY: as for `slice`; an output is unshared or borrowed for writing, and a kernel takes each output once.
        Ok(if n == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(self.ptr.cast(), n) } })
    }

    /// The bytes of a contiguous input.
    pub fn bytes(&self) -> &'a [u8] {
        let n = if self.layout.is_contiguous() { self.numel() * self.dtype.size() } else { 0 };
        // SAFETY: as for `slice`.
        if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.ptr, n) } }
    }
}

/// `a @ b` over the last two dimensions into `out`, batched over the leading ones (each already broadcast to those of
/// `out`), plus a bias per column.
pub fn gemm(a: Arg, b: Arg, out: Arg, bias: Option<Arg>) {
    let rank = out.layout.rank();
    let (m, n) = (out.shape()[rank - 2], out.shape()[rank - 1]);
    let k = a.shape()[a.layout.rank() - 1];
    let lead = &out.shape()[..rank - 2];
    let batch_strides = |x: &Arg| -> Strides {
        let own = x.layout.rank() - 2;
        let mut strides: Strides = smallvec::smallvec![0; lead.len()];
        for i in 0..own {
            if x.shape()[i] != 1 {
                strides[lead.len() - own + i] = x.strides()[i];
            }
        }
        strides
    };
    let (sa, sb, sc) = (batch_strides(&a), batch_strides(&b), batch_strides(&out));
    let batch: SmallVec<[BatchDim; 5]> = lead
        .iter()
        .enumerate()
        .filter(|(_, size)| **size != 1)
        .map(|(i, size)| BatchDim { size: *size, a: sa[i], b: sb[i], c: sc[i] })
        .collect();
    let last = |x: &Arg| (x.strides()[x.layout.rank() - 2], x.strides()[x.layout.rank() - 1]);
    let product =
        Gemm { a: last(&a), b: last(&b), c: last(&out), batch: &batch, ..Gemm::row_major(m, n, k, out.dtype) };
    let bias = bias.map_or(Bias::None, |x| Bias::Column(x.ptr, if x.shape() == [1] { 0 } else { x.strides()[0] }));
    // SAFETY: the ops that call this checked sizes and dtypes in `infer`; the args are live, and the output is dense,
    // unshared and apart from the inputs.
    unsafe { gemm::gemm(&product, a.ptr, b.ptr, out.ptr, bias) }
}

/// Runs a reduction over the dimensions in `reduced`. `out` has one dimension per input dimension (size 1 where reduced).
pub fn reduce<B: Copy + Send + Sync + 'static>(
    kernel: &ReduceKernel,
    body: &B,
    compute: DType,
    input: Arg,
    out: Arg,
    reduced: &[bool],
) {
    let kept: Strides = out.strides().iter().zip(reduced).map(|(s, r)| if *r { 0 } else { *s }).collect();
    let src = Src::Strided { ptr: input.ptr, dtype: input.dtype, strides: input.strides() };
    let dst = Dst { ptr: out.ptr, dtype: out.dtype, strides: &kept };
    // SAFETY: the body is the kernel's own type, `infer` checked that the kernel supports the dtype; the args are live, and
    // the output is unshared and apart from the input.
    unsafe { reduce::reduce(kernel, (body as *const B).cast(), compute, input.shape(), src, dst, reduced) }
}

/// The smallest or largest elements along `dim`, and where they are. Outputs have one dimension per input dimension.
pub fn arg_reduce(largest: bool, input: Arg, dim: usize, values: Option<Arg>, indices: Arg) {
    let src = Src::Strided { ptr: input.ptr, dtype: input.dtype, strides: input.strides() };
    let values = values.as_ref().map(|v| Dst { ptr: v.ptr, dtype: v.dtype, strides: v.strides() });
    let indices = Dst { ptr: indices.ptr, dtype: indices.dtype, strides: indices.strides() };
    // SAFETY: the args are live; `infer` refused an empty dimension; the outputs are unshared and apart from the input.
    unsafe { reduce::arg::arg(largest, input.dtype.compute(), input.shape(), src, dim, values, indices) }
}

/// Calls `f` with borrowed elements: `written` for writing (each storage once), then `read` for reading, all contiguous.
/// Every written storage counts one more write by `name`. This is how fused steps over many tensors reach their data.
pub fn update(
    name: &'static str,
    written: &[&Tensor],
    read: &[&Tensor],
    f: impl FnOnce(&[Arg], &[Arg]) -> Result<()>,
) -> Result<()> {
    if let Some(t) = written.iter().chain(read).find(|t| !t.is_contiguous()) {
        bail!(
            "{name}: a tensor of shape {:?} is not contiguous (strides {:?}); call contiguous() first",
            t.shape(),
            t.stride()
        );
    }
    let mut guards: Vec<super::WriteGuard> = Vec::with_capacity(written.len());
    for (i, t) in written.iter().enumerate() {
        crate::apply::check_write(name, t)?;
        if crate::autograd::is_grad_enabled() {
            crate::apply::check_recorded_write(name, t)?;
        }
        let shared = written[..i].iter().any(|o| o.storage().same(t.storage()));
        if shared {
            bail!("{name}: two of the tensors to write share one storage; pass each once");
        }
        guards.push(t.storage().write()?);
    }
    let _readers = read.iter().map(|t| t.storage().read()).collect::<Result<Vec<_>>>()?;
    let w: Vec<Arg> = written.iter().map(|t| crate::apply::arg(t)).collect();
    let r: Vec<Arg> = read.iter().map(|t| crate::apply::arg(t)).collect();
    f(&w, &r)?;
    guards.iter().for_each(|g| g.bump(name));
    Ok(())
}
