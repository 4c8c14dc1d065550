//! What a user meets, tested at the level where he meets it. One binary: it
//! links once. Every test binds port 0 on loopback and needs no network.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that meets what it did not expect should stop"
)]

mod archives;
mod cli;
mod edits;
mod floors;
mod handmade;
mod input;
mod laws;
mod room;
mod serve;
mod shipped;
mod site;
mod views;
