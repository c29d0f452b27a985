//! Lets the linker lay the functions that a start runs side by side: `order.txt` names them, `tests/bench/order.py` writes it.
//! They are otherwise strewn over 30 MB, of which a start would then map a quarter.
//!
//! A name that a build does not have is passed over, so an old list does no harm.

use std::env;
use std::path::Path;

fn main() {
    let list = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("order.txt");
    println!("cargo:rerun-if-changed={}", list.display());
    if list.exists() && is_optimised() && links_with_lld() {
        println!("cargo:rustc-link-arg-bin=dg=-Wl,--symbol-ordering-file={}", list.display());
        println!("cargo:rustc-link-arg-bin=dg=-Wl,--no-warn-symbol-ordering");
    }
}

fn is_optimised() -> bool {
    env::var("OPT_LEVEL").is_ok_and(|level| level != "0")
}

/// Whether the linker is the one that understands the list: the compiler brings it along for this target, and uses it unless
/// it is told to use another one.
fn links_with_lld() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var_os("RUSTC_LINKER").is_none()
        && !flags.contains("linker")
        && !flags.contains("fuse-ld")
}
