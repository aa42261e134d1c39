//! What is dropped into the watched folder is taken whole or not at all, and always told.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use tomte::node::UpgradeResult;

use crate::support::{App, Running, guest, until};

/// Writes a component piece by piece, for longer than the settle time and with never a pause as long as
/// that. False, with nothing judged, if the machine made a pause that was: then the file may be taken.
async fn left_alone_while_it_is_written(node: &Running, settle: Duration) -> bool {
    let bytes = guest("counter-0.2.0");
    let mut file = File::create(node.app.dropped("counter-0.2.0.wasm")).expect("the folder is writable");
    let mut before = Instant::now();
    for chunk in bytes.chunks(bytes.len() / 60) {
        tokio::time::sleep(settle / 40).await;
        let judged = ["accepted", "refused"].map(|outcome| node.app.dropped(&format!("counter-0.2.0.wasm.{outcome}")));
        let told: Vec<_> = judged.iter().filter(|path| path.exists()).collect();
        let now = Instant::now();
        file.write_all(chunk).expect("the file is writable");
        if before.elapsed() >= settle {
            return false;
        }
        assert!(told.is_empty(), "{told:?} within {:?}", before.elapsed());
        before = now;
    }
    true
}

#[tokio::test]
async fn a_file_that_is_still_being_written_is_left_alone_until_it_is_complete() {
    // A machine that stalls gets another try, with more time.
    for settle in [1, 3, 8] {
        let node = App::of_counters().settle(&format!("{settle}s")).counters(&["a"]).start().await;
        node.increment("a", 5).await;
        if !left_alone_while_it_is_written(&node, Duration::from_secs(settle)).await {
            continue;
        }
        node.marker("counter-0.2.0.wasm", "accepted").await;
        assert_eq!(node.ok("a", "\"Stats\"").await, r#"{"Stats":{"count":5,"resets":0}}"#);
        assert_eq!(node.history().await.len(), 1, "the halves were never tried");
        return;
    }
    panic!("this machine stalls for eight seconds");
}

#[tokio::test]
async fn half_a_component_is_refused_and_taken_once_the_rest_is_there() {
    let node = App::of_counters().settle_max("500ms").counters(&["a"]).start().await;
    let bytes = guest("counter-0.2.0");
    node.app.put("counter-0.2.0.wasm", &bytes[..bytes.len() / 2]);
    let text = node.marker("counter-0.2.0.wasm", "refused").await;
    assert!(text.contains("was it copied completely?"), "{text}");
    node.app.put("counter-0.2.0.wasm", &bytes);
    node.marker("counter-0.2.0.wasm", "accepted").await;
    let gone = node.app.dropped("counter-0.2.0.wasm.refused");
    until("the old outcome is taken away", async || !gone.exists()).await;
    node.ok("a", "\"Stats\"").await;
}

#[tokio::test]
async fn bad_drops_are_refused_each_for_its_own_reason_beside_a_good_one_that_is_taken() {
    let node = App::of_counters().settle_max("500ms").counters(&["a"]).start().await;
    node.increment("a", 5).await;
    let elsewhere = node.app.dropped("../elsewhere");
    std::fs::write(&elsewhere, guest("counter-0.2.0")).expect("the directory is writable");
    node.app.put("garbage-1.0.0.wasm", b"Lorem ipsum dolor sit amet");
    node.app.put("core-1.0.0.wasm", b"\0asm\x01\0\0\0");
    node.app.put("cut-1.0.0.wasm", b"\0asm\x0d\0\x01\0\x07");
    node.app.put("zero-1.0.0.wasm", b"");
    node.app.put("stranger-1.0.0.wasm", &guest("echo-0.1.0"));
    std::fs::create_dir(node.app.dropped("directory-1.0.0.wasm")).expect("the folder is writable");
    std::fs::create_dir(node.app.dropped("shop-1.0.0")).expect("the folder is writable");
    std::os::unix::fs::symlink(&elsewhere, node.app.dropped("link-1.0.0.wasm")).expect("the folder is writable");
    node.app.put("counter-0.2.0.wasm", &guest("counter-0.2.0"));
    node.app.put("README.md", b"not for the host");
    for (file, reason) in [
        ("garbage-1.0.0.wasm", "not WebAssembly: the file does not begin with \\0asm"),
        ("core-1.0.0.wasm", "a core module, not a component; build it with `tomte build`"),
        ("cut-1.0.0.wasm", "was it copied completely?"),
        ("zero-1.0.0.wasm", "the file is empty; copy it again"),
        ("stranger-1.0.0.wasm", "no behaviour `echo` runs here"),
        ("directory-1.0.0.wasm", "a directory, not a component"),
        ("shop-1.0.0", "releases of several components are not built yet"),
        ("link-1.0.0.wasm", "a symbolic link"),
    ] {
        let text = node.marker(file, "refused").await;
        assert!(text.contains(reason), "{file}: {text}");
        assert!(!node.app.dropped(&format!("{file}.accepted")).exists(), "{file}");
    }
    node.marker("counter-0.2.0.wasm", "accepted").await;
    assert_eq!(node.ok("a", "\"Stats\"").await, r#"{"Stats":{"count":5,"resets":0}}"#);
    assert!(!node.app.dropped("README.md.refused").exists());
    let taken = node.history().await.into_iter().filter(|row| row.result == UpgradeResult::Permanent).count();
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn the_same_bytes_again_run_already_and_make_no_second_row() {
    let node = App::of_counters().counters(&["a"]).start().await;
    node.app.put("counter-0.2.0.wasm", &guest("counter-0.2.0"));
    node.marker("counter-0.2.0.wasm", "accepted").await;
    node.app.put("once-more-0.2.0.wasm", &guest("counter-0.2.0"));
    let text = node.marker("once-more-0.2.0.wasm", "accepted").await;
    assert!(text.contains("counter 0.2.0 with these very bytes is running already"), "{text}");
    let report = node.upgrade(guest("counter-0.2.0")).await;
    assert_eq!((report.result, report.revision), (UpgradeResult::AlreadyRunning, 0));
    assert_eq!((node.history().await.len(), node.generations(&["a"]).await), (1, vec![1]));
}
