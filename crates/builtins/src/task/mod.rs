//! The tasks: blocks such as `invokeurl`, and calls of other services such as `zoho.crm.getRecords`.

mod arguments;
pub(crate) mod crm;
pub(crate) mod fetch;
mod integration;
pub(crate) mod invokeurl;
pub(crate) mod message;
mod request;
mod response;
pub(crate) mod transfer;

#[cfg(test)]
mod tests;
