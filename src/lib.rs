//! scofeed: news sources in, one Atom feed out.
//!
//! # Floors
//! A module names only modules below it; a test reads this drawing and checks
//! it.
//!
//! ```text
//!  6  cli                                      arguments in, text out
//!  5  daemon                                   claim ► bring ► settle ► publish ► sleep
//!  4  poll  edition  ledger  probe  serve      one journey each, on one screen
//!  3  config  fetch  store  publish            I/O; they never name each other
//!  2  parse  topic  story  schedule  render    pure: values in, values out
//!  1  clock  text
//!  0  model                                    the nouns
//! ```

pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod edition;
pub mod fetch;
pub mod ledger;
pub mod model;
pub mod parse;
pub mod poll;
pub mod probe;
pub mod publish;
pub mod render;
pub mod schedule;
pub mod serve;
pub mod store;
pub mod story;
pub mod text;
pub mod topic;
