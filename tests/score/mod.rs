//! A score server: an origin that records every request and answers as told,
//! and the program's own loop against it, in virtual time.
//!
//! Nothing here knows a rule; `world` and the tests judge the record.

mod origin;
mod service;

pub(crate) use origin::{Origin, Reply, Request, rss};
pub(crate) use service::Service;
