//! Prints the registry as JSON: what `conformance/goldens.py` computes goldens from.

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 32 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn main() {
    let functions = flambeau_core::registry::functions();
    let entries: Vec<String> = functions
        .iter()
        .map(|f| {
            let types: Vec<String> = f.types.iter().map(|t| quoted(t)).collect();
            let samples: Vec<String> = f.samples.iter().map(|s| quoted(s)).collect();
            format!(
                "{{\"name\": {}, \"sig\": {}, \"types\": [{}], \"torch\": {}, \"dtypes\": {}, \"grad\": {}, \"samples\": [{}]}}",
                quoted(f.name),
                quoted(f.sig),
                types.join(", "),
                quoted(f.torch),
                quoted(f.dtypes),
                f.grad,
                samples.join(", ")
            )
        })
        .collect();
    println!("[\n{}\n]", entries.join(",\n"));
}
