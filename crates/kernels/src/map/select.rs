//! `where`: elements of one input or the other by a bool. It moves elements by their size and never looks into them.

use super::{Chunk, DType, Kernel, Out};

unsafe fn select<T: Copy>(_body: *const (), ins: *const *const u8, out: *mut u8, n: usize) {
    // SAFETY: the driver passes three inputs (bool, T, T) and an output of n elements each. The output may be one of
    // the inputs: each element is read before it is written.
    unsafe {
        let (mask, a, b) = (*ins, (*ins.add(1)).cast::<T>(), (*ins.add(2)).cast::<T>());
        let out = out.cast::<T>();
        let mut i = 0;
        while i + 64 <= n {
            let block: [T; 64] = std::array::from_fn(|j| {
                let (x, y) = (a.add(i + j).read_unaligned(), b.add(i + j).read_unaligned());
                if *mask.add(i + j) != 0 { x } else { y }
            });
            out.add(i).cast::<[T; 64]>().write_unaligned(block);
            i += 64;
        }
        while i < n {
            let (x, y) = (a.add(i).read_unaligned(), b.add(i).read_unaligned());
            out.add(i).write_unaligned(if *mask.add(i) != 0 { x } else { y });
            i += 1;
        }
    }
}

const fn by_size(dtype: DType) -> Chunk {
    match dtype.size() {
        1 => select::<u8>,
        2 => select::<u16>,
        4 => select::<u32>,
        8 => select::<u64>,
        _ => select::<u128>,
    }
}

static SELECT: Kernel = {
    let mut chunks: [Option<Chunk>; 12] = [None; 12];
    let mut i = 0;
    while i < 12 {
        chunks[i] = Some(by_size(DType::ALL[i]));
        i += 1;
    }
    Kernel { chunks, inputs: 3, out: Out::Compute, first_bool: true, cost: 1 }
};

/// The kernel of `where(condition, a, b)`; its compute dtype may be any, the halves too.
pub fn select_kernel() -> &'static Kernel {
    &SELECT
}
