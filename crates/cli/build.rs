//! The program needs nothing but libc at run time: what unwinds the stack after a panic is linked in.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).is_ok_and(|v| v == value);
    if is("OS", "linux") && is("ENV", "gnu") {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
