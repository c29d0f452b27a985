//! Maps and sets that hash fast. What they hold are names of a script; the seed differs from run to run.

use foldhash::fast::RandomState;

/// Keys with their values.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Elements.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;
