//! What a user meets, tested at the level where he meets it. One binary: it
//! links once. Every test binds port 0 on loopback and needs no network.

mod cli;
mod edits;
mod floors;
mod handmade;
mod input;
mod laws;
mod serve;
mod shipped;
mod site;
mod stories;
