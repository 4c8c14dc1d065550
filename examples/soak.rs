//! Full worlds, any number of them: `cargo run --profile checks --example soak
//! -- --seeds N` plays the seeds 1 to N, `--seed S` one of them; `--small` plays
//! small worlds. Ends with 1 if any world is not clean, and says its seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a tool for those who work on the program"
)]

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/score/mod.rs"]
mod score;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use score::{Plan, Score};

#[derive(Debug, Parser)]
struct Args {
    /// Play the seeds from 1 to this
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Play this seed alone
    #[arg(long)]
    seed: Option<u64>,
    /// Ten sources and three days instead of fifty and thirty
    #[arg(long)]
    small: bool,
    /// The last of them over sockets of loopback
    #[arg(long)]
    sockets: bool,
    /// Worlds at once
    #[arg(long, default_value_t = 2)]
    at_once: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .init();
    let (first, last) = args.seed.map_or((1, args.seeds), |seed| (seed, seed));
    let next = AtomicU64::new(first);
    let sum = std::sync::Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..args.at_once {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last {
                        break;
                    }
                    let plan = if args.small {
                        Plan::small(seed)
                    } else {
                        Plan::full(seed)
                    };
                    let score = score::play(Plan {
                        sockets: args.sockets && seed == last,
                        ..plan
                    });
                    sum.lock().unwrap().add(seed, &score);
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    println!("{sum:#?}");
    if sum.not_clean.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// All worlds together.
#[derive(Debug, Default)]
struct Sum {
    worlds: usize,
    requests: usize,
    not_modified: usize,
    first_unconditional: usize,
    doubts: usize,
    entries: usize,
    unconditional: usize,
    made_up: usize,
    out_of_sequence: usize,
    too_soon: usize,
    crowded: usize,
    useless_fields: usize,
    not_clean: Vec<u64>,
}

impl Sum {
    fn add(&mut self, seed: u64, score: &Score) {
        self.worlds += 1;
        self.requests += score.requests;
        self.not_modified += score.not_modified;
        self.first_unconditional += score.first_unconditional;
        self.doubts += score.doubts;
        self.entries += score.entries;
        self.unconditional += score.unconditional;
        self.made_up += score.made_up;
        self.out_of_sequence += score.out_of_sequence;
        self.too_soon += score.too_soon;
        self.crowded += score.crowded;
        self.useless_fields += score.useless_fields;
        if !score.wrong.is_empty() {
            println!("seed {seed}:\n{}", score.wrong.join("\n"));
            self.not_clean.push(seed);
        }
    }
}
