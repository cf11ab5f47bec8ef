//! Files that attack whoever opens them, made by `conformance/attacks.py`: each is refused in words, or opens and does
//! nothing, within bounds of time and memory, and a scan knows it for what it is.

mod common;

use common::beside;
use flambeau_core::{Result, Tensor};
use flambeau_io::{Verdict, load, scan, scan_bytes};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// `attacks.json`: class, file, what it tries, the scan's verdict, and a part of the message.
fn attacks() -> Vec<Value> {
    let text = std::fs::read_to_string(beside("attacks/attacks.json")).expect("attacks.json");
    serde_json::from_str(&text).expect("attacks.json")
}

/// Opens a file as what its contents say it is.
fn open(path: &Path) -> Result<Vec<(String, Tensor)>> {
    load(path)?.tensors().map_err(|e| e.context(path.display()))
}

#[test]
fn every_attack_is_refused_or_does_nothing() {
    let mut wrong = Vec::new();
    for attack in attacks() {
        let file = attack["file"].as_str().expect("a file");
        let start = Instant::now();
        let opened = open(&beside("attacks").join(file)).map(|tensors| tensors.len()).map_err(|e| e.to_string());
        if start.elapsed() > Duration::from_secs(2) {
            wrong.push(format!("{file}: {:?}", start.elapsed()));
        }
        match (&opened, attack["message"].as_str()) {
            (Ok(_), None) => {}
            (Err(message), Some(part)) if message.contains(part) && !part.is_empty() && message.contains(file) => {}
            _ => wrong.push(format!("{file}: {} is expected, and {opened:?} is there", attack["message"])),
        }
        assert!(!Path::new("canary").exists(), "{file}");
    }
    assert!(wrong.is_empty(), "{}\n{} files", wrong.join("\n"), wrong.len());
}

#[test]
fn a_scan_knows_every_attack() {
    let mut wrong = Vec::new();
    for attack in attacks() {
        let file = attack["file"].as_str().expect("a file");
        let start = Instant::now();
        let reports = scan(beside("attacks").join(file));
        if start.elapsed() > Duration::from_secs(2) {
            wrong.push(format!("{file}: {:?}", start.elapsed()));
        }
        let [report] = &reports[..] else { panic!("{file}: {} reports", reports.len()) };
        if Some(report.verdict.name()) != attack["verdict"].as_str() {
            let findings: Vec<_> = report.findings.iter().map(|f| format!("  {f:?}")).collect();
            wrong.push(format!("{file}: {}, not {}\n{}", report.verdict, attack["verdict"], findings.join("\n")));
        }
        assert!(!Path::new("canary").exists(), "{file}");
    }
    assert!(wrong.is_empty(), "{}\n{} files", wrong.join("\n"), wrong.len());
}

#[test]
fn honest_files_are_safe() {
    for report in scan(beside("fixtures")) {
        let name = report.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = match name.as_str() {
            name if name.starts_with("unsafe") || name == "object.npy" => Verdict::Dangerous,
            "module.pt" | "module.legacy.pt" | "scripted.pt" | "traced.pt" => Verdict::Suspicious,
            _ => Verdict::Safe,
        };
        assert_eq!(report.verdict, expected, "{name}: {:?}", report.findings);
    }
}

#[test]
fn what_a_scan_tells() {
    let report = scan_bytes(&std::fs::read(beside("attacks/broken.pt")).expect("a file"));
    let found: Vec<_> = report.findings.iter().map(|f| (f.verdict, f.kind)).collect();
    // The call behind which the pickle breaks off, and that it does.
    assert!(
        found.contains(&(Verdict::Dangerous, "call")) && found.contains(&(Verdict::Suspicious, "broken")),
        "{found:?}"
    );
    let report = scan_bytes(&std::fs::read(beside("attacks/nested.zip")).expect("a file"));
    let call = report.findings.iter().find(|f| f.kind == "call").expect("a call");
    assert_eq!(
        (call.entry.as_str(), call.text.contains("posix.system")),
        ("m/model.zip > m/data.pkl", true),
        "{call:?}"
    );
    let missing = scan("/nowhere/to/be/found");
    assert_eq!((missing.len(), missing[0].verdict, missing[0].verdict.exit_code()), (1, Verdict::Unread, 3));
}

/// Strings that only look like the beginnings of something, among bytes that are something else.
#[test]
fn chance_is_no_danger() {
    let calls_an_extension = b"\0\0\x80\x02\x82\x01)R\0\0".to_vec();
    let signatures =
        b"\x7fELF PK\x03\x04 and PK\x05\x06 and PK\x01\x02, as in every program that reads archives".to_vec();
    let long = b"L100000000000000000000000000000000000000000000000000L\n.".to_vec();
    let words = b"cos\nsin\ntan\n".to_vec();
    for bytes in [calls_an_extension, signatures, long, words] {
        let report = scan_bytes(&bytes);
        assert_eq!(report.verdict, Verdict::Safe, "{:?}", report.findings);
    }
}

/// The most memory that this process has had, in bytes, since it was last asked to forget.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? << 10)
}

/// Run in a process of its own, so that no other test's memory is counted; it resets the peak for every file.
#[test]
fn memory_stays_within_bounds() {
    const OWN: &str = "FLAMBEAU_TEST_OWN_PROCESS";
    if std::env::var_os(OWN).is_none() {
        let program = std::env::current_exe().expect("this test");
        let arguments = ["--exact", "memory_stays_within_bounds", "--nocapture"];
        let run = std::process::Command::new(program).args(arguments).env(OWN, "1").output().expect("a process");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        return;
    }
    for attack in attacks() {
        let path = beside("attacks").join(attack["file"].as_str().expect("a file"));
        let size = std::fs::metadata(&path).expect("the file").len() as usize;
        // 5 resets the peak; where that is not allowed, there is nothing to measure.
        if std::fs::write("/proc/self/clear_refs", "5").is_err() {
            return;
        }
        let Some(before) = peak() else { return };
        let _ = open(&path);
        let _ = scan(&path);
        let grown = peak().expect("a peak").saturating_sub(before);
        assert!(grown <= size + (64 << 20), "{}: {} MB", path.display(), grown >> 20);
    }
}

/// The table in `docs/security.md` is this corpus.
#[test]
fn the_table_is_the_corpus() {
    let doc = std::fs::read_to_string(beside("../../../docs/security.md")).expect("docs/security.md");
    let attacks = attacks();
    let rows: Vec<&str> = doc.lines().filter(|l| l.starts_with("| `")).collect();
    assert!(doc.contains(&format!("{0} of {0}", attacks.len())), "{} files", attacks.len());
    let cell = |text: &str| text.replace('|', "\\|");
    let expected: Vec<String> = attacks
        .iter()
        .map(|a| {
            let text = |key: &str| a[key].as_str().map(cell);
            let message = text("message").map_or("opens".into(), |m| format!("\"{m}\""));
            let [class, file, tries, verdict] =
                ["class", "file", "tries", "verdict"].map(|k| text(k).unwrap_or_default());
            format!("| `{file}` | {class} | {tries} | {verdict} | {message} |")
        })
        .collect();
    assert_eq!(rows, expected);
}
