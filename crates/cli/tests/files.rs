//! The program's commands on model files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../io/tests").join(name);
    path.to_str().expect("UTF-8").to_string()
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// Exit code, and what was printed.
fn flambeau(arguments: &[&str]) -> (i32, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_flambeau")).args(arguments).output().expect("the program runs");
    let text = [out.stdout, out.stderr].concat();
    (out.status.code().expect("an exit code"), String::from_utf8(text).expect("UTF-8"))
}

#[test]
fn a_model_is_converted_inspected_compared_and_verified() {
    let folder = folder("files");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_string();
    let (code, text) = flambeau(&["inspect", &fixture("fixtures/views.pt")]);
    assert!(code == 0 && text.contains("transposed") && text.contains("shares memory with base"), "{text}");
    let rename = ["--rename", "^model\\.(\\d)=layer.$1", "--digest"];
    let training = fixture("fixtures/training.pt");
    let convert = |out: &str, more: &[&str]| {
        let (code, text) = flambeau(&[&["convert", &training, out, "--filter", "model.*"], more].concat());
        assert_eq!(code, 0, "{text}");
    };
    convert(&path("a.safetensors"), &rename);
    convert(&path("shards"), &[&rename[..], &["--max-shard-size", "60B"]].concat());
    convert(&path("half.safetensors"), &[&rename[..2], &["--dtype", "bf16"]].concat());
    let (code, text) = flambeau(&["inspect", &path("a.safetensors"), "--json", "--stats", "--filter", "layer.0.*"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let row = json["tensors"].as_array().expect("rows").iter().find(|t| t["name"] == "layer.0.weight").expect("a row");
    assert_eq!((code, &row["dtype"], &row["bytes"], &row["stats"]["nan"]), (0, &"F32".into(), &48.into(), &0.into()));
    assert!(row["stats"]["min"].as_f64() < row["stats"]["max"].as_f64());
    assert!(json["metadata"]["sha256:layer.0.weight"].as_str().is_some_and(|d| d.len() == 64));
    for (name, text) in [("a.safetensors", "are as their digests say"), ("half.safetensors", "has no digests")] {
        let (code, said) = flambeau(&["verify", &path(name)]);
        assert!(code == 0 && said.contains(text), "{said}");
    }
    let (code, text) = flambeau(&["diff", &path("a.safetensors"), &path("shards")]);
    assert!(code == 0 && text.contains("0 differ, 0 are missing, 0 are new"), "{text}");
    let (code, text) = flambeau(&["diff", &path("a.safetensors"), &path("half.safetensors"), "--rtol", "0.01"]);
    assert!(code == 1 && text.contains("dtype F32 and BF16, the same numbers"), "{text}");
    let (code, text) = flambeau(&["diff", &path("a.safetensors"), &fixture("fixtures/views.safetensors")]);
    assert!(code == 1 && text.contains("- layer.0.weight") && text.contains("+ base"), "{text}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = folder("refusals");
    let out = folder.join("x.safetensors").to_str().expect("UTF-8").to_string();
    let views = fixture("fixtures/views.pt");
    for (arguments, text) in [
        (vec!["inspect", "/nowhere/at/all"], "there is no such file"),
        (vec!["convert", &views, &out, "--filter", "none.*"], "no tensor that --filter takes"),
        (vec!["convert", &views, &out, "--dtype", "int8"], "float16, bfloat16, float32 or float64"),
        (vec!["convert", &views, &out, "--rename", "x"], "write PATTERN=REPLACEMENT"),
        (vec!["convert", &views, &out, "--max-shard-size", "5XB"], "is no unit"),
        (vec!["convert", &views, "x.gguf"], "not clear what to write"),
        (vec!["convert", &views, &out, "--rename", ".*=same"], "reserved or given twice"),
    ] {
        let (code, said) = flambeau(&arguments);
        assert!(code == 1 && said.starts_with("error: ") && said.contains(text), "{arguments:?}: {said}");
    }
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
}

#[test]
fn a_scan_answers_with_its_exit_code() {
    for (name, code) in [("fixtures/views.pt", 0), ("fixtures/module.pt", 1), ("fixtures/unsafe.pt", 2), ("none.pt", 3)]
    {
        let (answer, text) = flambeau(&["scan", &fixture(name)]);
        assert_eq!(answer, code, "{text}");
    }
    let (code, text) = flambeau(&["scan", "--json", &fixture("fixtures/unsafe.pt"), &fixture("fixtures/views.pt")]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &json["verdict"], json["files"].as_array().map(Vec::len)), (2, &"dangerous".into(), Some(2)));
    assert!(text.contains("posix.system"), "{text}");
}

#[test]
fn a_killed_conversion_leaves_the_old_file_and_the_next_one_clears_up() {
    let folder = folder("killed");
    let (big, out) = (folder.join("big.npy"), folder.join("out.safetensors"));
    // 400 MB of zeros that take no room, so that there is time to kill.
    let n = 100_000_000usize;
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n},), }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let npy = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    fs::write(&big, &npy).expect("write");
    let file = fs::OpenOptions::new().write(true).open(&big).expect("open");
    file.set_len((npy.len() + 4 * n) as u64).expect("a sparse file");
    fs::write(&out, "what was there before").expect("write");
    let temporary = || {
        let names = fs::read_dir(&folder).expect("the folder").map(|e| e.expect("an entry").file_name());
        names.filter(|n| n.to_string_lossy().ends_with(".tmp")).count()
    };
    let mut convert = Command::new(env!("CARGO_BIN_EXE_flambeau"));
    convert.arg("convert").arg(&big).arg(&out).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = convert.spawn().expect("the program runs");
    while temporary() == 0 && child.try_wait().expect("a state").is_none() {
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    let _ = child.wait();
    assert_eq!(fs::read(&out).expect("read"), b"what was there before");
    assert_eq!(temporary(), 1);
    fs::write(
        &big,
        [
            &b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"[..],
            &[b' '; 60],
            b"\n",
            &[0; 4],
        ]
        .concat(),
    )
    .expect("write");
    assert!(convert.status().expect("the program runs").success());
    assert_eq!(temporary(), 0);
}
