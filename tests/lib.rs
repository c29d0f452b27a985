//! The rules of the house and the golden scripts, as tests.
