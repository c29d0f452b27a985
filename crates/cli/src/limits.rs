//! `--limits`: a product's documented limits, held on this machine.

use std::time::Duration;

use rainwright::{Engine, Limits, Profile};

/// The engine with the limits that a product's help states on statements, calls, output and time.
pub fn hold(engine: Engine, product: &Profile) -> Engine {
    let stated = product.limits;
    let own = engine.current_limits().clone();
    let limits = Limits {
        statements: stated.statements,
        calls: stated.calls,
        output: stated.info_bytes.unwrap_or(own.output),
        time: stated.seconds.map(Duration::from_secs),
        ..own
    };
    engine.limits(limits)
}
