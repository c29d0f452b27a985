//! Answers editor questions as plain data; holds the lints.
