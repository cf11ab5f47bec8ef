//! The program from outside: runs that end, are killed and resumed, and every message for bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn flambeau(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flambeau")).args(arguments).output().expect("the program runs")
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Settings of a model so small that a step takes a moment.
fn settings(folder: &Path, steps: u64) -> PathBuf {
    let path = folder.join("small.toml");
    let toml = format!(
        "steps = {steps}\nlayers = 1\nheads = 2\ndim = 16\ncontext = 16\nbatch = 4\nwarmup = 5\neval_every = 20\neval_batches = 1\ncheckpoint_every = 10\nsample = 20\n"
    );
    fs::write(&path, toml).expect("settings");
    path
}

fn train(folder: &Path, out: &str, steps: u64, more: &[&str]) -> PathBuf {
    let (config, out) = (settings(folder, steps), folder.join(out));
    let mut arguments = vec!["train", "--config", text(&config), "--out", text(&out)];
    arguments.extend(more);
    let result = flambeau(&arguments);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    out
}

fn model(run: &Path) -> Vec<u8> {
    fs::read(run.join("model.safetensors")).expect("a model")
}

#[test]
fn a_run_leaves_what_it_says_and_a_model_that_writes() {
    let folder = folder("run");
    let run = train(&folder, "out", 40, &["--seed", "3"]);
    for file in ["config.toml", "model.safetensors", "metrics.jsonl", "loss.svg", "vocab.json", "checkpoint/state.json"]
    {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    let lines: Vec<serde_json::Value> = fs::read_to_string(run.join("metrics.jsonl"))
        .expect("metrics")
        .lines()
        .map(|l| serde_json::from_str(l).expect("a line"))
        .collect();
    assert_eq!(lines.len(), 40);
    assert!(lines[39]["train_loss"].as_f64() < lines[0]["train_loss"].as_f64(), "the loss did not fall");
    assert!(lines[19]["val_loss"].is_f64() && lines[18].get("val_loss").is_none());
    assert!(lines.iter().all(|l| l["tokens_per_s"].as_f64() > Some(0.0) && l["lr"].is_f64()));
    assert!(fs::read_to_string(run.join("loss.svg")).expect("svg").contains("<polyline"));

    // Records: length, its checksum, the event, its checksum; one head, then a scalar and a rate for each step.
    let events =
        fs::read_dir(&run).expect("folder").flatten().find(|f| f.file_name().to_string_lossy().contains("tfevents"));
    let bytes = fs::read(events.expect("an event file").path()).expect("events");
    let (mut at, mut records) = (0, 0);
    while at < bytes.len() {
        at += 16 + u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes")) as usize;
        records += 1;
    }
    assert_eq!((at, records), (bytes.len(), 1 + 2 * 40 + 2));

    let write = |seed: &str| {
        flambeau(&[
            "generate",
            text(&run),
            "--prompt",
            "The ",
            "--tokens",
            "30",
            "--seed",
            seed,
            "--top-k",
            "20",
            "--top-p",
            "0.9",
        ])
    };
    let (a, b, c) = (write("1"), write("1"), write("2"));
    assert!(a.status.success(), "{}", String::from_utf8_lossy(&a.stderr));
    assert!(String::from_utf8_lossy(&a.stdout).starts_with("The "));
    assert_eq!(a.stdout, b.stdout);
    assert_ne!(a.stdout, c.stdout);
}

#[test]
fn threads_change_no_bit() {
    let folder = folder("threads");
    let one = train(&folder, "one", 100, &["--threads", "1"]);
    let two = train(&folder, "two", 100, &["--threads", "2"]);
    assert_eq!(model(&one), model(&two));
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let folder = folder("kill");
    let whole = train(&folder, "whole", 400, &[]);
    let (config, out) = (settings(&folder, 400), folder.join("killed"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_flambeau"))
        .args(["train", "--config", text(&config), "--out", text(&out)])
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let lines = || fs::read_to_string(out.join("metrics.jsonl")).map_or(0, |t| t.lines().count());
    while lines() < 25 && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().expect("kill -9");
    child.wait().expect("its end");
    assert!(!out.join("model.safetensors").exists(), "it was not killed in the middle");
    let result = flambeau(&["train", "--resume", text(&out)]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    assert_eq!(model(&whole), model(&out));
    assert_eq!(lines(), 400);
}

/// Runs the program, which must fail with one clear line.
fn refusal(arguments: &[&str]) -> String {
    let result = flambeau(arguments);
    let message = String::from_utf8_lossy(&result.stderr).into_owned();
    assert_eq!(result.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && message.trim_end().lines().count() == 1, "{message}");
    assert!(!message.contains("panicked") && !message.contains("backtrace"), "{message}");
    message
}

#[test]
fn bad_input_gets_a_clear_message() {
    let folder = folder("bad");
    let out = folder.join("out");
    let with_data = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("data");
        refusal(&["train", "--out", text(&out), "--data", text(&path)])
    };
    assert!(refusal(&["train", "--out", text(&out), "--data", "/no/such/file"]).contains("/no/such/file"));
    assert!(with_data("empty.txt", b"").contains("holds no text"));
    assert!(with_data("binary.bin", b"\x00\xff\xfe\x01").contains("not text"));
    assert!(with_data("short.txt", b"too short").contains("too few"));

    let config = folder.join("bad.toml");
    fs::write(&config, "learning_rat = 1.0\nlayrs = 3\n").expect("settings");
    let message = refusal(&["train", "--config", text(&config), "--out", text(&out)]);
    assert!(message.contains("unknown key") && message.contains("did you mean"), "{message}");

    assert!(refusal(&["train", "--resume", text(&folder)]).contains("no checkpoint"));
    let run = train(&folder, "run", 10, &[]);
    let other = folder.join("other.txt");
    fs::write(&other, "completely different characters ÄÖÜ ".repeat(50)).expect("data");
    assert!(refusal(&["train", "--resume", text(&run), "--data", text(&other)]).contains("does not match"));
    assert!(refusal(&["train", "--resume", text(&run), "--steps", "99"]).contains("10 steps"));

    assert!(refusal(&["generate", "/no/such/run", "--prompt", "x"]).contains("/no/such/run"));
    assert!(refusal(&["generate", text(&run), "--prompt", ""]).contains("empty"));
    assert!(refusal(&["generate", text(&run), "--prompt", "\u{1F525}"]).contains("does not occur"));
    assert!(refusal(&["generate", text(&run), "--prompt", "a", "--temperature", "-1"]).contains("temperature"));
    // A file where the folder should be made: nobody can write there, not even root.
    let file = folder.join("a-file");
    fs::write(&file, "x").expect("a file");
    assert!(refusal(&["train", "--out", text(&file.join("run"))]).contains("cannot write"));
    assert!(refusal(&["train", "--out", "/proc/run"]).contains("cannot write"));
}

#[test]
fn info_says_what_the_program_runs_on() {
    let result = flambeau(&["info"]);
    let text = String::from_utf8_lossy(&result.stdout).into_owned();
    for word in ["flambeau", "instructions", "threads", "memory", "GPUs", "GPU libraries"] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_reader_that_has_left_is_no_error() {
    let folder = folder("left");
    let out = train(&folder, "run", 2, &[]);
    let model = out.join("model.safetensors");
    let copy = folder.join("copy.pt");
    let commands: [&[&str]; 9] = [
        &["info"],
        &["inspect", text(&model)],
        &["inspect", "--json", text(&model)],
        &["scan", text(&model)],
        &["verify", text(&model)],
        &["diff", text(&model), text(&model)],
        &["convert", text(&model), text(&copy)],
        &["generate", text(&out), "--prompt", "a", "--tokens", "4"],
        &["generate", text(&out), "--prompt", "a\nb", "--tokens", "4"],
    ];
    for arguments in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_flambeau"));
        let result = command.args(arguments).stdout(writer).stderr(Stdio::piped()).output().expect("the program runs");
        assert_eq!(String::from_utf8_lossy(&result.stderr), "", "{arguments:?}");
        assert!(result.status.success(), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_under_the_output_is_told() {
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = Command::new(env!("CARGO_BIN_EXE_flambeau"));
    let result = command.arg("info").stdout(full).stderr(Stdio::piped()).output().expect("the program runs");
    let message = String::from_utf8_lossy(&result.stderr).into_owned();
    assert_eq!(result.status.code(), Some(1), "{message}");
    assert!(message.starts_with("error: ") && !message.contains("panicked"), "{message}");
}
