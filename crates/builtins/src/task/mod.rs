//! The tasks: blocks such as `invokeurl`, and calls of other services such as `zoho.crm.getRecords`.

mod arguments;
pub(crate) mod bookings;
pub(crate) mod cliq;
pub(crate) mod connect;
pub(crate) mod creator;
pub(crate) mod crm;
pub(crate) mod desk;
pub(crate) mod fetch;
pub(crate) mod finance;
pub(crate) mod foreign;
mod integration;
pub(crate) mod invokeurl;
pub(crate) mod mail;
pub(crate) mod message;
pub(crate) mod own;
pub(crate) mod people;
pub(crate) mod projects;
mod request;
mod response;
pub(crate) mod sheet;
pub(crate) mod sign;
pub(crate) mod transfer;
pub(crate) mod workdrive;
pub(crate) mod writer;
pub(crate) mod zia;

#[cfg(test)]
mod tests;
