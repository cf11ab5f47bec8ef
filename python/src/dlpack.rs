//! DLPack, both ways without a copy: a capsule with an address, sizes and the function that frees them.

use crate::error::raise;
use crate::tensor::{PyTensor, wrap};
use flambeau_core::storage::Storage;
use flambeau_core::{DType, Layout, Tensor};
use pyo3::exceptions::{PyBufferError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

/// The device type of the CPU.
const CPU: i32 = 1;
/// Flags of a versioned capsule.
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

#[repr(C)]
struct Content {
    data: *mut c_void,
    device: Device,
    ndim: i32,
    dtype: Element,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
struct Plain {
    content: Content,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Plain)>,
}

#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    content: Content,
}

/// What both kinds of capsules have in common.
trait Managed: Sized + 'static {
    const NAME: &'static CStr;
    const USED: &'static CStr;
    fn new(content: Content, context: *mut c_void, flags: u64) -> Self;
    fn content(&self) -> &Content;
    fn context(&self) -> *mut c_void;
    fn deleter(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
    fn flags(&self) -> u64;
}

impl Managed for Plain {
    const NAME: &'static CStr = c"dltensor";
    const USED: &'static CStr = c"used_dltensor";
    fn new(content: Content, context: *mut c_void, _flags: u64) -> Plain {
        Plain { content, context, deleter: Some(free::<Plain>) }
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
    fn flags(&self) -> u64 {
        0
    }
}

impl Managed for Versioned {
    const NAME: &'static CStr = c"dltensor_versioned";
    const USED: &'static CStr = c"used_dltensor_versioned";
    fn new(content: Content, context: *mut c_void, flags: u64) -> Versioned {
        Versioned { major: 1, minor: 0, context, deleter: Some(free::<Versioned>), flags, content }
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
    fn flags(&self) -> u64 {
        self.flags
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

/// What a capsule of ours keeps alive.
struct Held {
    _tensor: Tensor,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

/// Frees what `export` made, from any thread.
unsafe extern "C" fn free<M: Managed>(managed: *mut M) {
    // SAFETY: `export` made both boxes, and whoever holds the structure calls its deleter once.
    unsafe {
        let managed = Box::from_raw(managed);
        drop(Box::from_raw(managed.context().cast::<Held>()));
    }
}

/// Runs when a capsule goes: nobody took what is in it if it still has its name.
unsafe extern "C" fn destroy<M: Managed>(capsule: *mut ffi::PyObject) {
    // SAFETY: Python calls this with the capsule, whose pointer is an `M` of ours while the name is `M::NAME`.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, M::NAME.as_ptr()) == 1 {
            free(ffi::PyCapsule_GetPointer(capsule, M::NAME.as_ptr()).cast::<M>());
        }
    }
}

fn export<'py, M: Managed>(py: Python<'py>, t: Tensor, flags: u64) -> PyResult<Bound<'py, PyCapsule>> {
    let (dtype, ndim) = (t.dtype(), t.dim() as i32);
    let data = match t.numel() {
        0 => std::ptr::null_mut(),
        _ => t.storage().data_ptr().wrapping_add(t.storage_offset() * t.element_size()).cast(),
    };
    let shape = t.shape().iter().map(|n| *n as i64).collect();
    let strides = t.stride().iter().map(|s| *s as i64).collect();
    let held = Box::into_raw(Box::new(Held { _tensor: t, shape, strides }));
    // SAFETY: the box was just made, nobody else has it, and it is freed by `free` alone.
    let (shape, strides) = unsafe { ((*held).shape.as_mut_ptr(), (*held).strides.as_mut_ptr()) };
    let device = Device { kind: CPU, id: 0 };
    let content = Content { data, device, ndim, dtype: element(dtype), shape, strides, byte_offset: 0 };
    let managed = NonNull::from(Box::leak(Box::new(M::new(content, held.cast(), flags))));
    // SAFETY: the pointer is valid until `free`, which `destroy` calls unless somebody else took it over.
    let made = unsafe { PyCapsule::new_with_pointer_and_destructor(py, managed.cast(), M::NAME, Some(destroy::<M>)) };
    if made.is_err() {
        // SAFETY: there is no capsule, so nobody else frees it.
        unsafe { free(managed.as_ptr()) };
    }
    made
}

/// A capsule over a tensor's memory; `copied` says that the tensor is a copy made for it.
#[pyfunction]
pub fn to_dlpack<'py>(
    py: Python<'py>,
    tensor: PyRef<'_, PyTensor>,
    versioned: bool,
    copied: bool,
) -> PyResult<Bound<'py, PyCapsule>> {
    let t = tensor.0.clone();
    let read_only = t.storage().write().is_err();
    match versioned {
        true => export::<Versioned>(py, t, u64::from(read_only) * READ_ONLY + u64::from(copied) * IS_COPIED),
        false if read_only => {
            Err(PyBufferError::new_err("memory that is read-only cannot be said to be by DLPack before 1.0"))
        }
        false => export::<Plain>(py, t, 0),
    }
}

// ---- in

/// What another library gave; its deleter is called once.
struct Taken<M: Managed>(NonNull<M>);

// SAFETY: the structure is read only to call its deleter, which DLPack lets any thread do.
unsafe impl<M: Managed> Send for Taken<M> {}
// SAFETY: nothing can be done with a shared reference to it.
unsafe impl<M: Managed> Sync for Taken<M> {}

