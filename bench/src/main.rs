//! Flambeau's side of the benchmark table: `flambeau-bench ROW` prints the row and the median seconds of a step, as
//! `torch_rows.py` does for PyTorch; `flambeau-bench --list` prints the rows with the work that bounds them;
//! `flambeau-bench --limits` measures what the machine can do; `flambeau-bench --file` is the part of `bench/files`.

mod files;
mod limits;
mod rows;

use std::time::{Duration, Instant};

/// Median seconds of one step, after two warm-up steps.
fn measure(step: &mut dyn FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    step()?;
    step()?;
    let mut times = Vec::new();
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end || times.len() < 5 {
        let start = Instant::now();
        step()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn main() -> anyhow::Result<()> {
    let threads = std::env::var("THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    flambeau::set_num_threads(threads);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("--list") => {
            for row in rows::ROWS {
                println!("{} {:e} {:e}", row.name, row.flops, row.bytes);
            }
        }
        Some("--limits") => {
            println!("flops {:e}", limits::peak_flops());
            println!("bandwidth {:e}", limits::bandwidth());
        }
        Some("--file") if arguments.len() >= 3 => files::run(&arguments[1], &arguments[2], arguments.get(3))?,
        _ => {
            for name in &arguments {
                let row = rows::ROWS
                    .iter()
                    .find(|r| r.name == name)
                    .ok_or_else(|| anyhow::anyhow!("{name} is not built yet; --list shows the rows that are"))?;
                flambeau::manual_seed(0);
                let mut step = (row.make)()?;
                println!("{name} {:.9}", measure(&mut *step)?);
            }
        }
    }
    Ok(())
}
