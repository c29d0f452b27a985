//! How fast text becomes a tree: bytes a second on four megabytes of ordinary functions.
#![allow(missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rainwright_syntax::parse;

/// What a function for a price looks like; only the number differs.
const FUNCTION: &str = r#"map offer_NUMBER(string customer,int pieces)
{
	// Large orders cost less.
	offer = Map();
	total = pieces * 12.5 + NUMBER;
	if(total > 1000 && customer.endsWith("GmbH"))
	{
		offer.put("rebate",(total * 0.05).round(2));
	}
	else if(total > 100 || customer.startsWith("A"))
	{
		offer.put("rebate",0);
	}
	for each line in {"net","tax","freight NUMBER"}
	{
		offer.put(line,customer.toUpperCase() + ": " + line);
	}
	return offer;
}
"#;

fn source(bytes: usize) -> String {
    let count = bytes / FUNCTION.len();
    (0..count).map(|number| FUNCTION.replace("NUMBER", &number.to_string())).collect()
}

fn parsing(criterion: &mut Criterion) {
    let right = source(4 << 20);
    let wrong = format!("{right}x = ;\n");
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(right.len() as u64)).sample_size(20);
    for (name, source) in [("right", &right), ("with a mistake", &wrong)] {
        // What comes out is dropped outside of the time that is taken.
        group.bench_function(name, |bench| bench.iter_batched(|| (), |()| parse(source), BatchSize::PerIteration));
    }
    group.finish();
}

criterion_group!(benches, parsing);
criterion_main!(benches);
