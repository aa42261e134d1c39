//! The same bytes do the same on every machine: what the standard leaves open is not left to the processor.

use wasmtime::{Instance, Module, Store, Val};

use super::super::maker::{config, fueled};

/// Runs the function `f` of this module, as all guests are compiled.
fn run(wat: &str) -> Vec<u32> {
    let bytes = wat::parse_str(wat).expect("the text parses");
    let results: Vec<u32> = [config(), fueled()].iter().map(|config| run_with(config, &bytes)).collect();
    assert_eq!(results[0], results[1], "whatever its budget");
    results
}

fn run_with(config: &wasmtime::Config, bytes: &[u8]) -> u32 {
    let engine = wasmtime::Engine::new(config).expect("the engine starts");
    let module = Module::new(&engine, bytes).expect("it compiles");
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1);
    // Only an engine that counts fuel has some.
    let _ = store.set_fuel(1_000_000);
    let instance = Instance::new(&mut store, &module, &[]).expect("it starts");
    let mut result = [Val::I32(0)];
    instance.get_func(&mut store, "f").expect("a function").call(&mut store, &[], &mut result).expect("it returns");
    result[0].unwrap_i32().cast_unsigned()
}

#[test]
fn b17_a_nan_has_the_same_bits_wherever_it_comes_from() {
    for nan in [
        "(f32.div (f32.const 0) (f32.const 0))",
        "(f32.sub (f32.const inf) (f32.const inf))",
        "(f32.mul (f32.const 0) (f32.const inf))",
        "(f32.sqrt (f32.const -1))",
        "(f32.add (f32.const nan:0x200001) (f32.const 1))",
        "(f32.demote_f64 (f64.const nan:0x4000000000001))",
    ] {
        let wat = format!("(module (func (export \"f\") (result i32) (i32.reinterpret_f32 {nan})))");
        assert_eq!(run(&wat)[0], 0x7fc0_0000, "{nan}");
    }
}

#[test]
fn b17_relaxed_instructions_give_one_result() {
    // One and a bit, squared, minus what that is rounded to: nothing, or what the rounding took.
    let bit = "v128.const f32x4 0x1.001p0 0 0 0";
    let rounded = "v128.const f32x4 -0x1.002p0 0 0 0";
    let madd = format!("(f32x4.relaxed_madd ({bit}) ({bit}) ({rounded}))");
    // A lane beyond the vector's end, and one whose highest bit is set.
    let swizzle = "(i8x16.relaxed_swizzle (v128.const i8x16 9 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) \
                   (v128.const i8x16 16 0x80 0 0 0 0 0 0 0 0 0 0 0 0 0 0))";
    // A number that no i32 holds.
    let trunc = "(i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 0x1p40 0 0 0))";
    for (vector, expected) in [(&*madd, 0x3380_0000), (swizzle, 0x0909_0000), (trunc, 0x7fff_ffff)] {
        let wat = format!("(module (func (export \"f\") (result i32) (i32x4.extract_lane 0 {vector})))");
        assert_eq!(run(&wat)[0], expected, "{vector}");
    }
}

#[test]
fn b17_threads_are_refused() {
    let shared = wat::parse_str("(module (memory 1 1 shared))").expect("the text parses");
    let engine = wasmtime::Engine::new(&config()).expect("the engine starts");
    let refused = Module::new(&engine, &shared).expect_err("memory that others may change at any moment");
    assert!(format!("{refused:#}").contains("threads"), "{refused:#}");
}
