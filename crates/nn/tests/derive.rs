//! What `#[derive(Module)]` takes, and what it says of the rest.

#[test]
fn structs_are_modules_and_everything_else_is_refused_in_words() {
    let t = trybuild::TestCases::new();
    t.pass("tests/derive/pass/*.rs");
    t.compile_fail("tests/derive/fail/*.rs");
}
