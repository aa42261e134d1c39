//! Every kind by its name.

use super::component::{self as outer, carry, core};
use super::module;

/// A kind of burden.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// What there is so many of.
    pub(crate) name: &'static str,
    make: fn(usize) -> Vec<u8>,
}

/// Those that need something from outside, so that nothing else can have an instance of them.
const NEEDY: [&str; 4] = ["imports", "component_imports", "component_lowered_functions", "component_long_import_name"];

impl Kind {
    /// A component that runs, and has so many of them beside.
    pub(crate) fn on(&self, runs: &[u8], count: usize) -> Vec<u8> {
        carry(runs, &(self.make)(count), !NEEDY.contains(&self.name))
    }

    /// The kind of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

/// A table of functions that make them, by the functions' own names.
macro_rules! kinds {
    (module: $($core:ident)*; component: $($outer:ident)*) => {
        &[
            $(Kind { name: stringify!($core), make: |count| core(module::$core(count)) },)*
            $(Kind { name: concat!("component_", stringify!($outer)), make: outer::$outer },)*
        ]
    };
}

/// All of them.
pub(crate) const KINDS: &[Kind] = kinds! {
    module:
        function_types parameters recursive_types struct_fields subtypes imports functions
        functions_that_compute tables memories globals constant_expression exports element_segments elements
        data_segments data tags custom_sections function_names groups_of_locals locals locals_in_use
        nested_blocks nested_loops nested_ifs nested_tries branch_targets branches instructions loads calls
        divisions vectors values_on_the_stack sections_in_sections;
    component:
        custom_sections long_custom_name core_modules core_types core_module_types core_instances
        core_instances_of_exports primitive_types function_types parameters record_fields variant_cases
        enum_cases flags tuple_members lists_of_lists options_of_options results_of_results
        tuples_that_double resources component_types instance_types declarations nested_component_types
        nested_instance_types components nested_components nested_instances instances instances_of_exports
        instances_that_double aliases resource_functions imports lowered_functions long_import_name exports
        empty_sections
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_grows_with_its_count_and_has_a_name_of_its_own() {
        for kind in KINDS {
            // A number of locals is written in a few bytes.
            let (few, more) = ((kind.make)(1).len(), (kind.make)(1000).len());
            assert!(more > few, "{}: {few} bytes, then {more}", kind.name);
            assert_eq!(KINDS.iter().filter(|other| other.name == kind.name).count(), 1, "{}", kind.name);
        }
        assert!(Kind::named("functions").is_some());
    }
}
