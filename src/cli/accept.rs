//! `accept`: what a source sends is believed again.

use std::process::ExitCode;

use anyhow::anyhow;

use super::{Done, Places, places, say};
use crate::clock::Clock;
use crate::daemon::DATABASE;
use crate::model::SourceKey;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The name of the source
    source: String,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let reader = places::reader(places)?.ok_or_else(|| anyhow!("there is no database yet"))?;
    let source = SourceKey::new(&args.source)?;
    let waits = reader.sources()?.into_iter();
    let mut waits = waits.filter(|row| row.source == source);
    let Some(why) = waits.find_map(|row| row.quarantine) else {
        return Err(anyhow!("{source} is not in quarantine").into());
    };
    drop(reader);
    let mut store = Store::open(&places::data(places)?.join(DATABASE))?;
    store.accept(&source, Clock::System.now())?;
    say(format_args!("it was held back because: {why}"));
    say("noted; the service does it within a minute, or when it starts");
    Ok(ExitCode::SUCCESS)
}
