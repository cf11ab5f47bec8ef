//! Convolutions of integers, which wrap around, in plain loops.

use super::{Conv, volume};

/// Calls `f(input, weight, output)` with the places of every product.
fn each(conv: &Conv, mut f: impl FnMut(usize, usize, usize)) {
    let [depth, height, width] = conv.input;
    let reach = |d: usize, p: usize, k: usize| {
        (p * conv.stride[d] + k * conv.dilation[d]).checked_sub(conv.padding[d]).filter(|i| *i < conv.input[d])
    };
    let points = |sizes: [usize; 3]| {
        (0..volume(sizes)).map(move |i| [i / (sizes[1] * sizes[2]), i / sizes[2] % sizes[1], i % sizes[2]])
    };
    for n in 0..conv.batch {
        for g in 0..conv.groups {
            for o in 0..conv.cout {
                for c in 0..conv.cin {
                    let image = (n * conv.groups + g) * conv.cin + c;
                    let kernel = (g * conv.cout + o) * conv.cin + c;
                    let out = (n * conv.groups + g) * conv.cout + o;
                    for (p, point) in points(conv.output).enumerate() {
                        for (k, tap) in points(conv.kernel).enumerate() {
                            let at = |d: usize| reach(d, point[d], tap[d]);
                            if let (Some(z), Some(y), Some(x)) = (at(0), at(1), at(2)) {
                                let x = ((image * depth + z) * height + y) * width + x;
                                f(x, kernel * volume(conv.kernel) + k, out * volume(conv.output) + p);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The convolution of integers.
pub fn integer_forward(conv: &Conv, x: &[i64], w: &[i64], y: &mut [i64]) {
    conv.check(x.len(), w.len(), y.len());
    y.fill(0);
    each(conv, |x_at, w_at, y_at| y[y_at] = y[y_at].wrapping_add(x[x_at].wrapping_mul(w[w_at])));
}

/// The transposed convolution of integers.
pub fn integer_backward_input(conv: &Conv, dy: &[i64], w: &[i64], dx: &mut [i64]) {
    conv.check(dx.len(), w.len(), dy.len());
    dx.fill(0);
    each(conv, |x_at, w_at, y_at| dx[x_at] = dx[x_at].wrapping_add(dy[y_at].wrapping_mul(w[w_at])));
}
