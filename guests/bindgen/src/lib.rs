//! The bindings that the SDK ships are those of the contract, so that whoever uses it need not make them.
//!
//! After a change of the contract: `TOMTE_BINDINGS=write cargo test -p bindgen`.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wit_bindgen_core::{Files, WorldGenerator as _};
    use wit_parser::Resolve;

    const SHIPPED: &str = "../sdk/src/bindings.inc";

    /// What `wit-bindgen` makes of the contract.
    fn generated() -> String {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir("../../wit").expect("the contract");
        let world = resolve.select_world(&[package], Some("durable-worker")).expect("its world");
        let options = wit_bindgen_rust::Opts {
            format: true,
            additional_derive_attributes: vec!["PartialEq".to_owned()],
            pub_export_macro: true,
            export_macro_name: Some("export_component".to_owned()),
            default_bindings_module: Some("tomte_guest::bindings".to_owned()),
            runtime_path: Some("crate::runtime".to_owned()),
            ..wit_bindgen_rust::Opts::default()
        };
        let mut files = Files::default();
        options.build().generate(&mut resolve, world, &mut files).expect("bindings");
        let (_, source) = files.iter().next().expect("one file");
        String::from_utf8(source.to_vec()).expect("source is text")
    }

    #[test]
    fn the_bindings_that_are_shipped_are_those_of_the_contract() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SHIPPED);
        let generated = generated();
        if std::env::var_os("TOMTE_BINDINGS").is_some() {
            std::fs::write(&path, &generated).expect("written");
        }
        let shipped = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(shipped == generated, "{SHIPPED} is not what the contract makes; TOMTE_BINDINGS=write makes it anew");
    }
}