impl<M: Managed> Drop for Taken<M> {
    fn drop(&mut self) {
        // SAFETY: the capsule was renamed when this was made, so the structure is ours to free, once.
        unsafe {
            if let Some(deleter) = self.0.as_ref().deleter() {
                deleter(self.0.as_ptr());
            }
        }
    }
}

fn import<M: Managed>(capsule: &Bound<'_, PyCapsule>, managed: NonNull<M>) -> PyResult<Tensor> {
    let refuse = |why: &str| PyRuntimeError::new_err(format!("from_dlpack: {why}"));
    // SAFETY: the capsule has the name that DLPack gives to those with an `M`, and lives during this call.
    let (content, flags) = unsafe { (managed.as_ref().content(), managed.as_ref().flags()) };
    if content.device.kind != CPU {
        return Err(refuse("the memory is not the CPU's"));
    }
    let Some(dtype) = DType::ALL.into_iter().find(|d| element(*d) == content.dtype) else {
        let Element { code, bits, lanes } = content.dtype;
        return Err(refuse(&format!("no dtype has elements of code {code}, {bits} bits and {lanes} lanes")));
    };
    let ndim = usize::try_from(content.ndim).map_err(|_| refuse("the number of dimensions is negative"))?;
    let list = |at: *mut i64| match at.is_null() || ndim == 0 {
        true => None,
        // SAFETY: DLPack has `ndim` numbers there.
        false => Some(unsafe { std::slice::from_raw_parts(at, ndim) }),
    };
    let sizes = list(content.shape).unwrap_or_default();
    let shape = sizes.iter().map(|n| usize::try_from(*n)).collect::<Result<Vec<usize>, _>>();
    let shape = shape.map_err(|_| refuse("a size is negative"))?;
    if shape.len() != ndim {
        return Err(refuse("there are no sizes"));
    }
    let strides: Vec<isize> = match list(content.strides) {
        Some(given) => given.iter().map(|s| *s as isize).collect(),
        None => flambeau_core::contiguous_strides(&shape).to_vec(),
    };
    // Only what is looked at counts: dimensions of one element have any stride.
    let steps = || shape.iter().zip(&strides).filter(|(n, _)| **n > 1);
    if steps().any(|(_, s)| *s < 0) {
        return Err(refuse("tensors have no negative strides"));
    }
    let size = dtype.size();
    let empty = shape.contains(&0);
    let last = steps().try_fold(0usize, |sum, (n, s)| sum.checked_add((n - 1).checked_mul(*s as usize)?));
    let bytes = last.and_then(|last| last.checked_add(1)?.checked_mul(size)).ok_or_else(|| refuse("too large"))?;
    let data = content.data.cast::<u8>().wrapping_add(content.byte_offset as usize);
    if !empty && (data.is_null() || data.addr() % size.min(8) != 0) {
        return Err(refuse("the memory is not aligned to its elements"));
    }
    // SAFETY: the pointer is a capsule's; from here on nobody else takes or frees what is in it.
    if unsafe { ffi::PyCapsule_SetName(capsule.as_ptr(), M::USED.as_ptr()) } != 0 {
        return Err(PyErr::fetch(capsule.py()));
    }
    let taken = Box::new(Taken(managed));
    if empty {
        return flambeau_core::ops::empty(&shape, dtype).map_err(raise);
    }
    // SAFETY: DLPack promises elements of these sizes and strides until the deleter is called, and says whether they may be
    // written.
    let storage = unsafe { Storage::foreign(data, bytes, flags & READ_ONLY == 0, taken) }.map_err(raise)?;
    let strides: Vec<isize> = strides.iter().map(|s| (*s).max(0)).collect();
    let layout = Layout { shape: shape[..].into(), strides: strides[..].into(), offset: 0 };
    Tensor::from_storage(storage, layout, dtype).map_err(raise)
}

/// A tensor over the memory that a capsule describes.
#[pyfunction]
pub fn from_dlpack<'py>(capsule: &Bound<'py, PyCapsule>) -> PyResult<Bound<'py, PyTensor>> {
    // SAFETY: only asks for the name.
    let has = |name: &CStr| unsafe { ffi::PyCapsule_IsValid(capsule.as_ptr(), name.as_ptr()) } == 1;
    let pointer = |name: &CStr| {
        // SAFETY: the capsule has this name, so it has a pointer.
        NonNull::new(unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), name.as_ptr()) })
            .ok_or_else(|| PyErr::fetch(capsule.py()))
    };
    let tensor = if has(Versioned::NAME) {
        let managed = pointer(Versioned::NAME)?.cast::<Versioned>();
        // SAFETY: every version of the structure begins with its number.
        let major = unsafe { managed.as_ref() }.major;
        if major != 1 {
            return Err(PyRuntimeError::new_err(format!("from_dlpack: DLPack {major} is not known, only 1")));
        }
        import(capsule, managed)?
    } else if has(Plain::NAME) {
        import(capsule, pointer(Plain::NAME)?.cast::<Plain>())?
    } else {
        return Err(PyRuntimeError::new_err(
            "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have \
             already constructed a tensor from it once.",
        ));
    };
    wrap(capsule.py(), tensor)
}
