//! Small worlds and a full one: publishers of every kind, restarts, kills,
//! edits, clocks that are set, outages. Every bad counter stays at 0.

use crate::score::{Plan, Score, play};

fn clean(plan: Plan) -> Score {
    let score = play(plan);
    let wrong = score.wrong.join("\n");
    assert!(score.wrong.is_empty(), "seed {}:\n{wrong}", plan.seed);
    score
}

/// Ten worlds from this seed on; together they have tried what they are for.
fn ten(from: u64) {
    let scores: Vec<Score> = (from..from + 10)
        .map(|seed| clean(Plan::small(seed)))
        .collect();
    let sum = |of: fn(&Score) -> usize| scores.iter().map(of).sum::<usize>();
    assert!(sum(|score| score.requests) > 1_000);
    assert!(sum(|score| score.not_modified) > 200);
    assert!(sum(|score| score.entries) > 50);
}

#[test]
fn ten_small_worlds() {
    ten(1);
}

#[test]
fn ten_more_small_worlds() {
    ten(11);
}

#[test]
fn a_small_world_over_sockets() {
    let plan = Plan::small(7);
    let score = clean(Plan {
        sockets: true,
        ..plan
    });
    assert!(score.not_modified > 20, "{score:?}");
}

/// With longer intervals than those of `examples/soak.rs`, which is for an
/// optimised build.
#[test]
fn a_full_world() {
    let score = clean(Plan::full(1).calm());
    assert!(score.requests > 3_000, "{}", score.requests);
    assert!(score.entries > 50, "{}", score.entries);
}
