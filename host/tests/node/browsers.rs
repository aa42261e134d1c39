//! Workers that answer browsers: every method and path, statuses and headers of their own.

use crate::support::{App, Running, guest, http_request};

/// The store, whose HTTP listener hands on every request, and whose frames do not.
async fn store() -> Running {
    let app = App::new().behaviour("kv", &guest("kv-0.1.0"), "").supervisor("root", "one_for_one", 3);
    let app = app.worker("kv", "root", "kv", "").listen("frames", "kv").listen("http", "kv").more("raw = true");
    app.start().await
}

#[tokio::test]
async fn a_store_is_used_by_method_and_path_and_says_its_own_status() {
    let node = store().await;
    let ask = async |method: &str, path: &str, body: &str| http_request(node.http(), method, path, body).await;
    let told = |status: u16, body: &str| (status, body.to_owned());
    assert_eq!(ask("GET", "/a", "").await, told(404, "nothing is kept under \"a\""));
    assert_eq!(ask("PUT", "/a", "{\"x\":1}").await, told(201, ""));
    assert_eq!(ask("PUT", "/a", "[2]").await, told(204, ""));
    assert_eq!(ask("GET", "/a?pretty", "").await, told(200, "[2]"));
    assert_eq!(ask("PUT", "/a", "no json").await.0, 400);
    assert_eq!(ask("GET", "/", "").await, told(200, "[\"a\"]"));
    assert_eq!(ask("DELETE", "/a", "").await, told(204, ""));
    assert_eq!(ask("POST", "/call/kv", "\"Keys\"").await.0, 405, "a raw listener has no routes of the host's");
    assert_eq!(node.ok("kv", "\"Keys\"").await, "{\"Keys\":[]}", "others call it as before");
}

#[tokio::test]
async fn a_behaviour_s_429_reaches_the_client() {
    let node = store().await;
    for number in 0..1000 {
        node.ok("kv", &format!("{{\"Put\":[\"k{number}\",1]}}")).await;
    }
    let (status, body) = http_request(node.http(), "PUT", "/one-too-many", "1").await;
    assert_eq!((status, body.as_str()), (429, "1000 values are kept; delete one"));
}

#[tokio::test]
async fn a_behaviour_that_takes_no_requests_as_they_are_refuses_them_by_name() {
    let app = App::of_counters().counters(&["a"]).listen("http", "a").more("raw = true");
    let node = app.start().await;
    let (status, body) = http_request(node.http(), "GET", "/index.html", "").await;
    assert_eq!(status, 422);
    assert!(body.contains("does not take GET /index.html as it is"), "{body}");
    assert_eq!(node.count("a").await, 0);
}
