//! scofeed watches news sources, keeps what is about one topic, shows every
//! story once, and publishes the result as one Atom feed.

pub mod model;
pub mod text;
