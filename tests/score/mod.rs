//! A score server: an origin that records every request and answers as told,
//! and the program's own loop against it, in virtual time.
//!
//! Nothing here knows a rule; `world` and the tests judge the record.

mod origin;
mod service;
mod world;

pub(crate) use origin::{Origin, Reply, Request, rss};
pub(crate) use service::Service;
pub(crate) use world::{Plan, Score, World};

/// Lives through a world in a runtime of its own.
pub(crate) fn play(plan: Plan) -> Score {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async { World::new(plan).await.play().await })
}
