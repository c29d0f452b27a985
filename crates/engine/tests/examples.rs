//! The examples run, and say what they should.
#![allow(missing_docs, clippy::unwrap_used)]

macro_rules! examples {
    ($($name:ident = $path:literal),+ $(,)?) => {$(
        #[path = $path]
        mod $name;
    )+

    mod run {
        $(
            #[test]
            fn $name() {
                super::$name::main().unwrap();
            }
        )+
    }};
}

examples!(
    minimal = "../examples/minimal.rs",
    own_function = "../examples/own_function.rs",
    own_task = "../examples/own_task.rs",
    limits = "../examples/limits.rs",
    async_host = "../examples/async_host.rs",
    pool = "../examples/pool.rs",
    suspended = "../examples/suspended.rs",
    observer = "../examples/observer.rs",
    workflow = "../examples/workflow.rs",
);
