//! loss.svg: training and validation loss over the steps.

use crate::metrics::Line;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const MARGIN: f64 = 48.0;

/// The curves as SVG. Training losses are averaged over short spans, so that the curve can be read.
pub fn svg(lines: &[Line]) -> String {
    let last = lines.last().map_or(1, |l| l.step).max(1) as f64;
    let span = (lines.len() / 200).max(1);
    let train: Vec<(f64, f64)> = lines
        .chunks(span)
        .map(|c| (c[c.len() - 1].step as f64, c.iter().map(|l| l.train_loss).sum::<f64>() / c.len() as f64))
        .collect();
    let val: Vec<(f64, f64)> = lines.iter().filter_map(|l| Some((l.step as f64, l.val_loss?))).collect();
    let values = train.iter().chain(&val).map(|p| p.1).filter(|v| v.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let (low, high) = if low < high { (low, high) } else { (0.0, low.max(1.0)) };
    let x = |step: f64| MARGIN + step / last * (WIDTH - 2.0 * MARGIN);
    let y = |loss: f64| HEIGHT - MARGIN - (loss - low) / (high - low) * (HEIGHT - 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    for i in 0..=4 {
        let loss = low + (high - low) * i as f64 / 4.0;
        let _ = writeln!(
            out,
            "<line x1=\"{MARGIN}\" y1=\"{0:.1}\" x2=\"{1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/><text x=\"8\" y=\"{2:.1}\">{loss:.2}</text>",
            y(loss),
            WIDTH - MARGIN,
            y(loss) + 4.0
        );
    }
    for (points, colour, width) in [(&train, "#888", 1.0), (&val, "#d40", 2.0)] {
        let path: Vec<String> =
            points.iter().filter(|p| p.1.is_finite()).map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1))).collect();
        let _ = writeln!(
            out,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" points=\"{}\"/>",
            path.join(" ")
        );
    }
    let _ = writeln!(out, "<text x=\"{}\" y=\"{}\">step {last}</text>", WIDTH - MARGIN - 60.0, HEIGHT - 16.0);
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"24\" fill=\"#888\">training loss</text><text x=\"160\" y=\"24\" fill=\"#d40\">validation loss</text>\n</svg>"
    );
    out
}
