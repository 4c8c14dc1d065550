//! `backup` and `restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{Done, Ending, Places, places, say};
use crate::care::backup;
use crate::clock::Clock;
use crate::daemon::{self, DATABASE};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to [default: `backups` in the data directory]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The backup [default: the newest good one in the data directory]
    #[arg(value_name = "FILE")]
    backup: Option<PathBuf>,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let data = places::data(places)?;
    let Some(reader) = places::reader(places)? else {
        return Err(anyhow::anyhow!("{} holds no database yet", data.display()).into());
    };
    let folder = args.folder.clone();
    let folder = folder.unwrap_or_else(|| data.join(backup::FOLDER));
    let path = backup::backup(&reader, &folder, Clock::System.now())?;
    say(path.display());
    Ok(ExitCode::SUCCESS)
}

pub(super) fn restore(places: &Places, args: &RestoreArgs) -> Done {
    let data = places::data(places)?;
    let _lock = daemon::lock(&data).map_err(|error| Ending::from_desk(&error))?;
    let folder = data.join(backup::FOLDER);
    let chosen = args.backup.clone().or_else(|| backup::newest_good(&folder));
    let chosen = chosen.ok_or(backup::BackupError::None(folder))?;
    let now = Clock::System.now();
    backup::restore(&data.join(DATABASE), &chosen, "replaced", now)?;
    say(format_args!(
        "{} is the database now; the one before is beside it",
        chosen.display()
    ));
    Ok(ExitCode::SUCCESS)
}
