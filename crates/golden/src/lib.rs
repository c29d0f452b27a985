//! Runs scripts and compares with what is expected.
