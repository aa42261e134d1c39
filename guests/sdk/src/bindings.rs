//! The contract of `wit/` as Rust: generated, so that it cannot differ from it.

#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, reason = "generated code")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "durable-worker",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "tomte_guest::bindings",
    runtime_path: "wit_bindgen::rt",
});
