//! The packed kernels against the plain loops, on numbers that floats hold exactly.

use super::*;

#[test]
fn every_direction_agrees_with_plain_loops() {
    let base = Conv {
        batch: 3,
        groups: 1,
        cin: 2,
        cout: 3,
        input: [1, 9, 11],
        output: [1, 0, 0],
        kernel: [1, 3, 2],
        stride: [1; 3],
        padding: [0; 3],
        dilation: [1; 3],
    };
    let cases = [
        base,
        Conv { padding: [0, 1, 1], ..base },
        Conv { stride: [1, 2, 3], padding: [0, 2, 1], ..base },
        Conv { stride: [1, 1, 2], dilation: [1, 2, 3], padding: [0, 1, 2], groups: 2, ..base },
        Conv { cin: 1, cout: 1, groups: 5, padding: [0, 1, 0], stride: [1, 2, 2], ..base },
        Conv { cin: 20, cout: 17, input: [3, 6, 40], kernel: [2, 3, 3], padding: [1, 1, 1], ..base },
        Conv {
            cin: 5,
            cout: 40,
            input: [1, 4, 4],
            kernel: [1, 4, 4],
            padding: [0, 1, 1],
            stride: [1, 2, 2],
            batch: 9,
            ..base
        },
        Conv { stride: [1, 4, 5], kernel: [1, 2, 2], ..base },
        Conv { kernel: [1, 1, 1], ..base },
    ];
    for mut conv in cases {
        for d in 0..3 {
            let reach = conv.dilation[d] * (conv.kernel[d] - 1) + 1;
            conv.output[d] = (conv.input[d] + 2 * conv.padding[d] - reach) / conv.stride[d] + 1;
        }
        let [nx, nw, ny] = conv.lens();
        let whole = |n: usize, by: usize| (0..n).map(|i| (i * by % 7) as i64 - 3).collect::<Vec<i64>>();
        let (x, w, dy) = (whole(nx, 5), whole(nw, 3), whole(ny, 11));
        let float = |v: &[i64]| v.iter().map(|x| *x as f32).collect::<Vec<f32>>();
        let (fx, fw, fdy) = (float(&x), float(&w), float(&dy));
        let (mut y, mut fy) = (vec![0; ny], vec![f32::NAN; ny]);
        integer_forward(&conv, &x, &w, &mut y);
        f32::forward(&conv, &fx, &fw, None, &mut fy);
        assert_eq!(float(&y), fy, "{conv:?}");
        let (mut dx, mut fdx) = (vec![0; nx], vec![f32::NAN; nx]);
        integer_backward_input(&conv, &dy, &w, &mut dx);
        f32::backward_input(&conv, &fdy, &fw, None, &mut fdx);
        assert_eq!(float(&dx), fdx, "{conv:?}");
        // d(Σ dy · y) / dw, by the product with a weight that has a single one.
        let mut fdw = vec![f32::NAN; nw];
        f32::backward_weight(&conv, &fx, &fdy, &mut fdw);
        for i in (0..nw).step_by((nw / 40).max(1)) {
            let mut one = vec![0; nw];
            one[i] = 1;
            integer_forward(&conv, &x, &one, &mut y);
            let want: i64 = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
            assert_eq!(want as f32, fdw[i], "{conv:?} weight {i}");
        }
    }
}
