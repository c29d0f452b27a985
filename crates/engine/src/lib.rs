//! The public API for programs that embed Rainwright.
