//! DLPack: tensors lent to other libraries and taken from them without a copy. What is handed over is a structure of C with an
//! address, sizes, and the function that frees it.

use super::Storage;
use crate::{DType, Layout, Result, Tensor, bail, contiguous_strides, err, ops};
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// The device type of the CPU.
const CPU: i32 = 1;
/// Flags of a versioned structure.
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

// The structures of dlpack.h, in its order.

#[repr(C)]
#[derive(Clone, Copy)]
struct Device {
    kind: i32,
    id: i32,
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
struct Element {
    code: u8,
    bits: u8,
    lanes: u16,
}

/// `DLTensor`.
#[repr(C)]
pub struct Content {
    data: *mut c_void,
    device: Device,
    ndim: i32,
    dtype: Element,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

/// `DLManagedTensor`, of DLPack before 1.0.
#[repr(C)]
pub struct Plain {
    content: Content,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Plain)>,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
pub struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    content: Content,
}

/// What both structures have in common.
pub trait Managed: Sized + 'static {
    /// The name of a capsule with such a structure in it.
    const NAME: &'static CStr;
    /// The name of a capsule out of which it was taken.
    const USED: &'static CStr;
    /// Whether it can say that the memory must not be written.
    const FLAGS: bool;
    #[doc(hidden)]
    fn new(content: Content, context: *mut c_void, flags: u64) -> Self;
    #[doc(hidden)]
    fn content(&self) -> &Content;
    #[doc(hidden)]
    fn context(&self) -> *mut c_void;
    #[doc(hidden)]
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
    #[doc(hidden)]
    fn flags(&self) -> Result<u64>;
}

impl Managed for Plain {
    const NAME: &'static CStr = c"dltensor";
    const USED: &'static CStr = c"used_dltensor";
    const FLAGS: bool = false;
    fn new(content: Content, context: *mut c_void, _flags: u64) -> Plain {
        Plain { content, context, deleter: Some(delete::<Plain>) }
    }
    fn content(&self) -> &Content {
        &self.content
    }
    fn context(&self) -> *mut c_void {
        self.context
    }
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Plain)> {
        self.deleter
    }
    fn flags(&self) -> Result<u64> {
        Ok(0)
    }
}

impl Managed for Versioned {
    const NAME: &'static CStr = c"dltensor_versioned";
    const USED: &'static CStr = c"used_dltensor_versioned";
    const FLAGS: bool = true;
    fn new(content: Content, context: *mut c_void, flags: u64) -> Versioned {
        Versioned { major: 1, minor: 0, context, deleter: Some(delete::<Versioned>), flags, content }
    }
    fn content(&self) -> &Content {
        &self.content
    }
    fn context(&self) -> *mut c_void {
        self.context
    }
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Versioned)> {
        self.deleter
    }
    fn flags(&self) -> Result<u64> {
        match self.major {
            1 => Ok(self.flags),
            major => bail!("from_dlpack: DLPack {major} is not known, only 1"),
        }
    }
}

fn element(dtype: DType) -> Element {
    let code = match dtype {
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => 0,
        DType::U8 => 1,
        DType::F16 | DType::F32 | DType::F64 => 2,
        DType::BF16 => 4,
        DType::C64 | DType::C128 => 5,
        DType::Bool => 6,
    };
    Element { code, bits: dtype.size() as u8 * 8, lanes: 1 }
}

// ---- out

/// What a structure of ours keeps alive.
struct Held {
    _tensor: Tensor,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

/// The deleter of what `lend` made.
unsafe extern "C" fn delete<M: Managed>(managed: *mut M) {
    // SAFETY: `lend` made both boxes, and whoever holds the structure calls its deleter once.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context().cast::<Held>()));
    }
}

/// A structure over a tensor's memory, which lives until [`free`]; `copied` says that the tensor is a copy made for it.
pub fn lend<M: Managed>(t: Tensor, copied: bool) -> Result<NonNull<M>> {
    let read_only = t.storage().write().is_err();
    if read_only && !M::FLAGS {
        bail!("memory that is read-only cannot be said to be by DLPack before 1.0");
    }
    let flags = u64::from(read_only) * READ_ONLY + u64::from(copied) * IS_COPIED;
    let (dtype, ndim) = (element(t.dtype()), t.dim() as i32);
    let data = match t.numel() {
        0 => std::ptr::null_mut(),
        _ => t.storage().data_ptr().wrapping_add(t.storage_offset() * t.element_size()).cast(),
    };
    let shape = t.shape().iter().map(|n| *n as i64).collect();
    let strides = t.stride().iter().map(|s| *s as i64).collect();
    let held = Box::leak(Box::new(Held { _tensor: t, shape, strides }));
    let (shape, strides) = (held.shape.as_mut_ptr(), held.strides.as_mut_ptr());
    let device = Device { kind: CPU, id: 0 };
    let content = Content { data, device, ndim, dtype, shape, strides, byte_offset: 0 };
    Ok(NonNull::from(Box::leak(Box::new(M::new(content, std::ptr::from_mut(held).cast(), flags)))))
}

/// Frees a structure that nobody takes.
///
/// # Safety
/// It is a structure of DLPack that nobody else frees or uses any more.
pub unsafe fn free<M: Managed>(managed: NonNull<M>) {
    drop(Taken(managed));
}

// ---- in

/// What another library gave; its deleter is called once.
struct Taken<M: Managed>(NonNull<M>);

