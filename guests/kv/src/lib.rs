//! A store of JSON values under names, with a deliberate divide by zero. Over HTTP a path is a name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tomte_guest::{
    Answer, Context, GenServer, HttpReply, HttpRequest, Refusal, Start, StartFailure, export, from_json, reply,
};

/// What it is asked.
#[derive(Debug, Deserialize)]
pub enum Input {
    /// Keep a value under a key: `{"Put":["a",6]}`.
    Put(String, Value),
    /// The value of a key: `{"Get":"a"}`.
    Get(String),
    /// Forget a key: `{"Delete":"a"}`.
    Delete(String),
    /// Every key, sorted.
    Keys,
    /// One whole number divided by another: `{"Ratio":["a","b"]}`. Crashes if the second is zero.
    Ratio(String, String),
}

/// What it answers.
#[derive(Debug, PartialEq, Serialize)]
pub enum Output {
    /// Done.
    Ack,
    /// The value, `null` if there is none.
    Value(Option<Value>),
    /// The keys.
    Keys(Vec<String>),
}

/// What it keeps.
pub type Store = BTreeMap<String, Value>;

/// The behaviour.
#[derive(Debug)]
pub struct Kv;

impl GenServer for Kv {
    type State = Store;
    type Input = Input;
    type Output = Output;
    const SCHEMA: &'static str = "kv/1";

    fn init(_: &Start, _: &mut Context) -> Result<Store, StartFailure> {
        Ok(Store::new())
    }

    fn handle_call(store: &mut Store, input: Input, _: &mut Context) -> Answer<Output> {
        match input {
            Input::Put(key, value) => {
                store.insert(key, value);
                reply(Output::Ack)
            }
            Input::Get(key) => reply(Output::Value(store.get(&key).cloned())),
            Input::Delete(key) => {
                store.remove(&key);
                reply(Output::Ack)
            }
            Input::Keys => reply(Output::Keys(store.keys().cloned().collect())),
            Input::Ratio(a, b) => reply(Output::Value(Some((number(store, &a)? / number(store, &b)?).into()))),
        }
    }

    fn handle_http(store: &mut Store, request: HttpRequest, _: &mut Context) -> Answer<HttpReply> {
        let key = request.path.trim_start_matches('/');
        reply(match (request.method.as_str(), key) {
            ("GET", "") => HttpReply::json(200, &store.keys().collect::<Vec<_>>()),
            ("GET" | "HEAD", key) => match store.get(key) {
                Some(value) => HttpReply::json(200, value),
                None => HttpReply::text(404, format!("nothing is kept under {key:?}")),
            },
            ("PUT", key) if !key.is_empty() => put(store, key, &request.body),
            ("DELETE", key) => HttpReply::new(if store.remove(key).is_some() { 204 } else { 404 }),
            _ => HttpReply::new(405).header("allow", "GET, HEAD, PUT, DELETE"),
        })
    }
}

/// The most values it takes over HTTP.
const VALUES_MAX: usize = 1000;

fn put(store: &mut Store, key: &str, body: &[u8]) -> HttpReply {
    let is_new = !store.contains_key(key);
    match from_json::<Value>(body) {
        Err(error) => HttpReply::text(400, format!("not JSON: {error}")),
        Ok(_) if is_new && store.len() >= VALUES_MAX => {
            HttpReply::text(429, format!("{VALUES_MAX} values are kept; delete one")).header("retry-after", "60")
        }
        Ok(value) => {
            store.insert(key.to_owned(), value);
            HttpReply::new(if is_new { 201 } else { 204 })
        }
    }
}

fn number(store: &Store, key: &str) -> Result<i64, Refusal> {
    store.get(key).and_then(Value::as_i64).ok_or_else(|| Refusal::new(format!("{key} is not a whole number")))
}

export!(Kv);

#[cfg(test)]
mod tests {
    use tomte_guest::{Reply, run};

    use super::*;

    fn put(key: &str, value: impl Into<Value>) -> Input {
        Input::Put(key.to_owned(), value.into())
    }

    fn ratio() -> Input {
        Input::Ratio("a".to_owned(), "b".to_owned())
    }

    #[test]
    fn what_is_put_is_got_until_it_is_deleted() {
        let get = || Input::Get("a".to_owned());
        let ran = run::<Kv>(Store::new(), [put("a", "x"), get(), Input::Delete("a".to_owned()), get()]);
        assert_eq!(ran.steps[1].answer, Ok(Reply::Now(Output::Value(Some("x".into())))));
        assert_eq!(ran.last(), Some(&Output::Value(None)));
    }

    #[test]
    fn a_ratio_by_zero_crashes() {
        assert_eq!(
            run::<Kv>(Store::new(), [put("a", 6), put("b", 3), ratio()]).last(),
            Some(&Output::Value(Some(2.into())))
        );
        let ran = run::<Kv>(Store::new(), [put("a", 6), put("b", 0), ratio()]);
        assert_eq!(ran.crash.as_deref(), Some("attempt to divide by zero"));
    }

    #[test]
    fn a_ratio_of_words_is_refused() {
        let ran = run::<Kv>(Store::new(), [put("a", "six"), put("b", 0), ratio()]);
        assert_eq!(ran.steps[2].answer, Err(Refusal::new("a is not a whole number")));
    }
}
