//! `check`: all mistakes of the configuration, or none.

use std::process::ExitCode;

use super::{Done, Places, load, say};
use crate::ledger;

pub(super) fn run(places: &Places) -> Done {
    let config = load(places)?;
    let on = config
        .sources
        .values()
        .filter(|source| source.enabled)
        .count();
    let off = config.sources.len() - on;
    say(format_args!(
        "the configuration is good: {on} sources on, {off} off"
    ));
    for advice in ledger::advice(&config) {
        say(format_args!("advice: {advice}"));
    }
    Ok(ExitCode::SUCCESS)
}