// SAFETY: the structure is only read, and its deleter called, which DLPack lets any thread do.
unsafe impl<M: Managed> Send for Taken<M> {}
// SAFETY: nothing can be done with a shared reference to it.
unsafe impl<M: Managed> Sync for Taken<M> {}

impl<M: Managed> Drop for Taken<M> {
    fn drop(&mut self) {
        // SAFETY: who made this gave the structure away, so that it is ours to free, once.
        unsafe {
            if let Some(deleter) = self.0.as_ref().deleter() {
                deleter(self.0.as_ptr());
            }
        }
    }
}

/// A tensor over the memory that a structure describes, which is freed with the last view, or here where there is an error.
///
/// # Safety
/// It is a structure as DLPack defines it, which nobody else frees or uses from here on; its memory holds elements of the sizes
/// and strides that it says until its deleter is called.
pub unsafe fn take<M: Managed>(managed: NonNull<M>) -> Result<Tensor> {
    let taken = Taken(managed);
    // SAFETY: by the caller's promise.
    let (content, flags) = unsafe { (managed.as_ref().content(), managed.as_ref().flags()?) };
    if content.device.kind != CPU {
        bail!("from_dlpack: the memory is not the CPU's");
    }
    let Some(dtype) = DType::ALL.into_iter().find(|d| element(*d) == content.dtype) else {
        let Element { code, bits, lanes } = content.dtype;
        bail!("from_dlpack: no dtype has elements of code {code}, {bits} bits and {lanes} lanes");
    };
    let Ok(ndim) = usize::try_from(content.ndim) else {
        bail!("from_dlpack: the number of dimensions is negative");
    };
    let list = |at: *mut i64| match at.is_null() || ndim == 0 {
        true => None,
        // SAFETY: DLPack has `ndim` numbers there.
        false => Some(unsafe { std::slice::from_raw_parts(at, ndim) }),
    };
    let sizes = list(content.shape).unwrap_or_default();
    let Ok(shape) = sizes.iter().map(|n| usize::try_from(*n)).collect::<std::result::Result<Vec<usize>, _>>() else {
        bail!("from_dlpack: a size is negative");
    };
    if shape.len() != ndim {
        bail!("from_dlpack: there are no sizes");
    }
    let strides: Vec<isize> = match list(content.strides) {
        Some(given) => given.iter().map(|s| *s as isize).collect(),
        None => contiguous_strides(&shape).to_vec(),
    };
    // Only what is looked at counts: dimensions of one element have any stride.
    let steps = || shape.iter().zip(&strides).filter(|(n, _)| **n > 1);
    if steps().any(|(_, s)| *s < 0) {
        bail!("from_dlpack: tensors have no negative strides");
    }
    let size = dtype.size();
    if shape.contains(&0) {
        return ops::empty(&shape, dtype);
    }
    let last = steps().try_fold(0usize, |sum, (n, s)| sum.checked_add((n - 1).checked_mul(*s as usize)?));
    let bytes = last.and_then(|last| last.checked_add(1)?.checked_mul(size));
    let bytes = bytes.ok_or_else(|| err!(Runtime, "from_dlpack: too large"))?;
    let data = content.data.cast::<u8>().wrapping_add(content.byte_offset as usize);
    if data.is_null() || data.addr() % size.min(8) != 0 {
        bail!("from_dlpack: the memory is not aligned to its elements");
    }
    // SAFETY: by the caller's promise; the structure says whether the memory may be written.
    let storage = unsafe { Storage::foreign(data, bytes, flags & READ_ONLY == 0, Box::new(taken))? };
    let strides: Vec<isize> = strides.iter().map(|s| (*s).max(0)).collect();
    let layout = Layout { shape: shape[..].into(), strides: strides[..].into(), offset: 0 };
    Tensor::from_storage(storage, layout, dtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lent_tensor_is_taken_over_the_same_memory() -> Result<()> {
        let x = ops::arange(0, 6, 1, None)?.reshape(&[2, 3])?.t()?;
        let lent = lend::<Versioned>(x.clone(), false)?;
        // SAFETY: just lent, and taken once.
        let y = unsafe { take(lent)? };
        assert_eq!((y.shape(), y.stride(), y.dtype()), (x.shape(), x.stride(), x.dtype()));
        y.add_(1)?;
        assert_eq!(x.to_vec::<i64>()?, [1, 4, 2, 5, 3, 6]);
        // SAFETY: as above.
        unsafe { free(lend::<Plain>(x, false)?) };
        Ok(())
    }

    #[test]
    fn what_is_no_tensor_here_is_refused_and_freed() -> Result<()> {
        let x = ops::ones(&[4], DType::F32)?;
        type Change = fn(&mut Content);
        let changes: [(&str, Change); 5] = [
            ("not the CPU's", |c| c.device.kind = 2),
            ("no dtype has elements of code 2, 32 bits and 4 lanes", |c| c.dtype.lanes = 4),
            ("dimensions is negative", |c| c.ndim = -1),
            ("not aligned", |c| c.byte_offset = 1),
            ("there are no sizes", |c| c.shape = std::ptr::null_mut()),
        ];
        for (want, change) in changes {
            let mut lent = lend::<Versioned>(x.clone(), false)?;
            // SAFETY: just lent, and nobody else has it; it is taken once.
            let taken = unsafe {
                change(&mut lent.as_mut().content);
                take(lent)
            };
            let message = taken.err().map(|e| e.to_string()).unwrap_or_default();
            assert!(message.contains(want), "{message}");
        }
        assert!(x.storage().is_unique());
        Ok(())
    }
}
