//! `capture`: one poll of a source in a file, for a report of what is wrong.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;

use super::{Done, Ending, Places, load, places, run, say, trying};
use crate::clock::Clock;
use crate::config;
use crate::fetch::{System, Wire};
use crate::model::SourceKey;
use crate::probe::Capture;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The source's name in feeds.toml
    source: String,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let path = places::config(places)?;
    let config = load(places)?;
    let key = SourceKey::new(&args.source)?;
    let source = config.sources.get(&key);
    let source = source.ok_or_else(|| anyhow!("no source is called \"{key}\""))?;
    let tables = config::tables_of(&path, &key).map_err(Ending::from_config)?;
    let now = Clock::System.now();
    trying::say_if_early(places, &config, source.target.url(), now)?;
    let capture = run::wait_for(async {
        let exit = Arc::new(Wire::new(Arc::new(System))?);
        Ok(Capture::make(source, &config, tables, exit, now).await?)
    })?;
    say(serde_json::to_string_pretty(&capture)?);
    Ok(ExitCode::SUCCESS)
}
