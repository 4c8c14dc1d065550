//! What a user meets, tested at the level where he meets it. One binary: it
//! links once. Every test binds port 0 on loopback and needs no network.

// Clippy then knows every helper for a test's, which may unwrap.
#![cfg(test)]
#![expect(
    clippy::string_slice,
    reason = "a test that cuts a letter in two fails, as it should"
)]

mod add;
mod archives;
mod backup;
mod capture;
mod catalogue;
mod cli;
mod corrections;
mod due;
mod edits;
mod etiquette;
mod explained;
mod floors;
mod handmade;
mod health;
mod input;
mod laws;
mod looks;
mod metrics;
mod mistakes;
mod night;
mod opml;
mod pages;
mod parse;
mod people;
mod public;
mod publications;
mod quarantine;
mod room;
mod schema;
#[path = "../score/mod.rs"]
mod score;
mod serve;
mod shipped;
mod site;
mod stories;
mod topic;
mod upgrade;
mod views;
mod wall;
mod worlds;
